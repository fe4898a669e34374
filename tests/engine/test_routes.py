"""Events of one key in other keys' roles: pairs and benchmarks, with the same bits however they run."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine import feeds
from tests.engine.feeds import SECOND, Memory, assert_bits, by_key, join

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.engine import Engine
from penstock.events import Block, Event, Keys, Trade
from penstock.expr import TRADE, Column, Expr
from penstock.expr.columns import columns
from penstock.ops import AsOf, Ema, Lag, RollingRegression, WindowSum
from penstock.plan import build
from penstock.streams import Clock, Every, Route, Stream, benchmark, pair

NAMES = (("SPY",), ("A",), ("B",), ("C",))
PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
INDEX = columns(Trade, "benchmark")
A, B = columns(Trade, "a"), columns(Trade, "b")
HOP = Every("1s")


def trades(size: int = 300, seed: int = 1) -> Block:
    rng = np.random.default_rng(seed)
    key = rng.integers(0, 4, size)
    key[: size // 5] = rng.integers(0, 2, size // 5)  # B and C come later
    return Block.of(
        Trade,
        time=feeds.START + np.cumsum(rng.choice([0, 0, 1, 1, 2, 9], size)) * SECOND // 4,
        key=key,
        price=100.0 + np.cumsum(rng.integers(-3, 4, size)),
        size=rng.integers(1, 9, size),
        side=np.zeros(size),
    )


BLOCK = trades()


def move(price: Expr) -> Expr:
    sampled = AsOf(price, on=HOP)
    return sampled - Lag(sampled, 1)


BETA: dict[str, Expr] = {
    "beta": AsOf(RollingRegression(move(INDEX.price), move(PRICE), window=5)["slope"]),
    "index": AsOf(INDEX.price),
    "own": AsOf(Ema(PRICE, 3.0)),
    "index_volume": WindowSum(INDEX.size, "3s"),
}
SPREAD: dict[str, Expr] = {
    "spread": AsOf(A.price) - AsOf(B.price),
    "volume": WindowSum(A.size, "3s") + WindowSum(B.size, "3s"),
    "smooth": Ema(AsOf(A.price, on=HOP) - AsOf(B.price, on=HOP), 4.0),
}


def keys() -> Keys:
    made = Keys()
    for name in NAMES:
        made.number(name)
    return made


def engine(
    made: dict[str, Expr], on: Clock, routes: tuple[Route, ...], capacity: int = 1, **more: object
) -> Engine:
    return Engine(build(made, on, (TRADE,), routes), keys(), capacity=capacity, **more)


CASES = {
    "beta": (BETA, HOP, benchmark("SPY")),
    "beta at trades": ({n: x for n, x in BETA.items() if n != "beta"}, TRADE, benchmark("SPY")),
    "beta at the index": (
        {"index": INDEX.price, "own": AsOf(PRICE)},
        Stream(Trade, "benchmark"),
        benchmark("SPY"),
    ),
    "pair": (SPREAD, HOP, pair("A", "B")),
    "pair at one leg": ({"x": AsOf(A.price) - B.price}, Stream(Trade, "b"), pair("A", "B")),
    "pairs and benchmark": (
        SPREAD | {"index": AsOf(INDEX.price)},
        HOP,
        (*benchmark("SPY"), *pair("A", "B"), *pair("B", "SPY", "odd")),
    ),
}
case = pytest.mark.parametrize("name", CASES)
WHOLE: dict[str, feeds.Bits] = {}


def whole(name: str) -> feeds.Bits:
    if name not in WHOLE:
        WHOLE[name] = compute(engine(*CASES[name], 1024))
    return WHOLE[name]


def compute(made: Engine, sizes: tuple[int, ...] = ()) -> feeds.Bits:
    return feeds.compute(made, (BLOCK,), sizes, (TRADE,))


@case
@settings(max_examples=8)
@given(
    sizes=st.lists(st.integers(0, 60), max_size=8),
    cut=st.integers(0, 300),
    capacity=st.sampled_from([1, 7]),
)
def test_however_it_runs_a_view_with_routes_has_the_same_bits(name, sizes, cut, capacity):
    assert_bits(compute(engine(*CASES[name], capacity), tuple(sizes)), whole(name))
    assert_bits(compute(engine(*CASES[name], threads=2), tuple(sizes)), whole(name))
    live, again = engine(*CASES[name]), engine(*CASES[name], capacity)
    rows = feeds.push(live, feeds.events((BLOCK.take(slice(0, cut)),)))
    again.restore(live.snapshot())
    rest = again.push_block(BLOCK.take(slice(cut, None)))
    rest.extend(again.advance(feeds.end((BLOCK,))))
    assert_bits(join(rows, by_key(rest)), whole(name))


@case
def test_events_pushed_one_by_one_give_the_rows_of_blocks(name):
    live, rows = engine(*CASES[name]), feeds.Rows(tuple(CASES[name][0]))
    for event in feeds.events((BLOCK,)):
        last = live.push(event)
        made = live.emitted.take()
        assert (last is None) == (made.count == 0)
        rows.extend(made)
    rows.extend(live.advance(feeds.end((BLOCK,))))
    assert_bits(by_key(rows), whole(name))


def by_hand(time: int, since: int, key: int) -> float:
    """The last price of a key before a time, from an element on."""
    columns = BLOCK.columns
    seen = (columns["time"] < time) & (columns["key"] == key) & (np.arange(len(BLOCK)) >= since)
    return float(columns["price"][seen][-1]) if seen.any() else math.nan


def test_a_benchmark_is_what_the_index_was_since_the_key_began():
    made = whole("beta")
    assert sorted(made) == [0, 1, 2, 3]
    for key, (times, values) in made.items():
        since = int(np.flatnonzero(BLOCK.columns["key"] == key)[0])
        wanted = [by_hand(t, since, 0) for t in times.tolist()]
        np.testing.assert_array_equal(values[:, 1], wanted)
    moves = made[1][1]
    assert np.isfinite(moves[:, 0]).sum() > 20


def test_beta_is_the_slope_on_the_index():
    times, values = whole("beta")[1]
    since = int(np.flatnonzero(BLOCK.columns["key"] == 1)[0])
    index = np.array([by_hand(t, since, 0) for t in times.tolist()])
    own = np.array([by_hand(t, since, 1) for t in times.tolist()])
    x, y, checked = np.diff(index, prepend=np.nan), np.diff(own, prepend=np.nan), 0
    for t in range(5, len(times)):
        a, b = x[t - 4 : t + 1], y[t - 4 : t + 1]
        if np.isfinite(a).all() and np.isfinite(b).all() and a.std() > 0:
            np.testing.assert_allclose(values[t, 0], np.polyfit(a, b, 1)[0], 1e-9, atol=1e-9)
            checked += 1
    assert checked > 20


def test_a_pair_is_a_key_of_its_own_made_of_two():
    made = engine(*CASES["pair"])
    rows = by_key(made.push_block(BLOCK))
    number = made.keys.number(("A/B",))
    assert list(rows) == [number]
    times, values = rows[number]
    wanted = [by_hand(t, 0, 1) - by_hand(t, 0, 2) for t in times.tolist()]
    np.testing.assert_array_equal(values[:, 0], wanted)
    assert np.isfinite(values).all(axis=1).sum() > 20


class Named(Memory):
    """Blocks in memory whose keys get the numbers that a run gives their names."""

    def chunks(self, keys, quarantine):
        numbers = np.array([keys.number(name) for name in self.names])
        for (block,) in super().chunks(Keys(), quarantine):
            fields = dict(block.columns) | {"key": numbers[block.columns["key"]]}
            yield (Block.of(block.type, **fields),)


def test_a_view_with_routes_is_the_same_in_history_and_live():
    for made, on, routes in CASES.values():
        view = ps.View("routed", tuple(made.items()), on=on, routes=routes)
        history = feeds.bits_of_frame(ps.run(view, Named((BLOCK,), NAMES)), view)
        live: dict[tuple[str, ...], list] = {}
        for row in ps.live(view, feeds.events((BLOCK,)), keys=keys()):
            live.setdefault(row.key, []).append((row.ts, row.values.copy()))
        got = {
            key: (np.array([ts for ts, _ in rows]), np.stack([v for _, v in rows]))
            for key, rows in live.items()
        }
        assert_bits(got, history)


def test_a_peek_is_what_comes_next():
    for name in ("beta at trades", "pair at one leg"):
        made = engine(*CASES[name])
        for i, event in enumerate(feeds.events((BLOCK,))):
            ahead = made.peek(event) if i % 7 == 0 else None
            made.push(event)
            rows = made.emitted.take()
            if i % 7 == 0 and int(event["key"]) != 0:
                assert (ahead is None) == (rows.count == 0)
                if ahead is not None:
                    one, two = (feeds.canonical(x) for x in (ahead, rows.values()[-1]))
                    assert np.array_equal(one, two)


def test_a_late_copy_is_counted_and_its_original_stays():
    made = engine({"index": AsOf(INDEX.price), "own": AsOf(PRICE)}, TRADE, benchmark("SPY"))
    for time, key in ((10, 1), (20, 1), (15, 0)):
        block = Block.of(
            Trade, time=[time * SECOND], key=[key], price=[1.0], size=[1.0], side=[0.0]
        )
        made.push(Event(block, 0))
    assert made.late == 0
    assert made.late_copies == 1
    assert made.ticks(TRADE, 0) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Route("", "A"), "Route: a role is needed, got none"),
        (
            lambda: Route("a", ("A", "X"), "B"),
            "Route a: source and target must have as many columns",
        ),
        (
            lambda: ps.View(
                "v", [("x", A.price)], ("symbol", "venue"), on=HOP, routes=pair("A", "B")
            ),
            "the key of a route must have the columns symbol, venue, got .'A',. for 'a'",
        ),
        (
            lambda: build({"x": AsOf(A.price)}, HOP, (TRADE, Stream(Trade, "a")), pair("A", "B")),
            "a role must be a source's or a route's, got 'a' of both",
        ),
        (
            lambda: build({"x": AsOf(INDEX.price)}, HOP, (TRADE,), pair("A", "B")),
            "the stream 'benchmark' is needed",
        ),
    ],
)
def test_a_route_that_cannot_be_says_why(make, message):
    with pytest.raises(DefinitionError, match=message):
        make()


def test_a_view_with_routes_is_not_rebuilt():
    view = ps.View("v", tuple(SPREAD.items()), on=HOP, routes=pair("A", "B"))
    with pytest.raises(DefinitionError, match="rebuild' is for views without routes"):
        ps.live(view, (), keys=keys(), on_late="rebuild")
