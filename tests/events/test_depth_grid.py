"""Books whose prices are on a grid, off it, far from the market, or on no grid, against dictionaries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.events.test_depth_books import GAP, LAST, SNAPSHOT, rows, same

from penstock.events import Block, Book, Quarantine
from penstock.events.books import depth_settle
from penstock.events.books.depth_books import DepthBooks
from penstock.events.books.depth_kernel import build_depth
from penstock.events.books.depth_tables import CELLS, ROOM

# ticks as decimals write them: units of so many parts
TICKS = ((1, 10), (1, 100), (5, 10), (25, 100), (5, 1), (1, 3), (78125, 10_000_000))
FAR = (0.01, 999_999.0, 5e-324, 1e300, -1e300, -7.0, 0.0, -0.0, 1e-9, 60_000.000_1, 0.1 + 0.2)


@pytest.fixture(autouse=True, scope="module")
def small():
    """Sides that are settled after few levels, and grids that a market soon leaves."""
    with pytest.MonkeyPatch.context() as patch:
        for name, size in (
            ("FIRST_ROOM", 16),
            ("LEAST_CELLS", 32),
            ("MOST_CELLS", 128),
            ("PER_LEVEL", 4),
        ):
            patch.setattr(depth_settle, name, size)
        yield


@st.composite
def markets(draw):
    """Messages around a market that moves, of one or two ticks at a time, with far prices between."""
    ticks = draw(st.lists(st.sampled_from(TICKS), min_size=1, max_size=2))
    market, found = draw(st.sampled_from((0, 300, 6_000))), []
    for _ in range(draw(st.integers(1, 30))):
        market += draw(st.sampled_from((0, 0, 1, -1, 7, -40, 200)))
        head = draw(st.sampled_from([0] * 20 + [SNAPSHOT] * 2 + [GAP]))
        changes = []
        for _ in range(draw(st.integers(1, 25))):
            step, parts = draw(st.sampled_from(ticks))
            price = (market + draw(st.integers(-30, 30))) * step / parts
            if draw(st.integers(0, 14)) == 0:
                price = draw(st.sampled_from(FAR))
            size = float(draw(st.sampled_from((0, 1, 2, 3))))
            changes.append((draw(st.sampled_from((1, 1, -1))), price, size, head))
        changes.sort(key=lambda change: change[:2])
        changes[-1] = (*changes[-1][:3], head | LAST)
        found += changes
    return found


def joined(made):
    names = made[0].columns
    return Block(Book, {n: np.concatenate([block.columns[n] for block in made]) for n in names})


@settings(max_examples=150, deadline=None)
@given(markets(), st.lists(st.integers(1, 60), min_size=1, max_size=8))
def test_levels_on_and_off_grids_agree_with_a_dictionary(found, steps):
    block, books, quarantine, made = rows(found), DepthBooks(crossed="keep"), Quarantine(), []
    at = turn = 0
    while at < len(block):
        step = steps[turn % len(steps)]
        made.append(books.apply(block.take(slice(at, at + step)), quarantine))
        if turn % 3 == 2:  # a restored book has other grids and shows the same
            restored = DepthBooks(crossed="keep")
            restored.restore(books.snapshot())
            books = restored
        at, turn = at + step, turn + 1
    same(block, joined(made), books, quarantine)


@settings(max_examples=10, deadline=None)
@given(markets())
def test_the_interpreted_kernel_gives_the_same_bits(found):
    block, books, quarantine = rows(found), DepthBooks(crossed="keep"), Quarantine()
    books._build = build_depth
    with np.errstate(
        all="ignore"
    ):  # a far price times parts may be infinite, which is off the grid
        made = books.apply(block, quarantine)
    same(block, made, books, quarantine)


def walk(messages, tick):
    """Messages of twenty levels near a market that walks far, and a far price in each."""
    draw, market, found = np.random.default_rng(5), 40_000, []
    for _ in range(messages):
        market += int(draw.integers(-20, 24))
        for k in draw.integers(1, 60, 20).tolist():
            side = 1 if k % 2 else -1
            found.append((side, (market - side * k) * tick, float(draw.integers(0, 3)), 0))
        found.append((1, float(draw.integers(1, 10**9)) / 7, 0.0, LAST))
    return found


def test_a_market_that_leaves_its_grid_is_followed():
    block, books, quarantine = rows(walk(2_000, 0.5)), DepthBooks(crossed="keep"), Quarantine()
    same(block, books.apply(block, quarantine), books, quarantine)


def test_memory_is_bounded_by_the_levels_alive_and_not_by_the_prices_seen():
    draw, books, sizes = np.random.default_rng(3), DepthBooks(crossed="keep"), []
    for turn in range(40):  # each price once, on another grid or on none each time, and out again
        scale = (0.01, 0.5, 1 / 3, 1e6)[turn % 4]
        price = draw.integers(1, 1 << 40, 500) * scale
        added = [(1, float(p), 1.0, 0) for p in price]
        taken = [(1, float(p), 0.0, LAST) for p in price]
        books.apply(rows(added + taken), Quarantine())
        sizes.append((books.tables.pool.shape[0], books.tables.cells.size))
    assert sizes[-1] == sizes[3]
    assert books.tables.sides[:, CELLS].max() <= 128
    assert books.tables.sides[:, ROOM].max() <= 8 * 500


def test_a_price_comes_back_in_the_bits_it_came_in():
    prices = np.arange(600_000, 600_400) / 10
    found = [(1, float(p), 1.0, LAST) for p in prices]
    made = DepthBooks(crossed="keep").apply(rows(found), Quarantine()).columns["levels"]
    assert made[:, 0].tolist() == prices.tolist()
    assert made[20:, 36].tolist() == prices[11:-9].tolist()
    grids = [(-1, float(-p) / 8, 2.0, LAST) for p in range(-60, 60)]
    made = DepthBooks(crossed="keep").apply(rows(grids), Quarantine()).columns["levels"]
    assert not np.signbit(made[made[:, 2] == 0.0, 2]).any()
