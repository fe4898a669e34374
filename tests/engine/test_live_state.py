"""Snapshots of a live view: what waits, what was counted, the journal; damage, other streams, older formats."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine import feeds
from tests.engine.test_live import EVENTS, TYPES, VIEW, keys, taken

import penstock as ps
from penstock.core.errors import DataError, DefinitionError, LateEvent, SnapshotError
from penstock.events import Book, Event, Keys, Quarantine, Quote, Trade
from penstock.events.quarantine import read_quarantine
from penstock.streams.journal import read_journal

SHUFFLED = [
    feeds.events(EVENTS)[i]
    for i in np.argsort(np.arange(240) + np.random.default_rng(5).uniform(0, 6, 240)).tolist()
]


def live(**options) -> ps.Live:
    return ps.Live(
        VIEW, streams=TYPES, lateness="500ms", **{"keys": keys(), "rules": None, **options}
    )


def bits(rows) -> list:
    return [(key, ts, feeds.canonical(values).tolist()) for key, ts, values in rows]


def offered(engine: ps.Live, events) -> list:
    return [row for event in events for row in taken(engine.offer(event))]


@settings(max_examples=20)
@given(cut=st.integers(0, 240), renumbered=st.booleans())
def test_what_waits_is_gone_on_from(cut, renumbered):
    whole = live()
    wanted = offered(whole, SHUFFLED) + taken(whole.close())
    one = live()
    rows = offered(one, SHUFFLED[:cut])
    other = keys()
    if renumbered:
        other = Keys()
        for name in reversed(keys().names):
            other.number(name)
    two = live(keys=other, snapshot=one.snapshot(), rules=None)
    assert (two.late, two.offered, len(two.admission)) == (one.late, cut, len(one.admission))
    rest = SHUFFLED[cut:]
    if renumbered:
        number = [other.number(name) for name in keys().names]
        rest = [
            Event.of(
                e.type,
                time=e["time"],
                key=number[e["key"]],
                **{f.name: e[f.name] for f in e.type.fields},
            )
            for e in rest
        ]
    rows += offered(two, rest) + taken(two.close())
    assert (two.late, two.offered) == (whole.late, 240)
    assert sorted(bits(rows), key=str) == sorted(bits(wanted), key=str)
    assert whole.late > 0


def test_a_damaged_snapshot_is_refused_by_name():
    one = live()
    offered(one, SHUFFLED[:100])
    whole = one.snapshot()
    for place in range(8, len(whole), 997):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        with pytest.raises(SnapshotError, match=r"checksum must be .* cut off or damaged"):
            live(snapshot=bytes(damaged))
    for size in (9, 40, 200, len(whole) - 1):
        with pytest.raises(SnapshotError, match="cut off or damaged"):
            live(snapshot=whole[:size])


def test_a_snapshot_of_other_streams_is_refused():
    one = live()
    offered(one, SHUFFLED[:10])
    view = ps.View("other", {"price": ps.trade.price}, on="trade")
    with pytest.raises(SnapshotError, match=r"must be of streams \[\['trade', 48\]\], got"):
        ps.Live(view, snapshot=one.snapshot())


def test_an_engines_own_snapshot_is_read_as_before():
    one = live()
    offered(one, SHUFFLED[:100])
    rows = taken(one.close())
    for older in (one.engine.snapshot(), (100).to_bytes(8, "little") + one.engine.snapshot()):
        two = live(snapshot=older)
        assert two.offered == (0 if older.startswith(b"PENSTOCK") else 100)
        assert two.engine.snapshot() == one.engine.snapshot()
    assert rows


def test_a_journal_goes_on_where_the_snapshot_was_made(tmp_path):
    whole = live(journal=tmp_path / "whole")
    offered(whole, SHUFFLED)
    whole.close()
    one = live(journal=tmp_path / "cut")
    offered(one, SHUFFLED[:100])
    state = one.snapshot()
    offered(one, SHUFFLED[100:150])  # these are lost, and done again
    one.journal.close()
    two = live(journal=tmp_path / "cut", snapshot=state)
    offered(two, SHUFFLED[100:])
    two.close()
    types = [stream.type for stream in two.streams]
    read = [
        [(e.kind, e.stream, e.time, e.event and e.event.record()) for e in entries]
        for entries in (read_journal(tmp_path / name, types, Keys()) for name in ("whole", "cut"))
    ]
    assert read[0] == read[1]
    assert {kind for kind, *_ in read[0]} == {"event", "late", "advance"}


def test_another_journal_than_that_of_the_snapshot_is_left_alone(tmp_path):
    one = live(journal=tmp_path / "one")
    offered(one, SHUFFLED[:100])
    state = one.snapshot()
    one.journal.close()
    (tmp_path / "other").write_bytes(b"something else")
    with pytest.raises(DataError, match=r"must begin with the \d+ bytes that the snapshot knows"):
        live(journal=tmp_path / "other", snapshot=state)
    assert (tmp_path / "other").read_bytes() == b"something else"
    with pytest.raises(DefinitionError, match="must be a new file"):
        live(journal=tmp_path / "one")


def test_late_events_are_kept_aside_with_their_bytes(tmp_path):
    with Quarantine(tmp_path / "aside", policy="stop") as aside:
        one = live(quarantine=aside)
        offered(one, SHUFFLED)
    kept = read_quarantine(tmp_path / "aside").to_pylist()
    assert one.late == aside.total == len(kept) > 0
    for row in kept:
        event = SHUFFLED[row["row"] - 1]
        name = keys().names[event["key"]][0]
        assert row["source"] == f"live {event.type.name}"
        assert row["reason"] == "late"
        assert row["raw"] == event.record()
        assert row["value"] == f"{name} at {event['time']}"


def test_a_straggler_beyond_the_lateness_may_be_an_error():
    one = live(on_late="error")
    with pytest.raises(LateEvent, match=r"must not go back in time, got a \w+ of [ABC] at \d+"):
        offered(one, SHUFFLED)
    with pytest.raises(DefinitionError, match="on_late must be one of count, error"):
        live(on_late="ignore")


def test_a_silent_stream_does_not_hold_what_waits():
    trades = [e for e in SHUFFLED if e.type is Trade]
    held, said, known = live(), live(), live(idle_after={Book: "2s"})
    assert offered(held, trades) == []
    assert len(held.admission) == len(trades)
    assert taken(said.idle(Book)) == []
    assert len(offered(said, trades)) > 100
    assert len(offered(known, trades)) > 100
    assert len(taken(held.idle(Book))) > 100


def test_only_streams_of_the_view_may_be_silent():
    with pytest.raises(DefinitionError, match="a stream of trade, book is needed, got quote"):
        live().idle(Quote)
    with pytest.raises(DefinitionError, match="idle_after must be of trade, book, got quote"):
        live(idle_after={Quote: "1s"})
