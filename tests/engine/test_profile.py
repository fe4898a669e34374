"""A profile says where time and memory go, and changes no bit."""

import json

import numpy as np
import pytest
from tests.engine.feeds import STREAMS, market

from penstock.core.errors import DefinitionError
from penstock.core.model import Model
from penstock.engine import Engine
from penstock.engine.profiling import reasons
from penstock.engine.profiling.footprint import CELL, by_kind, pieces
from penstock.events import Event
from penstock.expr import TRADE, Column
from penstock.ops import (
    Cell,
    DecayedMean,
    Ema,
    Fitted,
    Lag,
    Log,
    RollingMoments,
    RollingSum,
    WindowSum,
)
from penstock.plan import build
from penstock.streams import Every

PRICE, SIZE = (Column(TRADE, name) for name in ("price", "size"))
SECOND = Every("1s")
MOMENTS = RollingMoments(PRICE, window=50)
COLUMNS = {
    "mean": MOMENTS["mean"],
    "std": MOMENTS["std"],
    "sum": RollingSum(SIZE, window=20),
    "log": Log(PRICE / Lag(PRICE, ticks=3)),
    "minute": WindowSum(SIZE, width="60s", on=TRADE),
    "decayed": DecayedMean(PRICE, halflife="5s", on=TRADE),
    "refit": Cell(
        Fitted(PRICE, model=Model("spread", 2, lambda x: x[[0, -1]]), window=64, every=64), cell=1
    ),
}
(TRADES, _) = market(2_000, keys=2)


def run(capacity: int, *, profiled: bool, columns=COLUMNS, on=TRADE):
    """Rows, snapshot and report of a run over the events."""
    engine = Engine(build(columns, on, STREAMS), capacity=capacity)
    profile = engine.profile()
    rows = []

    def feed() -> None:
        if capacity > 1:
            rows.append(engine.push_block(TRADES).values())
            return
        for row in range(len(TRADES)):
            values = engine.push(Event(TRADES, row))
            if values is not None:
                rows.append(values.copy())

    if profiled:
        with profile:
            feed()
    else:
        feed()
    values = np.concatenate([np.atleast_2d(x) for x in rows])
    bits = np.where(np.isnan(values), np.nan, values).tobytes()
    return bits, engine.snapshot(), profile.report() if profiled else None


@pytest.fixture(scope="module", params=[1, 64], ids=["live", "blocks"])
def both(request):
    return run(request.param, profiled=False), run(request.param, profiled=True)


def test_profiling_changes_no_bit(both):
    (bits, state, _), (profiled, after, _) = both
    assert bits == profiled
    assert state == after


def test_the_features_add_up_to_the_steps(both):
    _, (_, _, report) = both
    assert report.steps_ns > 0
    assert sum(cost.ns for cost in report.steps) == pytest.approx(report.steps_ns)
    assert sum(cost.ns for cost in report.features) == pytest.approx(report.steps_ns)
    assert sum(cost.share for cost in report.features) == pytest.approx(1.0)
    assert [cost.name for cost in report.features] != sorted(COLUMNS)
    assert {cost.name for cost in report.features} == set(COLUMNS)


def test_a_shared_step_is_paid_by_all_who_need_it(both):
    _, (_, _, report) = both
    moments = next(cost for cost in report.steps if cost.operator == "RollingMoments")
    assert moments.features == 2
    mean, std = (
        next(cost for cost in report.features if cost.name == name) for name in ("mean", "std")
    )
    assert mean.shared_ns == pytest.approx(std.shared_ns)
    assert mean.shared_ns >= moments.ns / 2


def test_ticks_are_counted_all(both):
    _, (_, _, report) = both
    assert {cost.ticks for cost in report.steps} == {len(TRADES)}
    assert report.keys == 2


def test_a_refit_is_timed_on_the_host_and_says_so(both):
    _, (_, _, report) = both
    fitted = next(cost for cost in report.steps if cost.operator == "Fitted")
    assert fitted.ns >= report.host_ns > 0
    assert any(why.startswith("refit on the host: ") for why in fitted.reasons)


def test_a_report_is_json_with_every_step_and_feature(both):
    _, (_, _, report) = both
    found = json.loads(json.dumps(report.as_json(), allow_nan=False))
    assert len(found["steps"]) == len(report.steps)
    assert len(found["slowest"]) == min(10, len(report.steps))
    assert all(cost["reasons"] for cost in found["slowest"])
    assert set(found["cache"]) == {"hits", "misses", "prebuilt"}
    assert bool(found["hardware"]) != bool(found["hardware_why"])


@pytest.mark.parametrize("capacity", [1, 64])
def test_the_memory_by_kind_is_all_there_is(capacity):
    made = Engine(build(COLUMNS, TRADE, STREAMS), capacity=capacity)._registry.first.layout
    assert sum(by_kind(made).values()) == CELL * made.cells
    assert by_kind(made)["heads and gaps"] >= 0
    spans = [(p.node, p.name) for p in pieces(made)]
    assert len(set(spans)) == len(spans)


def test_arenas_that_grow_meanwhile_are_profiled_too():
    columns = {"long": WindowSum(SIZE, width="600s", on=TRADE)}
    _, plain, _ = run(1, profiled=False, columns=columns)
    _, state, report = run(1, profiled=True, columns=columns)
    assert state == plain
    assert report.memory["time windows"] > 0
    assert report.steps[0].ticks == len(TRADES)


def test_timed_ticks_are_profiled():
    columns = {"sum": WindowSum(SIZE, width="10s", on=SECOND), "price": Ema(PRICE, span=5.0)}
    bits, state, _ = run(1, profiled=False, columns=columns, on=SECOND)
    profiled, after, report = run(1, profiled=True, columns=columns, on=SECOND)
    assert (bits, state) == (profiled, after)
    assert {cost.clock for cost in report.steps} >= {"every:1s", "trade"}


def test_an_engine_of_many_threads_is_refused():
    engine = Engine(build({"ema": Ema(PRICE, span=3.0)}, TRADE, STREAMS), capacity=8, threads=2)
    with pytest.raises(DefinitionError, match="one thread is needed, got 2"):
        engine.profile()


def test_an_engine_goes_on_plainly_after_a_profile():
    engine = Engine(build({"ema": Ema(PRICE, span=3.0)}, TRADE, STREAMS))
    before = engine._push, engine._runner.process, engine._runner.fit
    with engine.profile() as profile:
        assert engine._push is not before[0]
    assert (engine._push, engine._runner.process, engine._runner.fit) == before
    engine.push(Event(TRADES, 0))
    assert profile.report().steps_ns == 0


@pytest.mark.parametrize(
    ("node", "size", "says"),
    [
        (Log(PRICE), 0, "libm call per tick: log"),
        (RollingSum(PRICE, window=20_000), 1 << 40, "window of 20,000 ticks kept: 1.1e+03 GB does not fit"),
        (WindowSum(PRICE, width="60s", on=TRADE), 1 << 40, "window of 1m kept: "),
        (Ema(PRICE, span=3.0), 0, "scalar loop: each tick needs the state"),
    ],
)  # fmt: skip
def test_a_reason_follows_from_facts(monkeypatch, node, size, says):
    monkeypatch.setattr(reasons, "caches", lambda: {"L1": 1 << 15, "L2": 1 << 20})
    facts = reasons.Facts(node, ns_per_tick=10.0, median=2.0, ticks=9, events=9, bytes=size)
    said = reasons.reasons(facts)
    assert any(why.startswith(says) for why in said), said
    assert said[-1] == "10 ns a tick, 5 times the median step"


def test_a_clock_that_ticks_at_every_event_is_a_reason():
    facts = reasons.Facts(PRICE / 2.0, 1.0, 1.0, ticks=3_100_000, events=3_100_000, bytes=0)
    assert reasons.rate(facts) == "ticks on every event of trade: 3.1 M ticks"
    assert reasons.rate(reasons.Facts(PRICE / 2.0, 1.0, 1.0, 1_000, 3_100_000, 0)) == ""


def test_a_second_profile_at_one_time_is_refused():
    engine = Engine(build({"ema": Ema(PRICE, span=3.0)}, TRADE, STREAMS))
    with engine.profile() as profile:
        with pytest.raises(DefinitionError, match="one profile at a time"), engine.profile():
            pass
        with pytest.raises(DefinitionError, match="the end of its with block is needed"):
            profile.report()
        engine.push(Event(TRADES, 0))
    engine.push(Event(TRADES, 1))
    assert profile.report().events == 1


@pytest.mark.parametrize("capacity", [1, 64])
def test_a_reload_ends_a_profile(capacity):
    one = build({"ema": Ema(PRICE, span=3.0)}, TRADE, STREAMS)
    two = build({"ema": Ema(PRICE, span=3.0), "sum": RollingSum(SIZE, window=5)}, TRADE, STREAMS)
    engine = Engine(one, capacity=capacity)
    half = len(TRADES) // 2
    with engine.profile() as profile:
        engine.push_block(TRADES.take(np.arange(half)))
        engine.reload(two)
        for row in range(half, half + 100):
            engine.push_block(TRADES.take(np.array([row])))
            if capacity == 1:
                engine.push(Event(TRADES, row + 200))
    engine.push_block(TRADES.take(np.arange(half + 400, len(TRADES))))
    assert profile.report().events == half
    assert [cost.operator for cost in profile.report().steps].count("RollingSum") == 0
