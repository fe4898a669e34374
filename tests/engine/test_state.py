"""Snapshots: what an engine takes back, and what it refuses."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from tests.engine import feeds
from tests.engine.feeds import STREAMS, assert_bits, by_key, compute, feed, join, market

from penstock.core.errors import SnapshotError
from penstock.core.native import platform_text
from penstock.core.schema import EventType, Field
from penstock.engine import Engine
from penstock.engine.snapshots.snapshot import MAGIC, number
from penstock.events import Block, Keys, Trade
from penstock.expr import TRADE, Column, Expr
from penstock.ops import AsOf, Cell, Ema, WindowMin, WindowSum
from penstock.plan import build
from penstock.streams import Clock, Every, Stream

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
SECONDS = Every("1s")
COLUMNS = {
    "sum": WindowSum(SIZE, "3s"),
    "low": WindowMin(PRICE, "9s"),
    "ema": AsOf(Ema(PRICE, 4.0)),
}
EVENTS = market(200, keys=2)


def engine(columns: dict[str, Expr] = COLUMNS, on: Clock = SECONDS, **options) -> Engine:
    return Engine(build(columns, on, STREAMS), **options)


def used() -> Engine:
    made = engine()
    feed(made, EVENTS)
    return made


def test_a_snapshot_cut_off_anywhere_is_refused_and_changes_nothing():
    whole, other = used().snapshot(), used()
    before = other.snapshot()
    for size in [*range(40), *range(40, len(whole), 97), len(whole) - 1]:
        with pytest.raises(SnapshotError, match=r"Snapshot: .* got "):
            other.restore(whole[:size])
    assert other.snapshot() == before


def test_bytes_that_are_no_snapshot_are_refused():
    with pytest.raises(SnapshotError, match="must begin with"):
        engine().restore(b"something else")


def test_a_snapshot_with_more_bytes_is_refused():
    with pytest.raises(SnapshotError, match="cut off or damaged"):
        engine().restore(used().snapshot() + b"12345678")


def test_a_flipped_bit_anywhere_is_refused_and_changes_nothing():
    snapshot, other = used().snapshot(), used()
    before = other.snapshot()
    for place in [*range(0, len(snapshot), 37), len(snapshot) - 1]:
        flipped = bytearray(snapshot)
        flipped[place] ^= 1 << place % 8
        with pytest.raises(SnapshotError, match=r"Snapshot: .* got "):
            other.restore(bytes(flipped))
    assert other.snapshot() == before


def test_a_snapshot_of_a_column_with_other_cells_is_refused():
    def grouped(width: int) -> Engine:
        stream = Stream(EventType("members", "Values.", (Field("x", "1", "f8", width),)))
        return Engine(build({"x": Ema(Cell(Column(stream, "x"), 0), 3.0)}, stream, (stream,)))

    two, three = grouped(2), grouped(3)
    block = Block.of(two.plan.streams[0].type, time=[1, 2], x=np.ones((2, 2)))
    two.push_block(block)
    with pytest.raises(SnapshotError, match="cells"):
        three.restore(two.snapshot())


def test_a_snapshot_of_other_key_columns_is_refused():
    with pytest.raises(SnapshotError, match=r"key columns must be \['symbol', 'venue'\]"):
        engine(keys=Keys(("symbol", "venue"))).restore(used().snapshot())


def test_a_snapshot_of_another_platform_is_refused():
    snapshot = edited(used().snapshot(), platform="another machine")
    with pytest.raises(SnapshotError, match="got one of 'another machine'"):
        engine().restore(snapshot)


def test_a_snapshot_of_a_format_to_come_is_refused():
    with pytest.raises(SnapshotError, match=r"format must be one of .*, got 99"):
        engine().restore(edited(used().snapshot(), format=99))


def parts(snapshot: bytes) -> tuple[dict, bytes]:
    """The header of a snapshot, and what stands after its checksum."""
    start = len(MAGIC) + 8
    size = int.from_bytes(snapshot[len(MAGIC) : start], "little")
    return json.loads(snapshot[start : start + size]), snapshot[start + size + 8 :]


def whole(manifest: dict, body: bytes) -> bytes:
    """A snapshot with a header and its checksum."""
    header = json.dumps(manifest).encode()
    return MAGIC + number(len(header)) + header + number(zlib.crc32(header)) + body


def edited(snapshot: bytes, **changes: object) -> bytes:
    """A snapshot whose header says something else."""
    manifest, body = parts(snapshot)
    return whole(manifest | changes, body)


@pytest.mark.parametrize("field", ["format", "platform", "schema", "keys", "sizes", "sums"])
def test_a_header_that_lacks_something_is_refused(field):
    manifest, body = parts(used().snapshot())
    del manifest[field]
    with pytest.raises(SnapshotError, match=f"{field}.*damaged"):
        engine().restore(whole(manifest, body))


def test_a_snapshot_of_the_previous_format_is_restored_with_every_bit():
    old = Path(__file__).with_name("data").joinpath("format-1.snapshot").read_bytes()
    start = len(MAGIC) + 8
    size = int.from_bytes(old[len(MAGIC) : start], "little")
    manifest = json.loads(old[start : start + size]) | {"platform": platform_text()}
    assert manifest["format"] == 1
    header = json.dumps(manifest).encode()
    columns = {name: COLUMNS[name] for name in ("sum", "ema")}
    made, cut = engine(columns), feeds.START + 20 * feeds.SECOND
    here = MAGIC + number(len(header)) + header + old[start + size :]
    made.restore(here)
    rest = tuple(block.take(block.columns["time"] >= cut) for block in EVENTS)
    first = by_key(feed(engine(columns), feeds.before(EVENTS, cut)))
    assert_bits(join(first, by_key(feed(made, rest))), by_key(feed(engine(columns), EVENTS)))
    assert made.origins == {}
    with pytest.raises(SnapshotError, match="format 1 must be of the same plan"):
        engine().restore(here)


def test_a_ring_is_saved_as_far_as_it_is_used():
    blocks = 6  # of 16 ticks; the first and the last are kept in registers
    made = engine({"low": WindowMin(PRICE, "1h")}, TRADE)
    count = 16 * (blocks + 2) - 1
    falling = Block.of(
        Trade,
        time=range(count),
        price=range(count, 0, -1),
        size=[1] * count,
        side=[0] * count,
    )
    rising = Block(Trade, {**falling.columns, "price": falling.columns["price"][::-1].copy()})
    made.push_block(falling)
    few = len(made.snapshot())
    other = engine({"low": WindowMin(PRICE, "1h")}, TRADE)
    other.push_block(rising)
    assert len(other.snapshot()) - few in range(16 * (blocks - 1) - 32, 16 * (blocks - 1) + 32)


def test_keys_without_names_keep_their_numbers():
    one, two = engine(), engine()
    trades = EVENTS[0].take(EVENTS[0].columns["key"] == 1)
    first, second = trades.take(slice(0, 40)), trades.take(slice(40, None))
    rows = by_key(one.push_block(first))
    two.restore(one.snapshot())
    whole = engine()
    assert_bits(join(rows, by_key(two.push_block(second))), by_key(whole.push_block(trades)))


def test_keys_are_found_by_name_whatever_their_numbers():
    here, there = Keys(), Keys()
    for name in ("A", "B"):
        here.number((name,))
    for name in ("Z", "B", "A"):
        there.number((name,))
    one, two = engine(keys=here), engine(keys=there)
    whole = engine(keys=here)
    cut = feeds.START + 20 * feeds.SECOND
    first = feeds.before(EVENTS, cut)
    rest = tuple(block.take(block.columns["time"] >= cut) for block in EVENTS)
    rows = by_key(feed(one, first))
    two.restore(one.snapshot())
    renamed = tuple(
        Block(b.type, {**b.columns, "key": np.array([2, 1])[b.columns["key"]]}) for b in rest
    )
    made = by_key(feed(two, renamed))
    assert_bits(join(rows, {0: made[2], 1: made[1]}), by_key(feed(whole, EVENTS)))


def test_going_back_to_a_snapshot_forgets_the_keys_that_came_later():
    made, wanted = engine(), compute(engine(), EVENTS)
    empty = made.snapshot()
    compute(made, EVENTS)
    made.restore(empty)
    assert_bits(compute(made, EVENTS), wanted)
    assert made.late == 0


def test_a_snapshot_of_no_keys_is_restored():
    assert_bits(compute(restored(engine().snapshot()), EVENTS), compute(engine(), EVENTS))


def restored(snapshot: bytes) -> Engine:
    made = engine()
    made.restore(snapshot)
    return made


def test_restoring_in_an_engine_of_less_room_makes_the_room_it_needs():
    columns = {"sum": WindowSum(SIZE, "1h"), "low": WindowMin(PRICE, "1h")}
    one, two, whole = (engine(columns, TRADE, capacity=c) for c in (1024, 1, 7))
    trades = market(900, gap=1)[0]
    rows = by_key(one.push_block(trades.take(slice(0, 300))))
    two.restore(one.snapshot())
    rest = by_key(two.push_block(trades.take(slice(300, None))))
    assert_bits(join(rows, rest), by_key(whole.push_block(trades)))


def test_a_trade_is_restored_between_two_of_one_time():
    trades = Block.of(Trade, time=[5] * 6, price=range(6), size=[1] * 6, side=[0] * 6)
    whole = by_key(engine({"sum": WindowSum(SIZE, "1s")}, TRADE).push_block(trades))
    for cut in range(7):
        one, two = (engine({"sum": WindowSum(SIZE, "1s")}, TRADE) for _ in range(2))
        rows = by_key(one.push_block(trades.take(slice(0, cut))))
        two.restore(one.snapshot())
        assert_bits(join(rows, by_key(two.push_block(trades.take(slice(cut, None))))), whole)
