"""The journal of a live run: whole, cut off, damaged, replayed."""

import numpy as np
import pytest
from tests.engine import feeds
from tests.engine.feeds import STREAMS, assert_bits, by_key, join

import penstock as ps
from penstock.core.errors import DataError, DefinitionError
from penstock.core.schema import EventType, Field
from penstock.engine import Engine
from penstock.events import Event, Keys, Trade
from penstock.expr import BOOK, TRADE, Column
from penstock.ops import AsOf, Ema, Level, WindowSum
from penstock.plan import build
from penstock.streams import Every
from penstock.streams.journal import Entry, Journal, read_journal, whole

TYPES = tuple(stream.type for stream in STREAMS)
EVENTS = feeds.market(60, keys=3)
NAMES = (("A",), ("B",), ("Ç",))
Facts = tuple[str, int, int, tuple]


def named(keys: Keys, upto: int) -> None:
    for name in NAMES[:upto]:
        keys.number(name)


def write(path, batch: int = 4) -> list[Facts]:
    """A journal of events, late events, advances and keys that come up; and what it should hold."""
    keys, held = Keys(), []
    with Journal(path, TYPES, keys, batch=batch) as journal:
        for i, event in enumerate(feeds.events(EVENTS)):
            named(keys, event["key"] + 1)
            stream = TYPES.index(event.block.type)
            kind = {3: "late", 5: "rebuilt", 6: "refused"}.get(i % 7, "event")
            journal.event(stream, event, kind)
            held.append((kind, stream, event["time"], facts(event)))
            if i % 5 == 0:
                journal.advance(event["time"])
                held.append(("advance", -1, event["time"], ()))
    return held


def facts(event: Event) -> tuple:
    return tuple(np.array(event[name]).tobytes() for name in event.block.columns)


def seen(entry: Entry) -> Facts:
    if entry.event is None:
        return entry.kind, entry.stream, entry.time, ()
    return entry.kind, entry.stream, entry.event["time"], facts(entry.event)


def read(path) -> list[Facts]:
    return [seen(entry) for entry in read_journal(path, TYPES, Keys())]


def test_a_journal_that_was_cut_off_is_gone_on_with_where_it_is_whole(tmp_path):
    path, keys = tmp_path / "journal", Keys()
    held = write(path)
    path.write_bytes(path.read_bytes()[:-3])
    kept = [seen(entry) for entry in read_journal(path, TYPES, keys)]
    assert kept == held[: len(kept)] != held
    with Journal(path, TYPES, keys, position=whole(path, len(keys))) as journal:
        journal.advance(7)
        journal.write()
        assert read(path) == [*kept, ("advance", -1, 7, ())]  # before it is closed


def test_a_journal_gives_back_what_it_took(tmp_path):
    for batch in (1, 4, 1_024):
        path, keys = tmp_path / f"journal{batch}", Keys()
        held = write(path, batch)
        assert [seen(e) for e in read_journal(path, TYPES, keys)] == held
        assert tuple(keys.names) == NAMES


def test_a_journal_of_an_older_format_is_read(tmp_path):
    held = write(tmp_path / "journal")
    whole = (tmp_path / "journal").read_bytes()
    for magic in (b"PENJRNL1", b"PENJRNL2"):
        (tmp_path / "older").write_bytes(magic + whole[len(magic) :])
        assert read(tmp_path / "older") == held


def test_a_journal_is_never_written_over(tmp_path):
    write(tmp_path / "journal")
    whole = (tmp_path / "journal").read_bytes()
    with pytest.raises(DefinitionError, match="must be a new file, got one that exists"):
        Journal(tmp_path / "journal", TYPES, Keys())
    assert (tmp_path / "journal").read_bytes() == whole


def test_a_journal_cut_off_anywhere_gives_a_prefix(tmp_path):
    held = write(tmp_path / "journal")
    whole = (tmp_path / "journal").read_bytes()
    sizes, cut = set(), tmp_path / "cut"
    for size in [*range(300), *range(300, len(whole), 53)]:
        cut.write_bytes(whole[:size])
        try:
            got = read(cut)
        except DataError:
            assert size < 200  # the head is not whole
            continue
        assert got == held[: len(got)]
        sizes.add(len(got))
    assert len(sizes) > 15


def test_a_damaged_byte_ends_the_journal_before_its_frame(tmp_path):
    held = write(tmp_path / "journal")
    whole = bytearray((tmp_path / "journal").read_bytes())
    damaged = tmp_path / "damaged"
    for place in range(200, len(whole), 61):
        whole[place] ^= 0x20
        damaged.write_bytes(whole)
        got = read(damaged)
        assert got == held[: len(got)] != held
        whole[place] ^= 0x20


def test_a_file_that_is_no_journal_is_refused(tmp_path):
    (tmp_path / "other").write_bytes(b"something else altogether")
    with pytest.raises(DataError, match="Journal other: must begin with"):
        read(tmp_path / "other")


def test_a_journal_of_other_streams_or_keys_is_refused(tmp_path):
    write(tmp_path / "journal")
    with pytest.raises(DataError, match=r"must be of streams .*\['trade'\].*, got"):
        list(read_journal(tmp_path / "journal", TYPES[:1], Keys()))
    with pytest.raises(DataError, match="must be of streams"):
        list(read_journal(tmp_path / "journal", TYPES, Keys(("symbol", "venue"))))


def test_a_journal_of_a_type_with_other_columns_is_refused(tmp_path):
    write(tmp_path / "journal")
    wider = EventType("trade", "An execution.", (*Trade.fields, Field("fee", "price")))
    with pytest.raises(DataError, match="must be of streams"):
        list(read_journal(tmp_path / "journal", (wider, TYPES[1]), Keys()))


PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
COLUMNS = {
    "ema": AsOf(Ema(PRICE, 4.0)),
    "sum": WindowSum(SIZE, "3s"),
    "bid": AsOf(Level(Column(BOOK, "levels"), level=0, field="bid_price")),
}


def shuffled(market, seed: int) -> list[Event]:
    """A feed whose events come up to three places late."""
    events = feeds.events(market)
    order = np.argsort(
        np.arange(len(events)) + np.random.default_rng(seed).uniform(0, 3, len(events))
    )
    return [events[i] for i in order.tolist()]


@pytest.mark.parametrize("lateness", ["0ns", "1s", "4s"])
@pytest.mark.parametrize("capacity", [1, 1024])
def test_a_replayed_journal_gives_the_live_rows_in_bits(tmp_path, lateness, capacity):
    market = feeds.market(300, keys=3)
    view = ps.View("live", tuple(COLUMNS.items()), on="every:1s")
    keys = Keys()
    for name in NAMES:
        keys.number(name)
    live = ps.Live(
        view, keys=keys, streams=TYPES, lateness=lateness, journal=tmp_path / "journal", rules=None
    )
    rows = []
    with live.journal:
        for event in shuffled(market, 8):
            rows += [(row.key, row.ts, row.values.copy()) for row in live.offer(event)]
        rows += [(row.key, row.ts, row.values.copy()) for row in live.close()]
    made = {
        number: (
            np.array([ts for key, ts, _ in rows if key == name]),
            np.stack([values for key, _, values in rows if key == name]),
        )
        for number, name in enumerate(NAMES)
    }
    replayed, late = replay(tmp_path / "journal", live.streams, capacity)
    assert_bits(replayed, made)
    assert late == live.late
    assert (late > 0) == (lateness == "0ns") or lateness == "1s"


def replay(path, streams, capacity: int) -> tuple[feeds.Bits, int]:
    """The rows of a journal, and how many events it says were late."""
    engine = Engine(build(COLUMNS, Every("1s"), STREAMS), capacity=capacity)
    rows, late = {}, 0
    for entry in read_journal(path, [stream.type for stream in streams], Keys()):
        if entry.kind == "advance":
            rows = join(rows, by_key(engine.advance(entry.time)))
        elif entry.kind == "late":
            late += 1
        else:
            one = entry.event.block
            rows = join(rows, by_key(engine.push_block(one, streams[entry.stream])))
    assert engine.late == 0
    return rows, late
