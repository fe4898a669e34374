"""The suite of the server has its shape; what its figures say is for `penstock bench` on a quiet machine."""

import pytest

from penstock.bench.servers import NotInstalledError
from penstock.bench.serving.alone import measure_alone
from penstock.bench.serving.load import Sizes
from penstock.bench.serving.memory import measure_memory
from penstock.bench.serving.pushing import measure_pushes
from penstock.bench.serving.tiers import measure_tiers

TINY = Sizes(50, 1.0, 200, 5)


@pytest.mark.slow
@pytest.mark.parametrize("measure", [measure_memory, measure_tiers, measure_pushes, measure_alone])
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
