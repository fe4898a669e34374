"""The figures of backends have their shape; what they say is for `penstock bench` on a quiet machine."""

import pytest

from penstock.bench.backends import (
    measure_changes,
    measure_postgres,
    measure_redis,
    measure_sqlite,
)
from penstock.bench.servers import NotInstalledError


@pytest.mark.parametrize("measure", [measure_sqlite, measure_redis, measure_postgres])
def test_a_backend_is_measured_in_writes_and_reads(measure):
    try:
        results = measure(quick=True)
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    name = measure.__name__.removeprefix("measure_")
    cases = ["write", "write_single", "get_1", "get_100", "coalesced"]
    assert [result["case"] for result in results] == [f"{name}_{case}" for case in cases]
    assert all(
        value > 0 for result in results for value in result.values() if value != result["case"]
    )


def test_it_is_measured_when_a_backend_tells_of_a_write():
    try:
        results = measure_changes(quick=True)
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    names = ["sqlite", "redis", "postgres"]
    assert [result["case"] for result in results] == [f"{name}_changes" for name in names]
    assert all(0 < result["p50_us"] <= result["p99_us"] for result in results)
