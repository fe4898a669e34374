"""Features in timeframes of their own, against bars that pandas makes, in every layout."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.catalog.compute import InMemory

import penstock as ps
import penstock.catalog
from penstock.core.errors import DefinitionError
from penstock.declare.timeframes import timeframe
from penstock.engine import Engine
from penstock.events import Bar, Block, Event, Trade
from penstock.expr import BAR, TRADE, Timeframe, bar, trade
from penstock.plan import build
from penstock.streams import TimeBars

MINUTE = 60 * 1_000_000_000
START = 1_700_006_400 * 1_000_000_000 // (15 * MINUTE) * (15 * MINUTE)
COLUMNS = ("open", "high", "low", "close", "volume")


@st.composite
def minutes(draw) -> Block:
    """Minute bars with gaps, prices that are equal, and volumes that are not known."""
    steps = draw(st.lists(st.sampled_from([1, 1, 1, 2, 4, 11]), min_size=1, max_size=60))
    time = START + draw(st.integers(0, 6)) * MINUTE + np.cumsum(steps) * MINUTE
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    low, span = rng.integers(90, 110, len(time)) / 1.0, rng.integers(0, 4, len(time))
    volume = np.where(rng.random(len(time)) < 0.2, np.nan, rng.integers(0, 50, len(time)))
    return Block.of(
        Bar,
        time=time,
        key=np.zeros(len(time), np.int64),
        open=low,
        high=low + span,
        low=low,
        close=low + span // 2,
        volume=volume,
        trades=np.full(len(time), np.nan),
    )


def longer(block: Block, width: int) -> tuple[np.ndarray, pd.DataFrame]:
    """When bars of (start, end] are known, and the bars; the last is known once a bar comes after it."""
    frame = pd.DataFrame({name: block.columns[name] for name in ("time", *COLUMNS)})
    end = -(-frame["time"] // width) * width
    groups = frame.groupby(end)
    found = pd.DataFrame(
        {
            "open": groups["open"].first(),
            "high": groups["high"].max(),
            "low": groups["low"].min(),
            "close": groups["close"].last(),
            "volume": groups["volume"].sum(min_count=1),
        }
    )
    whole = groups["time"].last() == found.index
    known = np.where(whole, found.index, found.index + 1)
    seen = known <= frame["time"].iloc[-1]
    return known[seen], found[seen]


@settings(max_examples=60)
@given(minutes(), st.sampled_from([2, 5, 15]), st.sampled_from([1, 3, 64]))
def test_bars_of_bars_are_those_of_pandas_and_known_with_the_bar_that_ends_them(
    block: Block, width: int, capacity: int
) -> None:
    known, bars = longer(block, width * MINUTE)
    clock = timeframe(f"{width}m")
    columns = {name: getattr(bar, name) for name in COLUMNS}
    rows = Engine(build(columns, clock, (BAR,)), capacity=capacity).push_block(block)
    assert rows.times().tolist() == known.tolist()
    np.testing.assert_array_equal(rows.values(), bars.to_numpy(float))

    sampled = {name: Timeframe(column, on=clock) for name, column in columns.items()}
    rows = Engine(build(sampled, BAR, (BAR,)), capacity=capacity).push_block(block)
    last = np.searchsorted(known, block.columns["time"], side="right") - 1
    want = np.where(last[:, None] >= 0, bars.to_numpy(float)[last], np.nan) if len(bars) else np.nan
    np.testing.assert_array_equal(rows.values(), np.broadcast_to(want, rows.values().shape))

    engine = Engine(build(sampled, BAR, (BAR,)))
    pushed = [engine.push(Event(block, row)).copy() for row in range(len(block))]
    np.testing.assert_array_equal(np.vstack(pushed), rows.values())


def trades(size: int = 6_000) -> Block:
    rng = np.random.default_rng(5)
    return Block.of(
        Trade,
        time=START + np.cumsum(rng.integers(0, 2_000_000_000, size)),
        key=np.zeros(size, np.int64),
        price=100 + np.cumsum(rng.choice([-0.01, 0.0, 0.01], size)),
        size=rng.integers(1, 20, size),
        side=rng.choice([-1, 1], size),
    )


@pytest.mark.parametrize("other", ["M5", "90s", "tick:100", "volume:500"])
def test_a_timeframe_gives_what_a_view_on_its_clock_gives_as_of_its_last_tick(other: str) -> None:
    requests = ("price.true_range", "streaming_stats.rolling_mean(w=3, x=close)", "volume.vwap")
    there = ps.run(ps.View("there", requests, on=timeframe(other)), [InMemory((trades(),))])
    asked = [
        request[:-1] + f", tf={other})" if request.endswith(")") else f"{request}(tf={other})"
        for request in requests
    ]
    here = ps.run(ps.View("here", asked, on="bar:1m"), [InMemory((trades(),))])
    last = np.searchsorted(there["ts"].to_numpy(), here["ts"].to_numpy(), side="right") - 1
    assert (last >= 3).sum() > 50
    for request, name in zip(requests, asked, strict=True):
        want = np.where(last >= 0, there[request].to_numpy()[last], np.nan)
        np.testing.assert_array_equal(here[name].to_numpy(), want)


def test_several_timeframes_mix_in_one_expression() -> None:
    gap = Timeframe(bar.close, on=timeframe("M1")) - Timeframe(bar.close, on=timeframe("M15"))
    rows = Engine(build({"gap": gap}, TRADE, (TRADE,))).push_block(trades())
    assert np.isfinite(rows.values()).sum() > 100


def test_trades_and_bars_of_a_source_each_make_their_own() -> None:
    clock = timeframe("M5")
    plan = build({"price": Timeframe(trade.price, on=clock)}, BAR, (TRADE, BAR))
    assert TimeBars("5m", TRADE) in plan.clocks


@pytest.mark.parametrize("text", ["5x", "M7", "every", ""])
def test_a_timeframe_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(DefinitionError, match=r"needed, got"):
        timeframe(text)
