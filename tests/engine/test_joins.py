"""Joins of clocks against their definition by brute force, in every layout, with many equal times."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine import feeds
from tests.engine import positions as by_definition
from tests.engine.positions import SECOND, Tick
from tests.engine.test_positions import PRICE, SIZE, check, compute, markets, split

from penstock.core.errors import DefinitionError
from penstock.engine import Engine
from penstock.engine.group import Group, members_stream
from penstock.events import Block, Keys, Trade
from penstock.expr import BOOK, TRADE, Column, Expr
from penstock.expr.columns import columns
from penstock.formulas.joins import as_of
from penstock.ops import (
    AsOf,
    Cell,
    Ema,
    Level,
    Pairs,
    Part,
    WindowMax,
    WindowMean,
    WindowMin,
    WindowSum,
)
from penstock.plan import build
from penstock.streams import AnyOf, Clock, Delay, Every, GapSession, Stream

FEW = settings(max_examples=30)


def ticks_of(on: Clock, market: dict[str, np.ndarray]) -> list[Tick]:
    """The ticks of a clock over a market whose trades and books are both read."""
    book, trade, *_ = split(market)
    first, end = int(market["times"][0]), int(market["times"][-1])
    return {
        TRADE: lambda: trade,
        BOOK: lambda: book,
        AnyOf((TRADE, BOOK)): lambda: by_definition.union(book, trade),
        Every("1s"): lambda: by_definition.every(SECOND, first, end),
        Delay(BOOK, "1s"): lambda: by_definition.delay(SECOND, book, end),
        GapSession(TRADE, "1s"): lambda: by_definition.gap_sessions(SECOND, None, trade, end),
    }[on]()


def joined(
    on: list[Tick], ticks: list[Tick], x: np.ndarray, tolerance: int | None, *, strict: bool
) -> np.ndarray:
    """The last value visible to a tick, of an earlier time if ``strict``, if it is not too old."""
    found = []
    for at in on:
        seen = [
            i for i in by_definition.visible(at, ticks) if not strict or ticks[i].time < at.time
        ]
        old = bool(seen) and tolerance is not None and at.time - ticks[seen[-1]].time > tolerance
        found.append(x[seen[-1]] if seen and not old else np.nan)
    return np.array(found)


CLOCKS = (
    TRADE,
    BOOK,
    AnyOf((TRADE, BOOK)),
    Every("1s"),
    Delay(BOOK, "1s"),
    GapSession(TRADE, "1s"),
)


@FEW
@given(markets(), st.sampled_from(CLOCKS), st.sampled_from([0, SECOND // 4, SECOND]))
def test_an_as_of_is_no_older_than_its_tolerance_and_earlier_where_strict(market, on, tolerance):
    book, trade, price, _, bid = split(market)
    if not trade or not book:
        return
    ticks = ticks_of(on, market)
    first = Level(Column(BOOK, "levels"), level=0, field="bid_price")
    made: dict[str, Expr] = {"bid": AsOf(first)}
    want = {"bid": joined(ticks, book, bid, None, strict=False)}
    for limit in (None, tolerance):
        for strict in (False, True):
            name = f"{limit} {strict}"
            made[name] = as_of(PRICE, tolerance=limit, strict=strict)
            want[name] = joined(ticks, trade, price, limit, strict=strict)
    check(market, made, on, ticks, want)


def test_strict_is_what_pandas_calls_no_exact_matches():
    pd = pytest.importorskip("pandas")
    blocks = feeds.market(400, seed=4)
    trade, book = blocks
    made = {
        "strict": as_of(PRICE, strict=True, tolerance="2s"),
        "mid": AsOf(Level(Column(BOOK, "levels"), level=0, field="bid_price")),
    }
    rows = feeds.compute(Engine(build(made, BOOK, feeds.STREAMS)), blocks)
    left = pd.DataFrame({"time": book.columns["time"]})
    right = pd.DataFrame({"time": trade.columns["time"], "price": trade.columns["price"]})
    wanted = pd.merge_asof(left, right, on="time", allow_exact_matches=False, tolerance=2 * SECOND)
    np.testing.assert_array_equal(rows[0][1][:, 0], wanted["price"].to_numpy())


STATISTICS = {
    "sum": (WindowSum, np.sum, 0.0),
    "mean": (WindowMean, np.mean, np.nan),
    "low": (WindowMin, np.min, np.nan),
    "high": (WindowMax, np.max, np.nan),
}


@FEW
@given(markets(), st.sampled_from(CLOCKS), st.sampled_from(["250ms", "1s", "30s"]))
def test_a_window_join_is_a_statistic_of_one_stream_at_the_ticks_of_another(market, on, width):
    book, trade, _, size, _ = split(market)
    if not trade or not book:
        return
    ticks = ticks_of(on, market)
    span = nanoseconds(width)
    made: dict[str, Expr] = {"bid": AsOf(Level(Column(BOOK, "levels"), level=0, field="bid_price"))}
    want = {"bid": by_definition.as_of(ticks, book, split(market)[4])}
    for name, (operator, statistic, empty) in STATISTICS.items():
        made[name] = operator(SIZE, width)
        want[name] = windows(ticks, trade, size, span, statistic, empty)
    check(market, made, on, ticks, want)


def windows(on, ticks, x, width, statistic, empty) -> np.ndarray:
    """A statistic of what is visible with (time, phase) > (t - width, phase of the tick)."""
    found = []
    for at in on:
        edge = (at.time - width, at.phase)
        kept = [
            x[i] for i in by_definition.visible(at, ticks) if (ticks[i].time, ticks[i].phase) > edge
        ]
        found.append(float(statistic(kept)) if kept else empty)
    return np.array(found)


HOPS = [("1s", "250ms"), ("1s", "1s"), ("1s", "3s"), ("3s", "1s"), ("3s", "30s"), ("250ms", "1s")]


@FEW
@given(markets(), st.sampled_from(HOPS), st.sampled_from([0, 1, SECOND // 8]))
def test_windows_tumble_slide_and_leave_gaps_as_hop_and_width_say(market, spans, offset):
    _, trade, _, size, _ = split(market)
    if not trade:
        return
    hop, width = (nanoseconds(text) for text in spans)
    end = int(market["times"][-1])
    ticks = [Tick(t, 0, 0) for t in hops(hop, offset, trade[0].time, end)]
    made = {name: operator(SIZE, width) for name, (operator, _, _) in STATISTICS.items()}
    want = {
        name: windows(ticks, trade, size, width, statistic, empty)
        for name, (_, statistic, empty) in STATISTICS.items()
    }
    check(market, made, Every(hop, offset=offset), ticks, want)


def hops(hop: int, offset: int, first: int, end: int) -> list[int]:
    return [t for t in range(offset, end + 1, hop) if t > first]


def nanoseconds(text: str) -> int:
    return {"250ms": SECOND // 4, "1s": SECOND, "3s": 3 * SECOND, "30s": 30 * SECOND}[text]


def test_tumbling_windows_hold_every_event_once():
    market = {
        "times": np.arange(1, 40) * SECOND // 4,
        "ranks": np.ones(39, np.int64),
        "price": np.ones(39),
        "size": np.arange(39) + 1.0,
        "levels": np.ones((39, 40)),
    }
    _, values = compute(market, {"sum": WindowSum(SIZE, "1s")}, Every("1s"), 1)
    before_the_last_tick = market["times"] < market["times"][-1] // SECOND * SECOND
    assert values.sum() == market["size"][before_the_last_tick].sum()


def test_two_roles_are_aligned_on_one_clock():
    spot, perp = Stream(Trade, "spot"), Stream(Trade, "perp")
    one, _ = feeds.market(300, seed=8)
    two, _ = feeds.market(300, seed=9)
    basis = AsOf(columns(Trade, "perp").price) - AsOf(columns(Trade, "spot").price)
    plan = build({"basis": basis}, Every("1s"), (spot, perp))
    whole = feeds.compute(Engine(plan, capacity=1024), (one, two), streams=(spot, perp))
    times, values = whole[0]
    for at, value in zip(times.tolist(), values[:, 0], strict=True):
        last = [b.columns["price"][b.columns["time"] < at][-1:] for b in (two, one)]
        wanted = last[0][0] - last[1][0] if all(len(x) for x in last) else np.nan
        np.testing.assert_equal(value, wanted)
    live = Engine(plan)
    order = feeds.merged((one, two))
    rows: feeds.Bits = {}
    for stream, row in order:
        event = feeds.Event((one, two)[stream], row)
        rows = feeds.join(rows, feeds.push(live, [event], (spot, perp)[stream]))
    rows = feeds.join(rows, feeds.by_key(live.advance(feeds.end((one, two)))))
    feeds.assert_bits(rows, whole)


NAMES = tuple((name,) for name in "ABCDE")


def test_a_cross_join_pairs_every_member_of_two_groups():
    rng = np.random.default_rng(3)
    size = 200
    block = Block.of(
        Trade,
        time=feeds.START + np.sort(rng.integers(0, 60, size)) * SECOND,
        key=rng.integers(0, 5, size),
        price=100 + rng.integers(-9, 9, size).astype(float),
        size=np.ones(size),
        side=np.zeros(size),
    )
    price = Column(members_stream({"price": PRICE}, 5), "price")
    left, right = Part(price, 0, 2), Part(price, 2, 3)
    for kind, pair in (("difference", np.subtract), ("ratio", np.divide), ("product", np.multiply)):
        pairs = Pairs(left, right, kind=kind, maximum=6)
        over = {f"p{i}": Cell(pairs, i) for i in range(6)} | {"smooth": Ema(Cell(pairs, 5), 3.0)}
        keys = Keys()
        for name in NAMES:
            keys.number(name)
        group = Group({"price": AsOf(PRICE)}, over, Every("2s"), NAMES, (TRADE,), keys=keys)
        _, rows = group.push_block(block)
        rows.extend(group.advance(feeds.end((block,)))[1])
        checked = 0
        for at, values in zip(rows.times().tolist(), rows.values(), strict=True):
            last = np.full(5, np.nan)
            for t, key, p in zip(
                *(block.columns[n] for n in ("time", "key", "price")), strict=True
            ):
                last[key] = p if t < at else last[key]
            np.testing.assert_array_equal(values[:6], pair.outer(last[:2], last[2:]).ravel())
            checked += np.isfinite(values).all()
        assert checked > 10


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x: Pairs(x, x, maximum=24), "Pairs: pairs must be at most 24, got 25"),
        (lambda x: Pairs(x, PRICE), "Pairs: y must be a wide column, got 'trade.price'"),
        (lambda x: Pairs(x, x, kind="sum"), "kind must be one of difference, ratio, product"),
        (lambda x: Part(x, 3, 3), "Part: cells must be among the 5 of x, got .3, 3."),
        (lambda x: Part(x, 0, 1), "size must be at least 2 .Cell gives one., got 1"),
        (lambda x: as_of(PRICE, tolerance="0.1ns"), "whole nanoseconds are needed"),
        (lambda x: as_of(x, strict=True), "x must be one cell wide"),
        (
            lambda x: as_of(PRICE, tolerance=-1),
            "AsOfWithin: tolerance must not be negative, got -1",
        ),
    ],
)
def test_a_join_that_cannot_be_says_why(make, message):
    with pytest.raises(DefinitionError, match=message):
        make(Column(members_stream({"price": PRICE}, 5), "price"))


def test_an_as_of_that_would_freeze_is_refused_whatever_its_tolerance():
    for strict in (True, False):
        frozen = as_of(WindowSum(SIZE, "5s", on=TRADE), tolerance="1h", strict=strict)
        with pytest.raises(DefinitionError, match="would freeze when events stop"):
            build({"x": frozen}, Every("1s"), (TRADE,))
