"""Parity: what a live run gave out, against history over the same events, in bits; and what it refused, by name.

A journal says what the run admitted, and in which order. Done again event by event, it gives the rows that were given
out. Two things must follow:

1. History over the admitted events, in blocks, gives the same rows in every bit.
2. History over the sources gives the same rows too, but where the run refused events: from a key's first refused
   event on its rows may differ.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from penstock.core.errors import DefinitionError
from penstock.declare import View
from penstock.engine import Engine, Rows
from penstock.events import Block, Keys
from penstock.events.quarantine import Quarantine
from penstock.jobs.live.live import Live
from penstock.jobs.live.replay import streams_given
from penstock.jobs.live.row import Row
from penstock.jobs.quality import Ranges
from penstock.jobs.run import History, block_size
from penstock.jobs.wiring import Sources
from penstock.streams.admission import BEGINNING
from penstock.streams.journal import Entry, read_journal

Spot = tuple[tuple[str, ...], int, int]  # key, time, number
Table = dict[Spot, bytes]


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that the run left out."""

    stream: str
    key: tuple[str, ...]
    time: int

    def __str__(self) -> str:
        return f"a {self.stream} of {', '.join(self.key)} at {self.time}"


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that differs: the first of its key and column; NaN where one side has no such row."""

    against: str
    column: str
    key: tuple[str, ...]
    ts: int
    live: float
    history: float
    explained: bool

    def __str__(self) -> str:
        why = "after a refused event" if self.explained else "with nothing refused before"
        return (
            f"{self.column} ({', '.join(self.key)} at {self.ts}): live {self.live!r}, history over the {self.against} "
            f"{self.history!r}, {why}"
        )


@dataclass(slots=True)
class Parity:
    """What a comparison found; true where live and history agree but for what refused events explain.

    Attributes
    ----------
    rows
        Rows that stand in the end, each the latest of its revisions.
    admitted, rebuilt, refused
        Events: admitted at once, put in their place, left out.
    differences
        The first of each key and column.
    given_out
        A digest of all rows in the order in which they were given out (`Heard`).
    """

    rows: int = 0
    admitted: int = 0
    rebuilt: int = 0
    refused: list[Refused] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    given_out: str = ""

    def __bool__(self) -> bool:
        return all(difference.explained for difference in self.differences)

    def __str__(self) -> str:
        says = "bits equal" if not self.differences else "bits differ"
        if self.differences and self:
            says = "bits equal but for what was refused"
        lines = [
            f"{says}: {self.rows:,} rows of {self.admitted + self.rebuilt:,} events, {self.rebuilt:,} of them put in "
            f"their place, {len(self.refused):,} refused"
        ]
        return "\n".join(
            [*lines, *map(str, self.differences), *(f"refused: {x}" for x in self.refused)]
        )


class Heard:
    """A digest of rows in the order in which they were given out."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def row(self, row: Row) -> None:
        """Take a row."""
        facts = (row.key, row.ts, row.number, row.revision, row.withdrawn)
        self._hash.update(repr(facts).encode() + canonical(row.values))

    @property
    def digest(self) -> str:
        """The digest so far."""
        return self._hash.hexdigest()


def parity(
    view: View, journal: Path | str, sources: Sources | None = None, **options: Any
) -> Parity:
    """Compare a live run with history.

    Parameters
    ----------
    view
        Of the run.
    journal
        Of the run.
    sources
        What the run was fed with, if that was recorded; without them only the journal is compared.
    options
        Those of the run that :class:`Live` takes: ``streams``, ``on_late``, ``rebuild_horizon``…
    """
    if sources is not None and "streams" not in options:
        options["streams"] = streams_given(sources)
    live = Live(view, **options)
    refuse_forgetting(live)
    found, heard = Parity(), Heard()
    entries = Entries(list(read_journal(journal, [s.type for s in live.streams], live.keys)))
    stands = standing(rows_again(live, entries.all, heard), revised=live.rebuild is not None)
    found.rows, found.given_out = len(stands), heard.digest
    found.admitted, found.rebuilt = entries.count("event"), entries.count("rebuilt")
    found.refused = list(entries.refused(live))
    columns = live.engine.names
    again = numbered(Ranges(view).check(entries.history(live)), live.keys)
    last: dict[tuple[str, ...], int] = {}
    for key, ts, _ in stands:
        last[key] = max(ts, last.get(key, ts))
    # the timed ticks of a key that was put away are made when it is back
    away = {live.intake.name(key) for key in live.engine.registry.spilled}
    again = {
        spot: row
        for spot, row in again.items()
        if spot[0] not in away or spot[1] <= last.get(spot[0], BEGINNING)
    }
    found.differences += differences("journal", columns, stands, again, [])
    if sources is not None:
        whole = numbered(*over(view, sources, live.engine.registry.idle.forgets))
        # a run that was stopped has only the first rows
        upto = {spot: row for spot, row in whole.items() if spot[1] <= last.get(spot[0], BEGINNING)}
        found.differences += differences("sources", columns, stands, upto, found.refused)
    return found


@dataclass(frozen=True, slots=True)
class Entries:
    """What a journal holds."""

    all: Sequence[Entry]

    def count(self, kind: str) -> int:
        """How many there are of a kind."""
        return sum(entry.kind == kind for entry in self.all)

    def refused(self, live: Live) -> Iterator[Refused]:
        """The events that were left out."""
        for entry in self.all:
            if entry.kind in ("late", "refused") and entry.event is not None:
                event = entry.event
                stream = live.streams[entry.stream].text
                yield Refused(stream, live.intake.name(int(event["key"])), int(event["time"]))

    def history(self, live: Live) -> Rows:
        """The rows that history makes of the admitted events."""
        plan = live.engine.plan
        taken = [entry for entry in self.all if entry.kind in ("event", "rebuilt")]
        if live.rebuild is not None:
            taken.sort(key=lambda entry: (int(entry.event["time"]), entry.stream))  # type: ignore[index]
        forgets = live.engine.registry.idle.forgets
        engine = Engine(plan, live.keys, capacity=block_size(plan), ttl=forgets)
        streams = np.array([entry.stream for entry in taken], np.int64)
        rows, blocks = np.zeros(len(taken), np.int64), dict[int, Block]()
        for stream in np.unique(streams).tolist():
            mine = np.flatnonzero(streams == stream)
            records = b"".join(taken[i].event.record() for i in mine.tolist())  # type: ignore[union-attr]
            blocks[stream] = Block.of_records(plan.streams[stream].type, records)
            rows[mine] = np.arange(len(mine))
        made = engine.push_merged(blocks, streams, rows)
        until = max((entry.time for entry in self.all if entry.kind == "advance"), default=None)
        if until is not None:
            made.extend(engine.advance(until))
        return made


def refuse_forgetting(live: Live) -> None:
    """What was dropped to make room depends on what was in memory, which history over blocks cannot know."""
    idle = live.engine.registry.idle
    if idle.on_keys == "evict" and idle.maximum is not None and idle.spill is None:
        raise DefinitionError(
            "Parity: keys that make room must be spilled, got on_keys='evict' without spill; give spill, or a ttl alone"
        )


def over(view: View, sources: Sources, ttl: int | None) -> tuple[Rows, Keys]:
    """The rows that history makes of sources."""
    history = History(view, sources, Quarantine(), ttl=ttl)
    rows = Rows(history.engine.names)
    for made in history:
        rows.extend(made)
    rows.extend(history.finish())
    return rows, history.keys


def rows_again(live: Live, entries: Sequence[Entry], heard: Heard) -> Iterator[tuple[Row, bytes]]:
    """The rows of a journal, as they were given out."""
    for entry in entries:
        for row in live.take(entry):
            heard.row(row)
            yield row, canonical(row.values)


def standing(rows: Iterator[tuple[Row, bytes]], *, revised: bool) -> Table:
    """The rows that stand in the end; where they are not revised, nobody has numbered those of one time."""
    table: Table = {}
    last: dict[tuple[str, ...], tuple[int, int]] = {}
    for row, bits in rows:
        spot = row.key, row.ts, row.number
        if not revised:
            before = last.get(row.key, (row.ts - 1, 0))
            last[row.key] = row.ts, before[1] + 1 if before[0] == row.ts else 0
            spot = row.key, row.ts, last[row.key][1]
        if row.withdrawn:
            table.pop(spot, None)
        else:
            table[spot] = bits
    return table


def numbered(rows: Rows, keys: Keys) -> Table:
    """Rows of history by key, time and number."""
    table: Table = {}
    last: dict[int, tuple[int, int]] = {}
    for key, ts, values in zip(
        rows.keys().tolist(), rows.times().tolist(), rows.values(), strict=True
    ):
        before = last.get(key, (ts - 1, 0))
        last[key] = ts, before[1] + 1 if before[0] == ts else 0
        name = keys.names[key] if key < len(keys) else (str(key),)
        table[name, ts, last[key][1]] = canonical(values)
    return table


def canonical(values: np.ndarray) -> bytes:
    """The bits of a row, with one NaN."""
    return np.where(np.isnan(values), np.nan, values).tobytes()


def differences(
    against: str, columns: Sequence[str], live: Table, history: Table, refused: Sequence[Refused]
) -> Iterator[Difference]:
    """The first difference of each key and column."""
    since: dict[tuple[str, ...], int] = {}
    for event in refused:
        since[event.key] = min(event.time, since.get(event.key, event.time))
    known: set[tuple[tuple[str, ...], str]] = set()
    missing = np.full(len(columns), np.nan).tobytes()
    for spot in sorted(live.keys() | history.keys(), key=lambda s: s[1:]):
        if live.get(spot) == history.get(spot):
            continue
        key, ts, _ = spot
        sides = [np.frombuffer(side.get(spot, missing)) for side in (live, history)]
        differ = sides[0].view(np.int64) != sides[1].view(np.int64)
        if spot not in live or spot not in history:
            differ |= True
        for i in np.flatnonzero(differ).tolist():
            if (key, columns[i]) not in known:
                known.add((key, columns[i]))
                one, two = float(sides[0][i]), float(sides[1][i])
                explained = key in since and ts >= since[key]
                yield Difference(against, columns[i], key, ts, one, two, explained)
