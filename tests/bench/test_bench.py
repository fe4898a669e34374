"""The suites give results of the right shape, and a comparison judges them; no time is asserted."""

import math

import pytest

from penstock.bench import SUITES, compare, run_suite
from penstock.bench.child import child
from penstock.bench.clocks import clocks
from penstock.bench.engine import push_500
from penstock.bench.machine import machine
from penstock.bench.mix import BOOKS, ON, TRADES, hundred, mix
from penstock.bench.profiling import profile_overhead
from penstock.core.errors import DefinitionError
from penstock.expr import Column
from penstock.ops.ema import Ema
from penstock.plan import build


def run(**figures):
    return {"suite": "engine", "results": [{"case": "push_500", **figures}]}


def test_the_mix_has_500_columns_that_all_live_on_the_pushed_clock():
    columns = {name: x for group in mix().values() for name, x in group.items()}
    assert len(columns) == 500
    assert {x.clock for x in columns.values()} == {ON}


def test_the_peers_get_100_columns():
    assert len(hundred()) == 100


def test_a_result_says_what_it_was_measured_on():
    found = machine()
    assert {"cpu", "cores", "load", "python", "numba", "versions"} <= set(found)
    assert found["versions"]["numpy"] != "absent"


def test_an_unknown_suite_is_refused_with_the_nearest_name():
    with pytest.raises(DefinitionError, match="did you mean 'engine'"):
        run_suite("engin")
    assert "engine" in SUITES


def test_pushing_reports_nanoseconds_per_event_and_per_feature():
    spans = (3.0, 5.0)
    plan = build(
        {f"ema_{s:g}": Ema(Column(TRADES, "price"), span=s) for s in spans}, TRADES, (TRADES, BOOKS)
    )
    found = push_500(plan, {"ema": 2}, repeats=1, chunk=10)
    assert found["case"] == "push_500"
    assert found["columns"] == 2
    assert found["ns_per_feature"] == pytest.approx(found["ns_per_event"] / 2, rel=1e-3)


def test_a_peer_that_cannot_run_is_said_to_be_absent(tmp_path):
    assert "No module named" in child("peers.no_such_peer")["absent"]


def test_a_ratio_above_1_is_worse_for_costs_and_for_gains():
    slower = compare(run(ns_per_event=30.0, speed_up=1.0), run(ns_per_event=20.0, speed_up=2.0))
    assert {item.key: item.ratio for item in slower} == {"speed_up": 2.0, "ns_per_event": 1.5}


def test_only_measured_figures_that_both_runs_have_are_compared():
    new = run(ns_per_event=30.0, target_ns_per_feature=5.0, columns=500, ms=1.0)
    old = run(ns_per_event=30.0, target_ns_per_feature=9.0, columns=400, peers={"csp": {"ns": 1.0}})
    assert [item.key for item in compare(new, old)] == ["ns_per_event"]


def test_errors_within_their_bound_are_equal():
    new, old = run(max_error=9e-13, bound=1e-12), run(max_error=1e-16, bound=1e-12)
    assert compare(new, old)[0].ratio == 1.0
    assert compare(run(max_error=4e-12, bound=1e-12), old)[0].ratio == pytest.approx(4.0)


def test_anything_is_infinitely_more_than_zero():
    ratio = compare(run(allocations_per_event=1.0), run(allocations_per_event=0.0))[0].ratio
    assert math.isinf(ratio)
    assert compare(run(allocations_per_event=0.0), run(allocations_per_event=0.0))[0].ratio == 1.0


def test_the_cost_of_a_profile_is_measured_in_both_layouts():
    plan = build(mix()["book"], ON, (TRADES, BOOKS))
    found = profile_overhead(plan, repeats=1, chunk=10, size=16)
    for layout in ("live", "blocks"):
        one = found[layout]
        assert one["ns_per_event"] > 0
        assert one["overhead"] > -1


def test_every_clock_is_measured_and_sleeping_keys_cost_less_than_those_that_tick():
    found = clocks(repeats=1, size=256, keys=50)
    ticks = {text: figures["ticks"] for text, figures in found["clocks"].items()}
    assert ticks["trade"] == 256
    assert ticks["tick:2"] == 128
    assert all(ticks[text] > 0 for text in ticks if not text.startswith("session"))
    assert found["asleep"]["ns_per_advance_sleeping"] < found["asleep"]["ns_per_advance_ticking"]
