"""Keys of a live view that come and go: evicted, spilled, turned away; snapshots, journals and history."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine import feeds
from tests.engine.feeds import Memory
from tests.engine.test_eviction import COLUMNS, EVENTS, ORDER
from tests.engine.test_rebuild import TYPES, offered, said

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.engine import idle
from penstock.events import Keys, Quarantine
from penstock.events.quarantine import read_quarantine
from penstock.streams.journal import read_journal

NAMES = tuple((f"K{i}",) for i in range(12))
VIEWS = {
    "both": ps.View("both", COLUMNS, on="any(trade,book)"),
    "second": ps.View("second", COLUMNS, on="every:1s"),
}
FORGETS = {"ttl": "8s"}
MAKES_ROOM = {"maximum_keys": 3, "on_keys": "evict"}
WAYS = {
    "ttl": FORGETS,
    "ttl and spill": {**FORGETS, "spill": True},
    "evict": MAKES_ROOM,
    "evict and ttl": {**MAKES_ROOM, "ttl": "40s"},
    "evict and spill": {**MAKES_ROOM, "spill": True},
    "refuse": {"maximum_keys": 3},
}


def live(view: str, **options) -> ps.Live:
    keys = Keys()
    for name in NAMES:
        keys.number(name)
    spill = {"spill": {}} if options.get("spill") is True else {}
    return ps.Live(VIEWS[view], streams=TYPES, **{"keys": keys, "rules": None, **options, **spill})


def spots(rows) -> list[tuple]:
    """Rows in order of key and time; keys that are away make their ticks when they are back."""
    return sorted((key, ts, values) for key, ts, _, _, _, values in rows)


@pytest.mark.parametrize("way", sorted(WAYS))
@pytest.mark.parametrize("view", sorted(VIEWS))
@settings(max_examples=5, deadline=None)
@given(cut=st.integers(0, 400))
def test_keys_go_on_from_a_snapshot_as_if_there_had_been_none(view, way, cut):
    whole, one = live(view, **WAYS[way]), live(view, **WAYS[way])
    wanted = offered(whole, ORDER) + said(whole.close())
    rows = offered(one, ORDER[:cut])
    two = live(view, **WAYS[way], snapshot=one.snapshot())
    assert two.engine.stats.spilled == one.engine.stats.spilled
    rows += offered(two, ORDER[cut:]) + said(two.close())
    assert rows == wanted
    assert two.turned_away == whole.turned_away
    assert two.engine.stats.evicted == whole.engine.stats.evicted


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_spilled_keys_give_the_rows_of_keys_that_stay(view, monkeypatch):
    monkeypatch.setattr(idle, "FEWEST", 1)
    plain = live(view)
    wanted = spots(offered(plain, ORDER) + said(plain.close()))
    for way in ("ttl and spill", "evict and spill"):
        made = live(view, **WAYS[way])
        rows = spots(offered(made, ORDER) + said(made.close()))
        assert made.engine.stats.restored > 20
        assert set(rows) <= set(wanted)
        assert view == "second" or rows == wanted  # away at the end, a key makes no more ticks


@pytest.mark.parametrize("way", ["ttl", "ttl and spill", "evict and spill", "refuse"])
@pytest.mark.parametrize("view", sorted(VIEWS))
def test_a_run_is_history_over_what_it_admitted_and_over_its_files(tmp_path, view, way):
    options = WAYS[way]
    made = live(view, **options, journal=tmp_path / "journal")
    count = len(offered(made, ORDER)) + len(made.close())
    again = {**options, "spill": {}} if "spill" in options else options
    keys = Keys()
    found = ps.parity(
        VIEWS[view], tmp_path / "journal", Memory(EVENTS, names=NAMES),
        **again, keys=keys, rules=None,
    )  # fmt: skip
    assert found, found
    assert found.rows == count
    assert len(found.refused) == made.turned_away


def test_keys_that_are_dropped_for_room_cannot_be_compared_with_history(tmp_path):
    made = live("both", **MAKES_ROOM, journal=tmp_path / "journal")
    offered(made, ORDER)
    made.close()
    with pytest.raises(DefinitionError, match="must be spilled, got on_keys='evict' without spill"):
        ps.parity(VIEWS["both"], tmp_path / "journal", streams=TYPES, rules=None, **MAKES_ROOM)


def test_events_of_keys_without_room_are_counted_kept_aside_and_noted(tmp_path):
    with Quarantine(tmp_path / "aside", policy="stop") as aside:
        made = live("both", maximum_keys=3, quarantine=aside, journal=tmp_path / "journal")
        rows = offered(made, ORDER)
        made.close()
    known = {row[0] for row in rows}
    away = [event for event in ORDER if NAMES[event["key"]] not in known]
    assert len(known) == 3
    assert made.turned_away == len(away) > 0
    assert made.late == 0
    kept = read_quarantine(tmp_path / "aside").to_pylist()
    assert [row["raw"] for row in kept] == [event.record() for event in away]
    assert {row["reason"] for row in kept} == {"too many keys"}
    entries = list(read_journal(tmp_path / "journal", TYPES, Keys()))
    noted = [entry.event.record() for entry in entries if entry.kind == "refused"]
    assert noted == [event.record() for event in away]
    again = live("both", maximum_keys=3)
    assert [row for entry in entries for row in said(again.take(entry))] == rows
    assert again.turned_away == len(away)


def test_the_past_of_a_key_that_is_gone_cannot_be_rebuilt():
    for options in (FORGETS, {"maximum_keys": 3}):
        with pytest.raises(DefinitionError, match="keeps the past of every key in memory, got ttl"):
            live("both", on_late="rebuild", **options)


def test_a_reload_warms_keys_as_long_as_they_live():
    view = ps.View("both", {"low": COLUMNS["low"]}, on="any(trade,book)")
    made, whole = live("both", **FORGETS), live("both", **FORGETS)
    made.reload(view), whole.reload(view)
    some = made.engine.snapshot()
    assert some
    for event in ORDER[:200]:
        made.offer(event)
    made.reload(VIEWS["both"], Memory(EVENTS, names=NAMES), seen=200)
    start = live("both", **FORGETS)
    offered(start, ORDER[:200])
    assert offered(made, ORDER[200:]) == offered(start, ORDER[200:])


def test_history_forgets_silent_keys_as_live_does():
    made = live("second", **FORGETS)
    wanted = spots(offered(made, ORDER) + said(made.close()))
    frame = ps.run(VIEWS["second"], Memory(EVENTS, names=NAMES), ttl="8s")
    bits = feeds.bits_of_frame(frame, VIEWS["second"])
    found = [
        (name, ts, feeds.canonical(row).tobytes())
        for name, (times, values) in bits.items()
        for ts, row in zip(times.tolist(), values, strict=True)
    ]
    assert sorted(found) == wanted
