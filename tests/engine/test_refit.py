"""Refits: a host step between segments, in every layout."""

import numpy as np
import pytest
from tests.engine import feeds
from tests.engine.feeds import assert_bits, by_key, join

import penstock as ps
from penstock.core.errors import DefinitionError, FitError
from penstock.core.model import Model
from penstock.engine import Engine
from penstock.events import Block, Keys, Trade
from penstock.expr import TRADE, Column
from penstock.ops import AsOf, Cell, Ema, Fitted, WindowSum
from penstock.plan import build, value
from penstock.streams import Every

PRICE, SIZE, SIDE = (Column(TRADE, name) for name in ("price", "size", "side"))
LAYOUTS = (1, 2, 7, 64, 1024)


def mean_and_spread(window: np.ndarray) -> np.ndarray:
    return np.array([window.mean(), window.std()])


def means(window: np.ndarray) -> np.ndarray:
    return window.mean(axis=0)


def mean_of_calm(window: np.ndarray) -> np.ndarray:
    if window.std() > 1.0:
        raise FitError("mean_of_calm: the window must be calm")
    return np.array([window.mean()])


MOMENTS = Model("mean_and_spread.v1", 2, mean_and_spread)
CALM = Model("mean_of_calm.v1", 1, mean_of_calm)


def trades(size: int, seed: int = 5) -> Block:
    rng = np.random.default_rng(seed)
    return Block.of(
        Trade,
        time=feeds.START + np.cumsum(rng.integers(0, 3, size)) * feeds.SECOND // 10,
        price=100 + np.cumsum(rng.normal(0, 0.1, size)),
        size=rng.integers(1, 9, size),
        side=rng.choice([-1, 1], size),
    )


BLOCK = trades(2_300)


def cells(node: Fitted) -> dict:
    size = node.model.size
    return {"p": node} if size == 1 else {f"p{i}": Cell(node, i) for i in range(size)}


def engine(columns: dict, on=TRADE, **options) -> Engine:
    return Engine(build(columns, on, (TRADE,)), **options)


@pytest.mark.parametrize("capacity", LAYOUTS)
@pytest.mark.parametrize(
    ("window", "every", "delay"),
    [
        (5, 1, 1),
        (50, 10, 1),
        (10, 50, 3),
        (100, 100, 1_024),
        (64, 7, 200),
        (5, 1, 1_024),
        (2_000, 1_000, 1),
    ],
)
def test_a_refit_equals_its_oracle_in_every_layout(capacity, window, every, delay):
    node = Fitted(Ema(PRICE, 3.0), MOMENTS, window=window, every=every, delay=delay)
    x = engine({"x": Ema(PRICE, 3.0)}).push_block(BLOCK).values()[:, 0]
    wanted = Fitted.oracle(x, MOMENTS, window, every, delay)
    got = engine(cells(node), capacity=capacity).push_block(BLOCK).values()
    assert np.array_equal(got, wanted, equal_nan=True)
    if node.warmup <= len(x):
        assert np.flatnonzero(np.isfinite(got[:, 0]))[0] + 1 == node.warmup


def test_a_refit_equals_its_oracle_event_by_event():
    node = Fitted(PRICE, MOMENTS, window=50, every=10, delay=2)
    wanted = Fitted.oracle(BLOCK.columns["price"], MOMENTS, 50, 10, 2)
    got = feeds.push(engine(cells(node) | {"sum": WindowSum(SIZE, "2s")}), BLOCK)[0][1]
    assert np.array_equal(got[:, :2], wanted, equal_nan=True)
    sums = engine({"sum": WindowSum(SIZE, "2s")}).push_block(BLOCK).values()
    assert np.array_equal(got[:, 2:], sums)


def test_a_wide_column_is_fitted_row_by_row():
    model = Model("means.v1", 2, means)
    inner = Fitted(PRICE, MOMENTS, window=3, every=1, delay=1)
    node = Fitted(inner, model, window=4, every=2, delay=1)
    first = Fitted.oracle(BLOCK.columns["price"], MOMENTS, 3, 1, 1)
    wanted = Fitted.oracle(first, model, 4, 2, 1)
    for capacity in LAYOUTS:
        got = engine(cells(node), capacity=capacity).push_block(BLOCK).values()
        assert np.array_equal(got, wanted, equal_nan=True)


def test_whole_numbers_are_fitted_by_their_values():
    wanted = Fitted.oracle(BLOCK.columns["side"].astype(float), MOMENTS, 20, 5, 1)
    got = engine(cells(Fitted(SIDE, MOMENTS, window=20, every=5))).push_block(BLOCK).values()
    assert np.array_equal(got, wanted, equal_nan=True)


@pytest.mark.parametrize("capacity", LAYOUTS)
def test_two_refits_of_one_tick_do_not_disturb_one_another(capacity):
    one = Fitted(PRICE, MOMENTS, window=20, every=10)
    two = Fitted(SIZE, MOMENTS, window=30, every=15)
    chained = Cell(Fitted(Cell(one, 0), MOMENTS, window=10, every=10), 1)
    columns = {"a": Cell(one, 0), "b": Cell(two, 1), "c": chained, "d": Cell(one, 1) * PRICE}
    x, y = BLOCK.columns["price"], BLOCK.columns["size"]
    first = Fitted.oracle(x, MOMENTS, 20, 10, 1)
    with np.errstate(all="ignore"):
        later = Fitted.oracle(first[:, 0].copy(), MOMENTS, 10, 10, 1)
    wanted = [first[:, 0], Fitted.oracle(y, MOMENTS, 30, 15, 1)[:, 1], later[:, 1], first[:, 1] * x]
    made = engine(columns, capacity=capacity)
    got = made.push_block(BLOCK).values()
    assert np.array_equal(got, np.stack(wanted, axis=1), equal_nan=True)
    pushed = feeds.push(engine(columns), BLOCK)[0][1]
    assert np.array_equal(got, pushed, equal_nan=True)


@pytest.mark.parametrize("capacity", LAYOUTS)
def test_a_fit_that_fails_keeps_the_parameters_and_is_counted(capacity):
    x = BLOCK.columns["price"].copy()
    x[500:900] = np.random.default_rng(1).normal(100, 50, 400)
    block = Block(Trade, {**BLOCK.columns, "price": x})
    wanted, last, failed = np.full(len(x), np.nan), np.nan, 0
    for tick in range(20, len(x) + 1, 20):
        try:
            last = mean_of_calm(x[tick - 20 : tick])[0]
        except FitError:
            failed += 1
        wanted[tick:] = last
    node = Fitted(PRICE, CALM, window=20, every=20)
    made = engine(cells(node), capacity=capacity)
    assert np.array_equal(made.push_block(block).values()[:, 0], wanted, equal_nan=True)
    arena = made._registry.arenas[0]
    registers = arena.cells[arena.program.layout.registers[node] :][:4].view(Fitted.registers)
    assert registers["failed"][0] == failed > 10


def test_any_other_error_of_a_fit_reaches_the_caller():
    def broken(window: np.ndarray) -> np.ndarray:
        raise ZeroDivisionError

    node = Fitted(PRICE, Model("broken.v1", 1, broken), window=5, every=5)
    with pytest.raises(ZeroDivisionError):
        engine(cells(node)).push_block(BLOCK)


@pytest.mark.parametrize("cut", [1, 49, 50, 51, 555, 1_500])
def test_refits_go_on_after_a_restore(cut):
    columns = cells(Fitted(PRICE, MOMENTS, window=50, every=10, delay=130))
    wanted = by_key(engine(columns).push_block(BLOCK))
    for one, two in ((1, 1024), (1024, 1), (7, 7)):
        first, second = engine(columns, capacity=one), engine(columns, capacity=two)
        rows = by_key(first.push_block(BLOCK.take(slice(0, cut))))
        second.restore(first.snapshot())
        assert_bits(join(rows, by_key(second.push_block(BLOCK.take(slice(cut, None))))), wanted)


def test_keys_have_fits_of_their_own_in_any_number_of_threads():
    both = Block(Trade, {**BLOCK.columns, "key": np.arange(len(BLOCK)) % 3})
    columns = cells(Fitted(PRICE, MOMENTS, window=50, every=10))
    rows = by_key(engine(columns, capacity=64, threads=2).push_block(both))
    for key in range(3):
        x = both.columns["price"][key::3]
        wanted = Fitted.oracle(x, MOMENTS, 50, 10, 1)
        assert np.array_equal(rows[key][1], wanted, equal_nan=True)


def test_a_peek_at_a_refit_leaves_no_trace():
    columns = cells(Fitted(PRICE, MOMENTS, window=5, every=5))
    made, plain = engine(columns), engine(columns)
    for event in BLOCK.take(slice(0, 40)):
        before = made.snapshot()
        ahead = made.peek(event)
        assert made.snapshot() == before
        assert np.array_equal(ahead, plain.push(event), equal_nan=True)
        made.push(event)


def test_history_and_live_refit_alike():
    node = Fitted(PRICE, MOMENTS, window=50, every=10, delay=4)
    columns = [("mean", AsOf(Cell(node, 0))), ("sum", WindowSum(SIZE, "2s"))]
    for on in (Every("1s"), TRADE):
        if on is TRADE:
            columns[0] = ("mean", Cell(node, 0))
        view = ps.View("refits", columns, on=on)
        frame = ps.run(view, feeds.Memory((BLOCK,), size=300))
        keys = Keys()
        keys.number(("A",))
        rows = [
            (row.ts, row.values.copy()) for row in ps.live(view, list(BLOCK), keys=keys, rules=None)
        ]
        assert [ts for ts, _ in rows] == frame["ts"].to_list()
        got = np.stack([values for _, values in rows])
        assert np.array_equal(got, frame.select("mean", "sum").to_numpy(), equal_nan=True)


def test_a_cell_of_one_parameter_is_the_parameter_itself():
    with pytest.raises(
        DefinitionError,
        match=r"x must be a wide column, got 'Fitted\(trade.price, model=mean_of_calm.v1, window=5",
    ):
        Cell(Fitted(PRICE, CALM, window=5, every=5), 0)


def test_the_window_of_a_fit_is_a_copy():
    kept: list[np.ndarray] = []

    def greedy(window: np.ndarray) -> np.ndarray:
        kept.append(window)
        window[:] = 0.0
        return np.array([1.0])

    node = Fitted(PRICE, Model("greedy.v1", 1, greedy), window=5, every=5)
    columns = cells(node) | {"sum": WindowSum(PRICE, "2s"), "price": PRICE}
    got = engine(columns, capacity=7).push_block(BLOCK).values()
    assert len(kept) == len(BLOCK) // 5
    assert np.array_equal(got[:, 2], BLOCK.columns["price"])


def test_a_column_is_kept_as_long_as_a_fit_needs_it():
    node = Fitted(PRICE, MOMENTS, window=300, every=10)
    plan = build(cells(node), TRADE, (TRADE,))
    assert plan.columns[value(PRICE)].lookback == 300
