"""Books built from MBO against a dictionary of orders and against the derived MBP-10 file."""

import struct
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core.errors import CapacityError, DefinitionError, SnapshotError
from penstock.events import Block, Book, Keys, Mbo, Quarantine, Trade
from penstock.events.books.builder import BookBuilder, Books

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "futures_dbn"
LAST, TOP, SNAPSHOT = 128, 64, 32


def packed(text):
    """A record from ``name:dtype`` words."""
    return np.dtype([tuple(word.split(":")) for word in text.split()])


MBO = packed(
    "head:V8 event:<i8 order:<i8 price:<i8 size:<u4 flags:u1 channel:u1 action:u1 side:S1 "
    "receive:<i8 delta:<i4 sequence:<u4"
)
PAIR = packed("bid:<i8 ask:<i8 bids:<u4 asks:<u4 counts:V8")
HEAD = packed(
    "head:V8 event:<i8 price:<i8 size:<u4 action:u1 side:S1 flags:u1 depth:u1 "
    "receive:<i8 delta:<i4 sequence:<u4"
)
TRADE = packed("head:V8 event:<i8 price:<i8 size:<u4 rest:V20")
MBP = np.dtype([*HEAD.descr, ("levels", PAIR, (10,))])
SAME = ["event", "receive", "price", "size", "action", "side", "flags", "sequence"]


def records(name, dtype):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"../shared is absent: {name} is needed")
    raw = pa.input_stream(path, compression="zstd").read()
    return np.frombuffer(raw, dtype, offset=8 + struct.unpack_from("<I", raw, 4)[0])


def block_of(rows):
    sign = np.where(rows["side"] == b"B", 1, np.where(rows["side"] == b"A", -1, 0))
    columns = {name: rows[name] for name in ("order", "size", "action", "flags", "sequence")}
    return Block.of(Mbo, time=rows["receive"], price=rows["price"] / 1e9, side=sign, **columns)


def real_block():
    return block_of(records("esh4-glbx-mdp3-20231225.mbo.dbn.zst", MBO))


def messages(rows, key=0):
    """A block of (action, order, side, price, size, flags), one nanosecond apart."""
    action, order, side, price, size, flags = zip(*rows, strict=True)
    return Block.of(
        Mbo,
        time=np.arange(len(rows)),
        key=np.full(len(rows), key),
        order=order,
        price=price,
        size=size,
        action=[ord(a) for a in action],
        side=side,
        flags=flags,
        sequence=np.zeros(len(rows)),
    )


class Single:
    """A source of one block, cut as asked."""

    name = "test"
    types = (Mbo,)

    def __init__(self, block, step):
        self.block, self.step = block, step

    def chunks(self, keys, quarantine):
        for begin in range(0, len(self.block), self.step):
            yield (self.block.take(slice(begin, begin + self.step)),)

    def content_hash(self):
        return "0" * 64


def naive_levels(orders, levels=10):
    """The best levels of a dictionary order -> (side, price, size)."""
    out = np.tile([np.nan, 0.0], 20)
    for offset, sign in ((0, 1), (2, -1)):
        sizes = defaultdict(float)
        for side, price, size in orders.values():
            if side == sign:
                sizes[price] += size
        for rank, price in enumerate(sorted(sizes, key=lambda p: -sign * p)[:levels]):
            out[4 * rank + offset : 4 * rank + offset + 2] = price, sizes[price]
    return out


def naive_books(block):
    """Rows (time, levels) of one key, from a dictionary; good messages only."""
    orders, shown, rows = {}, naive_levels({}), []
    columns = {name: column.tolist() for name, column in block.columns.items()}
    for i in range(len(block)):
        order, side = columns["order"][i], columns["side"][i]
        action, price, size = chr(columns["action"][i]), columns["price"][i], columns["size"][i]
        if action in "AM":
            orders[order] = (side, price, size)
        elif action == "C":
            side, price, resting = orders.pop(order)
            if resting > size:
                orders[order] = (side, price, resting - size)
        elif action == "R":
            orders.clear()
        if columns["flags"][i] & LAST:
            now = naive_levels(orders)
            if not np.array_equal(now, shown, equal_nan=True):
                rows.append((columns["time"][i], now))
            shown = now
    return rows


@st.composite
def good_messages(draw):
    """Messages of one key that every book can apply."""
    resting, rows = {}, []
    for order in range(draw(st.integers(1, 60))):
        flags = LAST if draw(st.booleans()) else 0
        known = sorted(resting)
        what = draw(st.sampled_from("AAACCMMTR")) if known else "A"
        if what == "A":
            side = draw(st.sampled_from((1, -1)))
            resting[order] = (side, draw(st.integers(1, 9)))
            price = draw(st.integers(1, 15)) / 4
            rows.append(("A", order, side, price, resting[order][1], flags))
        elif what == "C":
            chosen = draw(st.sampled_from(known))
            side, size = resting.pop(chosen)
            part = draw(st.integers(1, size))
            if part < size:
                resting[chosen] = (side, size - part)
            rows.append(("C", chosen, draw(st.sampled_from((side, 0))), 1.0, part, flags))
        elif what == "M":
            chosen = draw(st.sampled_from(known))
            resting[chosen] = (resting[chosen][0], draw(st.integers(1, 9)))
            price = draw(st.integers(1, 15)) / 4
            rows.append(("M", chosen, resting[chosen][0], price, resting[chosen][1], flags))
        elif what == "T":
            rows.append(("T", 0, 1, 1.0, 1, flags))
        else:
            resting.clear()
            rows.append(("R", 0, 0, np.nan, 0, flags))
    return messages(rows)


@settings(max_examples=60, deadline=None)
@given(good_messages(), st.integers(1, 70))
def test_books_equal_those_of_a_dictionary_of_orders_however_the_stream_is_cut(block, step):
    quarantine = Quarantine()
    builder = BookBuilder(Single(block, step), crossed="keep")
    books = [chunk[1] for chunk in builder.chunks(Keys(), quarantine)]
    expected = naive_books(block)
    assert np.concatenate([b.columns["time"] for b in books]).tolist() == [t for t, _ in expected]
    levels = np.concatenate([b.columns["levels"] for b in books])
    np.testing.assert_array_equal(levels, np.reshape([row for _, row in expected], (-1, 40)))
    assert quarantine.total == 0


@settings(max_examples=30, deadline=None)
@given(good_messages(), st.integers(1, 70))
def test_orders_stand_beside_the_books_that_are_built_of_them(block, step):
    alone, beside = (
        BookBuilder(Single(block, step), crossed="keep", orders=orders) for orders in (False, True)
    )
    assert (alone.types, beside.types) == ((Trade, Book), (Trade, Book, Mbo))
    plain = list(alone.chunks(Keys(), Quarantine()))
    whole = list(beside.chunks(Keys(), Quarantine()))
    for one, two in zip(plain, whole, strict=True):
        for mine, theirs in zip(one, two[:2], strict=True):
            for name, column in mine.columns.items():
                assert column.tobytes() == theirs.columns[name].tobytes()
    times = [chunk[2].columns["time"] for chunk in whole]
    assert np.concatenate(times).tolist() == block.columns["time"].tolist()
    for name, column in block.columns.items():
        joined = np.concatenate([chunk[2].columns[name] for chunk in whole])
        np.testing.assert_array_equal(joined, column)
    # what follows from a message stands in its chunk
    for _, books, orders in whole:
        assert set(books.columns["time"]) <= set(orders.columns["time"])


@settings(max_examples=30, deadline=None)
@given(good_messages(), st.integers(0, 60))
def test_books_restored_from_a_snapshot_go_on_with_the_same_bits(block, cut):
    through, first, second = Books(crossed="keep"), Books(crossed="keep"), Books(crossed="keep")
    quarantine = Quarantine()
    head, tail = block.take(slice(0, cut)), block.take(slice(cut, None))
    through.apply(head, quarantine)
    first.apply(head, quarantine)
    second.restore(first.snapshot())
    assert second.snapshot() == first.snapshot()
    expected, got = through.apply(tail, quarantine)[1], second.apply(tail, quarantine)[1]
    for name, column in expected.columns.items():
        assert column.tobytes() == got.columns[name].tobytes()
    assert second.snapshot() == through.snapshot()


def test_books_of_the_mbo_file_equal_the_derived_mbp_file():
    rows = records("esh4-glbx-mdp3-20231225.mbo.dbn.zst", MBO)
    derived = records("esh4-glbx-mdp3-20231225.mbp-10.derived.dbn.zst", MBP)[1:]
    last = (rows["flags"] & LAST) != 0
    wanted, at = rows[SAME].tolist(), 0
    places = np.empty(len(derived), np.int64)
    for i, row in enumerate(derived[SAME].tolist()):  # the derived rows are a subsequence
        at = wanted.index(row, at)
        places[i], at = at, at + 1
    group = (np.cumsum(last) - last)[places]
    final = np.flatnonzero(np.append(group[1:] != group[:-1], True))  # a row per group: the whole
    parts = derived["levels"][final]
    cells = [parts["bid"] / 1e9, parts["bids"], parts["ask"] / 1e9, parts["asks"]]
    levels = np.stack(cells, axis=-1).reshape(-1, 40)
    changed = np.append(True, (levels[1:] != levels[:-1]).any(axis=1))
    times = rows["receive"][np.flatnonzero(last)[group[final]]]

    quarantine = Quarantine()
    trades, books = Books(crossed="keep").apply(block_of(rows), quarantine)
    np.testing.assert_array_equal(books.columns["levels"], levels[changed])
    np.testing.assert_array_equal(books.columns["time"], times[changed])
    assert len(books) > 37_000
    assert quarantine.total == 0
    genuine = records("esh4-glbx-mdp3-20231225.trades.derived.dbn.zst", TRADE)
    np.testing.assert_array_equal(trades.columns["price"], genuine["price"] / 1e9)
    np.testing.assert_array_equal(trades.columns["size"], genuine["size"])


def test_crossed_and_locked_books_are_counted_and_kept_aside():
    block = real_block()
    quarantine = Quarantine()
    _, kept = Books(crossed="keep").apply(block, quarantine)
    _, clean = Books("es").apply(block, quarantine)
    levels = kept.columns["levels"]
    np.testing.assert_array_equal(clean.columns["levels"], levels[levels[:, 0] < levels[:, 2]])
    assert quarantine.counts == {("es", "crossed book"): int((levels[:, 0] > levels[:, 2]).sum())}
    assert quarantine.total > 100  # before the opening
    rows = [("A", 1, 1, 10.0, 5, LAST), ("A", 2, -1, 10.0, 5, LAST), ("C", 2, -1, 10.0, 5, LAST)]
    _, ticks = Books("lock").apply(messages(rows), quarantine)
    assert quarantine.counts["lock", "locked book"] == 1
    assert ticks.columns["time"].tolist() == [0, 2]


BAD = (
    (("C", 99, 1, 10.0, 1, LAST), "unknown order"),
    (("M", 99, 1, 10.0, 1, LAST), "unknown order"),
    (("M", 1, -1, 10.0, 1, LAST), "unknown order"),
    (("C", 1, 1, 10.0, 6, LAST), "size larger than resting"),
    (("C", 1, 1, 10.0, -1, LAST), "negative size"),
    (("A", 3, 1, 10.0, -2, LAST), "negative size"),
    (("A", 3, 1, 10.0, 0, LAST), "zero size"),
    (("A", 3, 1, 10.0, np.nan, LAST), "NaN size"),
    (("M", 1, 1, 10.0, np.inf, LAST), "NaN size"),
    (("A", 3, 1, np.nan, 1, LAST), "NaN price"),
    (("M", 1, 1, np.inf, 1, LAST), "infinite price"),
    (("A", 1, 1, 10.0, 1, LAST), "order exists already"),
    (("A", 3, 0, 10.0, 1, LAST), "side is missing"),
    (("X", 3, 1, 10.0, 1, LAST), "unknown action"),
    (("T", 3, 1, np.nan, 1, LAST), "NaN price"),
    (("T", 3, 1, 10.0, -1, LAST), "negative size"),
)


@pytest.mark.parametrize(("bad", "reason"), BAD)
def test_a_message_that_cannot_be_applied_is_counted_and_leaves_the_book(bad, reason):
    books, quarantine = Books("es"), Quarantine()
    books.apply(messages([("A", 1, 1, 10.0, 5, LAST), ("A", 2, -1, 11.0, 4, LAST)]), quarantine)
    trades, ticks = books.apply(messages([bad]), quarantine)
    assert quarantine.counts == {("es", reason): 1}
    assert (len(trades), len(ticks)) == (0, 0)
    _, after = books.apply(messages([("A", 4, 1, 10.0, 1, LAST)]), quarantine)
    assert after.columns["levels"][0, :4].tolist() == [10.0, 6.0, 11.0, 4.0]


def test_a_bad_message_keeps_its_number_and_its_bytes(tmp_path):
    with Quarantine(tmp_path / "bad.arrow") as quarantine:
        books = Books("es")
        books.apply(messages([("A", 1, 1, 10.0, 5, LAST)] * 1), quarantine)
        block = messages([("A", 2, 1, 10.0, 5, LAST), ("C", 7, 1, 10.0, 5, LAST)])
        books.apply(block, quarantine)
    with pa.OSFile(str(tmp_path / "bad.arrow")) as file:
        table = pa.ipc.open_stream(file).read_all().to_pylist()
    assert [row["row"] for row in table] == [2]
    record = np.frombuffer(table[0]["raw"], Mbo.dtype())
    assert (record["order"][0], record["time"][0]) == (7, 1)


def test_snapshot_messages_fill_the_book_without_a_tick():
    for ending in (SNAPSHOT, SNAPSHOT | LAST):
        books, quarantine = Books(), Quarantine()
        rows = [("R", 0, 0, np.nan, 0, SNAPSHOT), ("A", 1, 1, 10.0, 5, SNAPSHOT)]
        rows += [("A", 2, -1, 11.0, 5, ending), ("T", 0, 1, 11.0, 1, LAST)]
        rows += [("C", 2, -1, 11.0, 1, LAST)]
        trades, ticks = books.apply(messages(rows), quarantine)
        assert (len(trades), ticks.columns["time"].tolist()) == (1, [4])
        assert ticks.columns["levels"][0, :4].tolist() == [10.0, 5.0, 11.0, 4.0]


def test_a_top_of_book_add_replaces_its_side():
    flags = LAST | TOP
    rows = [("A", 0, 1, 10.0, 5, flags), ("A", 0, 1, 9.0, 2, flags), ("A", 0, 1, np.nan, 0, flags)]
    _, ticks = Books().apply(messages(rows), Quarantine())
    assert ticks.columns["levels"][:, :2].tolist()[:2] == [[10.0, 5.0], [9.0, 2.0]]
    assert np.isnan(ticks.columns["levels"][2, 0])


def test_keys_have_books_of_their_own():
    one = messages([("A", 1, 1, 10.0, 5, LAST)], key=0)
    other = messages([("A", 1, 1, 20.0, 7, LAST)], key=5)
    books, quarantine = Books(), Quarantine()
    books.apply(one, quarantine)
    _, ticks = books.apply(other, quarantine)
    assert ticks.columns["levels"][0, :2].tolist() == [20.0, 7.0]
    _, ticks = books.apply(messages([("R", 0, 0, 0.0, 0, LAST)], key=5), quarantine)
    assert np.isnan(ticks.columns["levels"][0, 0])
    assert (quarantine.total, len(books)) == (0, 1)


def test_tables_grow_and_lose_dead_orders_until_the_declared_maximum():
    books, quarantine = Books(max_orders=3_000), Quarantine()
    for _ in range(3):
        rows = [("A", i, 1, float(i % 900), 1, 0) for i in range(2_500)]
        books.apply(messages([*rows, ("R", 0, 0, 0.0, 0, LAST)]), quarantine)
    assert (len(books), quarantine.total) == (0, 0)
    assert books.tables.orders.shape[0] <= 8_192
    with pytest.raises(CapacityError, match="at most 3000 resting orders"):
        books.apply(messages([("A", i, 1, 1.0, 1, 0) for i in range(9_000)]), quarantine)


def test_only_the_levels_asked_for_are_shown_and_watched():
    rows = [("A", i, 1, 10.0 - i, 1, LAST) for i in range(4)]
    _, ticks = Books(levels=2).apply(messages(rows), Quarantine())
    assert ticks.columns["time"].tolist() == [0, 1]
    assert ticks.columns["levels"][1, [0, 4]].tolist() == [10.0, 9.0]
    assert np.isnan(ticks.columns["levels"][1, 8])


def test_rules_that_do_not_hold_are_refused():
    with pytest.raises(DefinitionError, match=r"levels must be from 1 to 10, got 11"):
        Books(levels=11)
    with pytest.raises(DefinitionError, match=r"crossed must be 'aside' or 'keep', got 'drop'"):
        Books(crossed="drop")
    source = Single(messages([("A", 1, 1, 1.0, 1, LAST)]), 1)
    source.types = (Trade, Book)
    with pytest.raises(
        DefinitionError, match="a source of mbo or depth is needed, got one of trade, book"
    ):
        BookBuilder(source)
    with pytest.raises(SnapshotError, match="levels and rule"):
        Books(levels=3).restore(Books().snapshot())
    with pytest.raises(SnapshotError, match="a snapshot of books is needed"):
        Books().restore(b"nothing")
