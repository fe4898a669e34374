"""Hot reload: another plan goes on in a running engine."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine import feeds
from tests.engine.feeds import STREAMS, Bits, assert_bits, by_key, events, join, market

from penstock.core.errors import DefinitionError
from penstock.engine import Engine
from penstock.events import Keys, Trade
from penstock.expr import BOOK, TRADE, Column, Expr
from penstock.expr.columns import columns
from penstock.ops import (
    AsOf,
    Cell,
    CumulativeSum,
    DecayedSum,
    Delayed,
    Ema,
    Lag,
    Ohlcv,
    RollingMax,
    RollingMedian,
    RollingMoments,
    WindowCount,
    WindowDistinct,
    WindowMax,
    WindowMedian,
    WindowMin,
    WindowMoments,
    WindowQuantile,
    WindowShare,
    WindowSum,
    WindowTimeMean,
    WindowVwap,
)
from penstock.plan import build
from penstock.streams import AnyOf, Clock, Delay, Every, GapSession, TimeBars, pair

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
BARS, LATER = TimeBars("2s", TRADE), Delay(TRADE, "2s")
EMA = Ema(PRICE, 4.0)
BOTH = AnyOf(STREAMS)
POOL: dict[str, Expr] = {
    "ema": AsOf(EMA),
    "slow": AsOf(Ema(EMA, 9.0)),
    "lag": AsOf(Lag(EMA, 7)),
    "far": AsOf(Lag(PRICE, 70)),
    "change": AsOf(PRICE - Lag(PRICE, 3)),
    "median": AsOf(RollingMedian(SIZE, 5)),
    "std": AsOf(RollingMoments(PRICE, 20)["std"]),
    "top": AsOf(RollingMax(EMA, 12)),
    "sum": WindowSum(SIZE, "3s"),
    "long sum": WindowSum(SIZE, "40s"),
    "low": WindowMin(PRICE, "9s"),
    "high": WindowMax(EMA, "50s"),
    "count": WindowCount(PRICE, "20s"),
    "window std": WindowMoments(PRICE, "15s")["std"],
    "vwap": WindowVwap(PRICE, SIZE, "12s"),
    "twap": WindowTimeMean(PRICE, "12s"),
    "distinct": WindowDistinct(SIZE, "15s"),
    "window median": WindowMedian(PRICE, "30s"),
    "quantile": WindowQuantile(EMA, "20s", 0.9),
    "share": WindowShare(SIZE - 1.0, "10s"),
    "fade": DecayedSum(SIZE, "5s"),
    "bar": AsOf(Ohlcv(PRICE, SIZE, reset=BARS)["close"]),
    "bar volume": AsOf(Ohlcv(PRICE, SIZE, reset=BARS)["volume"]),
    "moved": AsOf(AsOf(PRICE, on=LATER) - Delayed(PRICE, on=LATER)),
    "moved smooth": AsOf(Ema(AsOf(PRICE, on=LATER) - Delayed(PRICE, on=LATER), 5.0)),
    "moved sum": WindowSum(Delayed(SIZE, on=LATER), "4s"),
    "twice": AsOf(Delayed(AsOf(PRICE, on=LATER), on=Delay(LATER, "1s"))),
    "gap session": AsOf(CumulativeSum(SIZE, reset=GapSession(TRADE, "1s"))),
    "bars": AsOf(Ema(AsOf(PRICE, on=BARS), 3.0)),
    "session": AsOf(CumulativeSum(SIZE, reset=Every("10s"))),
    "panes": WindowSum(SIZE, "10m"),
    "pane low": WindowMin(PRICE, "15m"),
    "bid": AsOf(Cell(Column(BOOK, "levels"), 0)),
    "bid ema": AsOf(Ema(Cell(Column(BOOK, "levels"), 0), 5.0)),
}
NAMES = sorted(POOL)
EVENTS = market(400, keys=2)
ORDER = events(EVENTS)
CLOCKS = {"second": Every("1s"), "trade": TRADE, "both": BOTH, "bar": BARS}
subsets = st.lists(st.sampled_from(NAMES), min_size=1, max_size=8, unique=True).map(sorted)


def plan(names, on: Clock = BOTH):
    return build({name: POOL[name] for name in names}, on, STREAMS)


def whole(on: Clock) -> Bits:
    return run(Engine(plan(NAMES, on)), 0, len(ORDER))


def run(engine: Engine, start: int, stop: int) -> Bits:
    """Some of the events, and the timed ticks up to the last of them."""
    return feeds.push(engine, ORDER[start:stop])


WHOLE = {name: whole(on) for name, on in CLOCKS.items()}


def only(bits: Bits, names) -> Bits:
    """Some columns of everything that never was reloaded."""
    places = [NAMES.index(name) for name in names]
    return {key: (times, values[:, places]) for key, (times, values) in bits.items()}


def last(bits: Bits, names: tuple[str, ...], wanted) -> Bits:
    """Some columns of some rows."""
    places = [names.index(name) for name in wanted]
    return {key: (times, values[:, places]) for key, (times, values) in bits.items()}


def rest(bits: Bits, before: Bits) -> Bits:
    """The rows that come after those of an earlier run."""
    found = {}
    for key, (times, values) in bits.items():
        done = len(before[key][0]) if key in before else 0
        if len(times) > done:
            found[key] = times[done:], values[done:]
    return found


@settings(max_examples=10, deadline=None)
@given(
    on=st.sampled_from(sorted(CLOCKS)),
    steps=st.lists(st.tuples(st.integers(1, 120), subsets), min_size=1, max_size=5),
)
def test_what_stays_in_a_reloaded_view_keeps_every_bit(on, steps):
    always = ["ema", "long sum", "low", "std"]
    clock = CLOCKS[on]
    engine, at, got = Engine(plan(always, clock)), 0, {}
    for size, names in steps:
        got = join(got, run(engine, at, at + size))
        at += size
        engine.reload(plan([*always, *(n for n in names if n not in always)], clock))
        got = {key: (times, values[:, :4]) for key, (times, values) in got.items()}
        more = run(engine, at, at + 17)
        at += 17
        got = join(got, {key: (t, v[:, :4]) for key, (t, v) in more.items()})
        engine.reload(plan(always, clock))
    got = join(got, run(engine, at, len(ORDER)))
    assert_bits(got, only(WHOLE[on], always), always)


@pytest.mark.parametrize("on", sorted(CLOCKS))
@pytest.mark.parametrize("at", [1, 90, 233])
def test_features_warmed_from_full_history_have_the_bits_of_backfill(on, at):
    clock, old = CLOCKS[on], ["ema", "sum"]
    engine = Engine(plan(old, clock))
    done = run(engine, 0, at)
    history = Engine(plan(NAMES, clock), engine.keys, capacity=64)
    feeds.push(history, ORDER[:at])
    more = by_key(engine.reload(plan(NAMES, clock), history))
    assert engine.origins == {}
    done = join(done, more)
    assert_bits(run(engine, at, len(ORDER)), rest(WHOLE[on], done), NAMES)


@pytest.mark.parametrize("on", sorted(CLOCKS))
@pytest.mark.parametrize("start", [20, 150])
def test_history_may_go_further_back_than_the_engine(on, start):
    """What is new and rests on nothing that the engine had is as in a run over all of it."""
    clock, at = CLOCKS[on], start + 100
    engine = Engine(plan(["count"], clock))
    run(engine, start, at)
    history = Engine(plan(NAMES, clock), engine.keys)
    done = feeds.push(history, ORDER[:at])
    engine.reload(plan(NAMES, clock), history)
    rows = run(engine, at, len(ORDER))
    assert_bits(rows, rest(WHOLE[on], done), NAMES)


@pytest.mark.parametrize("on", ["second", "trade", "both"])
@pytest.mark.parametrize("at", [1, 90, 233])
def test_what_begins_cold_begins_like_a_new_key(on, at):
    clock, new = CLOCKS[on], ["slow", "median", "std", "top", "sum", "long sum", "low", "high"]
    new += ["window std", "vwap", "session", "bid ema", "bars", "twap"]
    new += ["distinct", "window median", "quantile", "share"]
    engine, fresh = Engine(plan(["count"], clock)), Engine(plan(new, clock))
    run(engine, 0, at)
    engine.reload(plan([*new, "count"], clock))
    assert set(new) <= set(engine.origins)
    assert "count" not in engine.origins
    wanted, got = run(fresh, at, len(ORDER)), run(engine, at, len(ORDER))
    for key in wanted:
        # timed ticks of a key go on; in a new key they begin with its first event
        got[key] = tuple(x[-len(wanted[key][0]) :] for x in got[key])
    assert_bits(last(got, engine.names, new), wanted, new)


def test_another_clock_takes_over_what_does_not_live_on_the_old_one():
    first, second = Engine(plan(["ema", "std"], Every("1s"))), Engine(plan(["ema", "std"], BOTH))
    run(first, 0, 100)
    done = run(second, 0, 100)
    first.reload(plan(["ema", "std"], BOTH))
    assert_bits(run(first, 100, 400), rest(only(WHOLE["both"], ["ema", "std"]), done))


def test_a_reload_that_fails_leaves_the_old_plan_running():
    engine = Engine(plan(["ema", "sum"], BOTH))
    done = run(engine, 0, 100)
    ahead = Engine(plan(["ema", "std"], BOTH), engine.keys)
    run(ahead, 0, 150)
    before = engine.snapshot()
    with pytest.raises(
        DefinitionError, match="history must end with the last event that the engine had"
    ):
        engine.reload(plan(["ema", "std"], BOTH), ahead)
    with pytest.raises(DefinitionError, match="the same Keys"):
        engine.reload(plan(["ema", "std"], BOTH), Engine(plan(["std"], BOTH), Keys()))
    assert engine.names == ("ema", "sum")
    assert engine.snapshot() == before
    assert_bits(run(engine, 100, 400), rest(only(WHOLE["both"], ["ema", "sum"]), done))


def test_a_snapshot_says_since_when_a_late_feature_runs():
    engine = Engine(plan(["ema"], BOTH))
    run(engine, 0, 50)
    engine.reload(plan(["ema", "std"], BOTH))
    run(engine, 50, 60)
    other = Engine(plan(["ema", "std", "median"], BOTH))
    other.restore(engine.snapshot())
    times = [int(event["time"]) for event in ORDER[:60]]
    assert engine.origins == {"std": times[49]}
    assert other.origins == {"std": times[49], "median": times[59]}


def test_keys_that_history_does_not_know_begin_cold():
    engine = Engine(plan(["ema"], BOTH))
    run(engine, 0, 100)
    history = Engine(plan(["std"], BOTH), engine.keys)
    for event in ORDER[:100]:
        if event["key"] == 1:
            history.push(event)
    done = {key: rows for key, rows in run(Engine(plan(["std"], BOTH)), 0, 100).items() if key}
    engine.reload(plan(["std"], BOTH), history)
    assert list(engine.origins) == ["std"]
    rows = run(engine, 100, 400)
    whole = only(WHOLE["both"], ["std"])
    assert_bits({1: rows[1]}, rest({1: whole[1]}, done))
    assert np.isnan(rows[0][1][0, 0])


def test_reloads_take_no_more_memory_than_the_largest_plan_needs():
    small, large = plan(["ema", "sum"], BOTH), plan(NAMES, BOTH)
    engine = Engine(small)
    done, taken = run(engine, 0, 100), []
    for made in (large, small, large, small):
        engine.reload(made)
        taken.append(engine.stats.bytes)
    assert taken == [taken[0]] * 4
    assert_bits(run(engine, 100, 400), rest(only(WHOLE["both"], ["ema", "sum"]), done))


def test_keys_of_one_engine_keep_their_memory_where_a_plan_grows_a_little():
    few, more = (
        build({f"lag {i}": AsOf(Lag(PRICE, i)) for i in range(1, count)}, TRADE, STREAMS)
        for count in (60, 61)
    )
    engine = Engine(few)
    run(engine, 0, 100)
    where = {key: arena.address for key, arena in engine.registry.arenas.items()}
    engine.reload(more)
    assert {key: arena.address for key, arena in engine.registry.arenas.items()} == where


def test_a_plan_that_the_engine_cannot_run_leaves_the_old_one_running():
    engine = Engine(plan(["ema", "sum"], BOTH), ttl="10h")
    done, other = run(engine, 0, 100), {"other": AsOf(columns(Trade, "a").price, on=Every("1s"))}
    routed = build(other, Every("1s"), STREAMS, pair("a", "b"))
    with pytest.raises(DefinitionError, match="ttl and maximum_keys need a plan without routes"):
        engine.reload(routed)
    assert_bits(run(engine, 100, 400), rest(only(WHOLE["both"], ["ema", "sum"]), done))
