"""The suite of levels has the shape that is asked of it."""

import pytest

from penstock.bench.suites import run_suite


@pytest.mark.slow
def test_a_date_is_measured_from_files_to_gold_by_stage():
    found = {one["case"]: one for one in run_suite("levels", quick=True)["results"]}
    assert found.keys() == {"simulate", "full_day", "many_touches", "dates", "live"}
    full = found["full_day"]
    assert full["touches"] > 5
    assert full["stages"].keys() == {"prepare", "read", "physics", "labels", "write"}
    assert sum(full["stages"].values()) <= full["seconds"]
    assert full["peak_mb"] > 100
    assert found["many_touches"]["touches"] > full["touches"]
    assert found["live"]["events"] >= 400
