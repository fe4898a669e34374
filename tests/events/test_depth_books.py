"""Books built from price levels against a dictionary of levels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core.errors import SnapshotError
from penstock.events import Block, Book, Depth, Keys, Quarantine, Trade
from penstock.events.books.builder import BookBuilder
from penstock.events.books.depth_books import DepthBooks

LAST, SNAPSHOT, GAP = 128, 32, 4
EMPTY = np.tile([np.nan, 0.0], 20)


def rows(changes, key=0, start=0):
    """A block of (side, price, size, flags), one nanosecond apart."""
    side, price, size, flags = zip(*changes, strict=True)
    time = start + np.arange(len(changes))
    return Block.of(
        Depth,
        time=time,
        key=np.broadcast_to(key, time.shape).copy(),
        side=side,
        price=price,
        size=size,
        flags=flags,
    )


class Levels:
    """One book: a dictionary per side, sorted when it is shown."""

    def __init__(self):
        self.sides = {1: {}, -1: {}}
        self.filling = self.invalid = False
        self.shown = EMPTY

    def show(self):
        out = EMPTY.copy()
        for side, offset in ((1, 0), (-1, 2)):
            best = sorted(self.sides[side], key=lambda price: -side * price)[:10]
            for rank, price in enumerate(best):
                out[4 * rank + offset : 4 * rank + offset + 2] = price, self.sides[side][price]
        return out

    def row(self, side, price, size, flags):
        """Whether the row may be applied, and the book if it ticks."""
        if flags & GAP:
            self.sides, self.invalid, self.filling = {1: {}, -1: {}}, True, False
        elif flags & SNAPSHOT and not self.filling:
            self.sides, self.invalid, self.filling = {1: {}, -1: {}}, False, True
        if self.invalid and not flags & GAP:
            return False, None
        if side and size:
            self.sides[side][price] = size
        elif side:
            self.sides[side].pop(price, None)
        if not flags & LAST:
            return True, None
        self.filling, before = False, self.shown
        self.shown = self.show()
        return True, None if np.array_equal(self.shown, before, equal_nan=True) else self.shown


def naive(block):
    """Books (row, levels) of a block of several keys, crossed ones too, and the rows refused."""
    books, out, bad = {}, [], []
    names = ("key", "side", "price", "size", "flags")
    cells = zip(*(block.columns[name].tolist() for name in names), strict=True)
    for i, (key, *row) in enumerate(cells):
        applied, levels = books.setdefault(key, Levels()).row(*row)
        if not applied:
            bad.append(i)
        if levels is not None:
            out.append((i, levels))
    return out, bad


def same(block, books, refused, quarantine):
    expected, bad = naive(block)
    assert books.columns["time"].tolist() == [block.columns["time"][i] for i, _ in expected]
    assert books.columns["key"].tolist() == [block.columns["key"][i] for i, _ in expected]
    levels = np.array([levels for _, levels in expected]).reshape(-1, 40)
    np.testing.assert_array_equal(books.columns["levels"], levels)
    assert quarantine.counts == ({("books", "invalid book"): len(bad)} if bad else {})


@st.composite
def changes(draw, prices=40, longest=80):
    found = []
    for _ in range(draw(st.integers(1, longest))):
        flags = LAST if draw(st.integers(0, 2)) == 0 else 0
        flags |= draw(st.sampled_from([0] * 12 + [SNAPSHOT] * 4 + [GAP]))
        side = 0 if flags & GAP else draw(st.sampled_from((1, -1, 1, -1, 0)))
        price = draw(st.integers(1, prices)) / 4 if side else np.nan
        found.append((side, price, float(draw(st.integers(0, 3))) if side else 0.0, flags))
    return found


@settings(max_examples=150, deadline=None)
@given(changes(), st.data())
def test_books_agree_with_a_dictionary_in_any_blocks(found, data):
    key = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(found), max_size=len(found))))
    block = rows(found, key)
    books, quarantine, made = DepthBooks(crossed="keep"), Quarantine(), []
    at = 0
    while at < len(block):
        step = data.draw(st.integers(1, 20))
        made.append(books.apply(block.take(slice(at, at + step)), quarantine))
        at += step
    columns = {n: np.concatenate([b.columns[n] for b in made]) for n in made[0].columns}
    same(block, Block(Book, columns), books, quarantine)


@settings(max_examples=50, deadline=None)
@given(changes(), st.integers(0, 80))
def test_a_restored_book_goes_on_as_if_nothing_had_happened(found, cut):
    block, whole, first, second = rows(found), *(DepthBooks(crossed="keep") for _ in range(3))
    expected = whole.apply(block, Quarantine())
    before = first.apply(block.take(slice(0, cut)), Quarantine())
    second.restore(first.snapshot())
    after = second.apply(block.take(slice(cut, None)), Quarantine())
    for name, column in expected.columns.items():
        both = np.concatenate([before.columns[name], after.columns[name]])
        np.testing.assert_array_equal(both, column)


def test_thousands_of_levels_are_exact_at_any_depth():
    draw = np.random.default_rng(7)
    prices = draw.integers(1, 20_000, 60_000) / 8
    sizes = np.where(draw.random(60_000) < 0.3, 0.0, draw.integers(1, 100, 60_000))
    sides = np.where(draw.random(60_000) < 0.5, 1, -1)
    # the best levels go at last, so that what lay deep is shown
    best = np.sort(prices[sides == 1])[::-1][:2_000]
    prices, sizes = np.concatenate((prices, best)), np.concatenate((sizes, np.zeros(2_000)))
    sides = np.concatenate((sides, np.ones(2_000, int)))
    flags = np.where(np.arange(62_000) % 50 == 49, LAST, 0)
    found = list(zip(sides, prices, sizes, flags, strict=True))
    block, books, quarantine = rows(found), DepthBooks(crossed="keep"), Quarantine()
    same(block, books.apply(block, quarantine), books, quarantine)


def test_levels_that_fall_short_of_what_is_shown_are_found_again_within_a_message():
    draw = np.random.default_rng(11)
    found, step = [(1, float(price), 1.0, LAST) for price in range(1, 200)], 0
    for _ in range(300):  # the best go and new ones come behind them, many in one message
        best = 200 - step % 190
        step += int(draw.integers(1, 30))
        found += [(1, float(p), 0.0, 0) for p in range(best, max(best - 90, 0), -1)]
        found += [(1, float(draw.integers(1, 200)), 2.0, 0) for _ in range(6)]
        found[-1] = (*found[-1][:3], LAST)
    block, books, quarantine = rows(found), DepthBooks(crossed="keep"), Quarantine()
    same(block, books.apply(block, quarantine), books, quarantine)


def test_prices_of_any_size_and_sign_are_levels_of_their_own():
    prices = [0.0, -0.0, 5e-324, -5e-324, 1e-9, 1e-9 + 1e-24, 61_841.9, 1e300, -1e300, -0.0, 0.0]
    sizes = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 0.0, 1.5]
    found = [
        (side, price, size, LAST)
        for side in (1, -1)
        for price, size in zip(prices, sizes, strict=True)
    ]
    block, books, quarantine = rows(found), DepthBooks(crossed="keep"), Quarantine()
    same(block, books.apply(block, quarantine), books, quarantine)


def test_a_gap_gives_one_empty_book_and_a_snapshot_the_next():
    books, quarantine = DepthBooks(), Quarantine()
    made = books.apply(
        rows(
            [
                (1, 9.0, 1.0, SNAPSHOT),
                (-1, 10.0, 2.0, SNAPSHOT | LAST),
                (0, np.nan, 0.0, GAP | LAST),
                (1, 9.5, 1.0, LAST),
                (0, np.nan, 0.0, GAP | LAST),
                (1, 8.0, 3.0, SNAPSHOT | LAST),
                (-1, 11.0, 4.0, LAST),
            ]
        ),
        quarantine,
    )
    levels = made.columns["levels"]
    assert made.columns["time"].tolist() == [1, 2, 5, 6]
    assert np.isnan(levels[1, 0::2]).all()
    assert not levels[1, 1::2].any()
    assert levels[3, :4].tolist() == [8.0, 3.0, 11.0, 4.0]
    assert quarantine.counts == {("books", "invalid book"): 1}


def test_a_crossed_book_is_counted_once_its_message_is_whole():
    quarantine = Quarantine()
    made = DepthBooks().apply(
        rows([(1, 9.0, 1.0, 0), (-1, 8.0, 1.0, LAST), (1, 9.0, 0.0, 0), (1, 7.0, 1.0, LAST)]),
        quarantine,
    )
    assert made.columns["time"].tolist() == [3]
    assert quarantine.counts == {("books", "crossed book"): 1}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ((1, np.nan, 1.0, LAST), "NaN price"),
        ((1, np.inf, 1.0, LAST), "infinite price"),
        ((1, 9.0, np.nan, LAST), "NaN size"),
        ((-1, 9.0, -1.0, LAST), "negative size"),
    ],
)
def test_a_row_that_cannot_be_applied_is_kept_aside(row, reason):
    books, quarantine = DepthBooks(), Quarantine()
    made = books.apply(rows([row, (1, 5.0, 1.0, LAST)]), quarantine)
    assert quarantine.counts == {("books", reason): 1}
    assert made.columns["levels"][:, 0].tolist() == [5.0]


def test_a_snapshot_of_other_books_is_refused():
    with pytest.raises(SnapshotError, match=r"levels and rule"):
        DepthBooks(levels=5).restore(DepthBooks(levels=10).snapshot())


class Source:
    """A source of trades and depth, in chunks of five rows."""

    name, types = "test", (Trade, Depth)

    def __init__(self, block):
        self.block = block

    def chunks(self, keys, quarantine):
        for at in range(0, len(self.block), 5):
            depth = self.block.take(slice(at, at + 5))
            time = depth.columns["time"][:1]
            yield Block.of(Trade, time=time, price=[1.0], size=[1.0], side=[1]), depth

    def content_hash(self):
        return "0" * 64


def test_a_builder_puts_books_in_the_place_of_depth():
    block = rows([(1, float(9 + i % 7), float(i % 3), LAST) for i in range(23)])
    builder = BookBuilder(Source(block))
    assert builder.types == (Trade, Book)
    chunks = list(builder.chunks(Keys(), Quarantine()))
    assert [len(trades) for trades, _ in chunks] == [1] * 5
    books = np.concatenate([made.columns["levels"] for _, made in chunks])
    np.testing.assert_array_equal(books, [levels for _, levels in naive(block)[0]])
