"""The case that measures late events, on a tiny run."""

from penstock.bench.late import late_events


def test_late_events_are_measured_beside_a_run_without_points():
    found = late_events(repeats=2, chunk=600)
    assert found["columns"] == 100
    assert found["ns_per_event"] > 0
    for every in ("100", "1000"):
        # ten of them change 500 rows each: that is not done in the time of one event
        assert found["us_per_late_event"][every] * 1e3 > found["ns_per_event"]
        assert found["held_bytes"][every] > 100_000
