"""The suite of the server has its shape; what its figures say is for `penstock bench` on a quiet machine."""

import pytest

from penstock.bench.servers import NotInstalledError
from penstock.bench.serving.alone import measure_alone
from penstock.bench.serving.load import Sizes
from penstock.bench.serving.memory import measure_memory
from penstock.bench.serving.pushing import measure_pushes
from penstock.bench.serving.targets import TARGETS, judged
from penstock.bench.serving.tiers import measure_tiers
from penstock.bench.serving.views import measure_views

TINY = Sizes(50, 1.0, 200, 5)


@pytest.mark.slow
@pytest.mark.parametrize(
    "measure", [measure_memory, measure_tiers, measure_views, measure_pushes, measure_alone]
)
def test_a_server_is_measured(measure):
    try:
        results = measure(TINY)
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    assert len({result["case"] for result in results}) == len(results)
    for result in results:
        assert result.get("errors", 0) == 0, result
        latencies = [value for name, value in result.items() if name.endswith("_ms")]
        assert all(value > 0 for value in latencies)
    answered = [r["requests_per_second"] for r in results if "requests_per_second" in r]
    assert all(rate > 0 for rate in answered)


def test_a_target_is_met_from_its_bound_on_and_by_no_case_with_errors():
    at_bound = {"case": "l1_single", "requests_per_second": 50_000.0, "p99_ms": 5.0, "errors": 0}
    assert judged(at_bound) == {**at_bound, "target": dict(TARGETS["l1_single"]), "met": True}
    for worse in ({"requests_per_second": 49_999.0}, {"p99_ms": 5.01}, {"errors": 1}):
        assert not judged(at_bound | worse)["met"]
    assert judged({"case": "l1_get", "p99_ms": 9.0}) == {"case": "l1_get", "p99_ms": 9.0}
