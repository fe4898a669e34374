"""The engine against positions by brute force, in every layout."""

from math import gcd

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine import positions as by_definition
from tests.engine.positions import SECOND, Tick

from penstock.engine import Engine
from penstock.events import Block, Book, Trade
from penstock.expr import BOOK, TRADE, Column, Expr, When
from penstock.ops import AsOf, Ema, Lag, Ohlcv, PaneSum, Threshold, WindowSum
from penstock.plan import build
from penstock.streams import AnyOf, Clock, Every, TimeBars

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
BID = Column(BOOK, "levels")
STREAMS = (BOOK, TRADE)


@st.composite
def markets(draw: st.DrawFn) -> dict[str, np.ndarray]:
    """Books and trades with many equal times, gaps and silent stretches."""
    size = draw(st.integers(1, 60))
    steps = draw(st.lists(st.sampled_from([0, 0, 0, 1, 1, 2, 5, 40]), min_size=size, max_size=size))
    ranks = np.array(draw(st.lists(st.integers(0, 1), min_size=size, max_size=size)))
    times = np.cumsum(steps) * (SECOND // 4) + draw(st.integers(0, 3)) * SECOND
    order = np.lexsort((np.arange(size), ranks, times))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    return {
        "times": times[order],
        "ranks": ranks[order],
        "price": rng.integers(1, 50, size).astype(float),
        "size": rng.integers(1, 9, size).astype(float),
        "levels": rng.integers(1, 99, (size, 40)).astype(float),
    }


def compute(
    market: dict[str, np.ndarray], columns: dict[str, Expr], on: Clock, capacity: int
) -> tuple:
    """Times and values of a view over a market."""
    plan = build(columns, on, STREAMS)
    engine = Engine(plan, capacity=capacity)
    books, trades = market["ranks"] == 0, market["ranks"] == 1
    blocks = {
        BOOK: Block.of(Book, time=market["times"][books], levels=market["levels"][books]),
        TRADE: Block.of(
            Trade,
            time=market["times"][trades],
            price=market["price"][trades],
            size=market["size"][trades],
            side=np.zeros(trades.sum(), np.int64),
        ),
    }
    slot = {stream: i for i, stream in enumerate(plan.streams)}
    used = np.array(
        [(books[i] and BOOK in slot) or (trades[i] and TRADE in slot) for i in range(len(books))]
    )
    rows = np.where(books, np.cumsum(books) - 1, np.cumsum(trades) - 1)[used]
    streams = np.where(books, slot.get(BOOK, -1), slot.get(TRADE, -1))[used].astype(np.int64)
    made = engine.push_merged({slot[s]: b for s, b in blocks.items() if s in slot}, streams, rows)
    made.extend(engine.advance(int(market["times"][-1])))
    return made.times(), made.values()


def check(
    market: dict[str, np.ndarray],
    columns: dict[str, Expr],
    on: Clock,
    ticks: list[Tick],
    want: dict,
) -> None:
    """The engine's rows stand at the ticks and hold the wanted values, with the same bits in every layout."""
    first = compute(market, columns, on, 1)
    assert first[0].tolist() == [tick.time for tick in ticks]
    for i, name in enumerate(columns):
        np.testing.assert_allclose(
            first[1][:, i] if len(ticks) else [], want[name], rtol=1e-12, err_msg=name
        )
    for capacity in (3, 1024):
        other = compute(market, columns, on, capacity)
        assert np.array_equal(first[0], other[0])
        assert np.array_equal(first[1], other[1], equal_nan=True), capacity


def split(
    market: dict[str, np.ndarray],
) -> tuple[list[Tick], list[Tick], np.ndarray, np.ndarray, np.ndarray]:
    """Book ticks, trade ticks, trade prices, trade sizes, first bids."""
    book, trade = by_definition.events(market["times"], market["ranks"])
    trades = market["ranks"] == 1
    return (
        book,
        trade,
        market["price"][trades],
        market["size"][trades],
        market["levels"][~trades][:, 0],
    )


@given(markets())
def test_as_of_and_windows_at_events_follow_the_definition(market: dict[str, np.ndarray]) -> None:
    book, trade, price, size, _ = split(market)
    columns = {
        "last": AsOf(PRICE),
        "own": AsOf(WindowSum(SIZE, "2s", on=TRADE) + 0.0, on=TRADE),
        "sum": WindowSum(SIZE, "2s"),
        "long": WindowSum(SIZE, "30s"),
    }
    for on, ticks in (
        (BOOK, book),
        (AnyOf((TRADE, BOOK)), by_definition.union(book, trade)),
        (TRADE, trade),
    ):
        views = {name: expr for name, expr in columns.items() if name != "own" or on is TRADE}
        if on is not TRADE and not trade:
            continue
        want = {
            "last": by_definition.as_of(ticks, trade, price),
            "own": by_definition.window_sum(ticks, trade, size, 2 * SECOND),
            "sum": by_definition.window_sum(ticks, trade, size, 2 * SECOND),
            "long": by_definition.window_sum(ticks, trade, size, 30 * SECOND),
        }
        check(market, views, on, ticks, want)


@given(markets(), st.sampled_from([1, 2, 7]), st.sampled_from([1, 2, 30]))
def test_timed_ticks_stand_before_the_events_of_their_time(
    market: dict[str, np.ndarray], hop: int, width: int
) -> None:
    _, trade, price, size, _ = split(market)
    on = Every(hop * SECOND)
    used = market["times"][market["ranks"] == 1]
    end = int(market["times"][-1])
    ticks = by_definition.every(hop * SECOND, int(used[0]), end) if len(used) else []
    want = {
        "last": by_definition.as_of(ticks, trade, price),
        "sum": by_definition.window_sum(ticks, trade, size, width * SECOND),
    }
    check(market, {"last": AsOf(PRICE), "sum": WindowSum(SIZE, width * SECOND)}, on, ticks, want)


@given(markets())
def test_bars_hold_what_their_tick_is_the_first_to_see(market: dict[str, np.ndarray]) -> None:
    _, trade, price, size, _ = split(market)
    on = TimeBars(2 * SECOND, TRADE)
    ticks = by_definition.time_bars(2 * SECOND, trade, int(market["times"][-1]))
    made = by_definition.bars(ticks, trade, price, size)
    names = ("open", "high", "low", "close", "volume")
    columns: dict[str, Expr] = {name: AsOf(Ohlcv(PRICE, SIZE, reset=on)[name]) for name in names}
    close = AsOf(Ohlcv(PRICE, SIZE, reset=on)["close"], on=on)
    columns |= {
        "before": Lag(close, 1),
        "smooth": Ema(close, 3.0),
        "closes": WindowSum(close, 4 * SECOND, on=on),
    }
    want = {name: made[:, i] for i, name in enumerate(names)}
    closes = made[:, 3]
    want["before"] = np.concatenate([[np.nan], closes[:-1]])[: len(closes)]
    want["closes"] = by_definition.window_sum(ticks, ticks, closes, 4 * SECOND)
    smooth: list[float] = []
    for x in closes.tolist():
        smooth.append(smooth[-1] + 0.5 * (x - smooth[-1]) if smooth else x)
    want["smooth"] = np.array(smooth)
    check(market, columns, on, ticks, want)


@given(markets(), st.sampled_from([5.0, 12.0, 1e9]))
def test_volume_bars_tick_right_after_the_trade_that_fills_them(
    market: dict[str, np.ndarray], limit: float
) -> None:
    _, trade, price, size, _ = split(market)
    on = When(Threshold(SIZE, limit=limit))
    ticks, total = [], 0.0
    for tick, volume in zip(trade, size.tolist(), strict=True):
        total += volume
        if total >= limit:
            ticks.append(tick)
            total = 0.0
    made = by_definition.bars(ticks, trade, price, size)
    columns: dict[str, Expr] = {
        n: AsOf(Ohlcv(PRICE, SIZE, reset=on)[n]) for n in ("open", "high", "volume")
    }
    columns["smooth"] = AsOf(Ema(PRICE, 1.0))
    want = {"open": made[:, 0], "high": made[:, 1], "volume": made[:, 4]}
    want["smooth"] = by_definition.as_of(ticks, trade, price)
    check(market, columns, on, ticks, want)


@given(markets())
def test_two_timed_clocks_of_one_time_see_each_other(market: dict[str, np.ndarray]) -> None:
    _, trade, price, size, _ = split(market)
    on, slow = Every(2 * SECOND), Every(4 * SECOND)
    used = market["times"][market["ranks"] == 1]
    end = int(market["times"][-1])
    ticks = by_definition.every(2 * SECOND, int(used[0]), end) if len(used) else []
    slow_ticks = by_definition.every(4 * SECOND, int(used[0]), end) if len(used) else []
    slow_last = by_definition.as_of(slow_ticks, trade, price)
    columns = {"slow": AsOf(AsOf(PRICE, on=slow), on=on), "sum": WindowSum(SIZE, "6s")}
    want = {
        "slow": by_definition.as_of(ticks, slow_ticks, slow_last),
        "sum": by_definition.window_sum(ticks, trade, size, 6 * SECOND),
    }
    check(market, columns, on, ticks, want)


@pytest.mark.parametrize("capacity", [1, 1024])
@settings(max_examples=20)
@given(market=markets())
def test_the_future_does_not_change_the_past(capacity: int, market: dict[str, np.ndarray]) -> None:
    columns = {"last": AsOf(PRICE), "sum": WindowSum(SIZE, "3s"), "mean": AsOf(Ema(PRICE, 4.0))}
    whole = compute(market, columns, Every("1s"), capacity)
    for cut in range(1, len(market["times"])):
        part = compute(
            {name: x[:cut] for name, x in market.items()}, columns, Every("1s"), capacity
        )
        known = len(part[0])
        assert np.array_equal(part[0], whole[0][:known])
        assert np.array_equal(part[1], whole[1][:known], equal_nan=True)


@pytest.mark.parametrize(("hop", "width"), [(1, 4), (3, 2), (2, 3), (5, 5)])
@given(market=markets())
def test_windows_on_panes_follow_the_definition_at_timed_ticks(
    market: dict[str, np.ndarray], hop: int, width: int
) -> None:
    _, trade, _, size, _ = split(market)
    end = int(market["times"][-1])
    every = by_definition.every(hop * SECOND, trade[0].time, end) if trade else []
    bars = by_definition.time_bars(hop * SECOND, trade, end)
    for on, ticks in ((Every(hop * SECOND), every), (TimeBars(hop * SECOND, TRADE), bars)):
        node = PaneSum(SIZE, width=width * SECOND, step=gcd(hop, width) * SECOND, on=on)
        want = {"sum": by_definition.window_sum(ticks, trade, size, width * SECOND)}
        check(market, {"sum": node["sum"]}, on, ticks, want)


@given(markets())
def test_windows_on_panes_at_events_begin_at_a_multiple_of_the_step(
    market: dict[str, np.ndarray],
) -> None:
    _, trade, _, size, _ = split(market)
    want = []
    for tick in trade:
        begin = -(-tick.time // SECOND) * SECOND - 3 * SECOND
        seen = by_definition.visible(tick, trade)
        want.append(sum(size[i] for i in seen if trade[i].time > begin))
    columns = {"sum": PaneSum(SIZE, width="3s", step="1s")["sum"]}
    check(market, columns, TRADE, trade, {"sum": np.array(want)})
