"""How admitted events enter an engine, and how late ones are refused or put in their place."""

from collections.abc import Iterator

import numpy as np

from penstock.core.errors import DataError, DefinitionError
from penstock.engine import Engine, Rebuild, Rows
from penstock.events import Event, Keys
from penstock.jobs.live.late import Late
from penstock.jobs.live.row import Row
from penstock.streams.journal import Journal


class Intake:
    """Admits events of which each key's are in order, and refuses others.

    Attributes
    ----------
    journal
        What it notes everything in, if anything.
    number
        Which event of the feed is coming in; refused ones are known by it.
    """

    def __init__(self, engine: Engine, keys: Keys, late: Late) -> None:
        self.engine, self.keys, self.late = engine, keys, late
        self.streams = engine.plan.streams
        self.journal: Journal | None = None
        self.number = 0

    def admit(self, rank: int, event: Event) -> Iterator[Row]:
        """Push an event; gives the rows that it made."""
        engine, late = self.engine, self.engine.late
        idle = engine.registry.idle
        refused = idle.refused
        values = engine.push(event, self.streams[rank])
        if engine.late > late:
            yield from self.come_late(rank, event)
            return
        if idle.refused > refused:
            self._note_turned_away(rank, event)
            yield from self.rows(engine.emitted.take())
            return
        if self.journal is not None:
            self.journal.event(rank, event)
        if engine.emitted.count:
            yield from self.rows(engine.emitted.take())
        elif values is not None:
            yield Row(self.name(int(event["key"])), int(event["time"]), values)

    def come_late(self, rank: int, event: Event) -> Iterator[Row]:
        """Take a late event."""
        self.refuse(rank, event)
        return iter(())

    def put_in_place(self, rank: int, event: Event) -> Iterator[Row]:
        """Do what a journal says of an event that came late and was put in its place."""
        raise DefinitionError(
            f"Live: on_late must be 'rebuild' for a journal in which a {event.type.name} (stream {rank}) was put in "
            f"its place, got {self.late.policy!r}"
        )

    def refuse(self, rank: int, event: Event, reason: str = "late") -> None:
        """Leave a late event out."""
        self.late.refuse(event, self.number, reason)
        if self.journal is not None:
            self.journal.event(rank, event, "late")

    def turn_away(self, rank: int, event: Event) -> None:
        """Do what a journal says of an event of a key that there was no room for."""
        self.engine.registry.idle.refused += 1
        self._note_turned_away(rank, event)

    def _note_turned_away(self, rank: int, event: Event) -> None:
        self.late.keep_aside(event, self.number, "too many keys")
        if self.journal is not None:
            self.journal.event(rank, event, "refused")

    def advance(self, until: int) -> Iterator[Row]:
        """Make the timed ticks of every key up to a time."""
        if self.journal is not None:
            self.journal.advance(until)
        yield from self.rows(self.engine.advance(until))

    def rows(self, rows: Rows) -> Iterator[Row]:
        """Rows that the engine collected, in order of time."""
        times, keys, values = rows.times(), rows.keys(), rows.values()
        for i in np.argsort(times, kind="stable").tolist():
            yield self.row(int(keys[i]), int(times[i]), values[i])

    def row(self, key: int, ts: int, values: np.ndarray) -> Row:
        """A row that the engine has just made."""
        return Row(self.name(key), ts, values)

    def name(self, key: int) -> tuple[str, ...]:
        """The key of a number."""
        return self.keys.names[key] if key < len(self.keys) else (str(key),)


class RebuildingIntake(Intake):
    """Puts late events in their place, where they are not too late for that.

    Attributes
    ----------
    rebuild
        The histories.
    """

    def __init__(self, engine: Engine, keys: Keys, late: Late, rebuild: Rebuild) -> None:
        super().__init__(engine, keys, late)
        self.rebuild = rebuild

    def admit(self, rank: int, event: Event) -> Iterator[Row]:
        record = event.record()
        if self.rebuild.late(rank, record):
            yield from self._put(rank, event, record)
            return
        engine = self.engine
        values = engine.push(event, self.streams[rank])
        if self.journal is not None:
            self.journal.event(rank, event)
        if engine.emitted.count:
            made = list(self.rows(engine.emitted.take()))
        elif values is not None:
            made = [self.row(int(event["key"]), int(event["time"]), values)]
        else:
            made = []
        self.rebuild.admitted(rank, record)
        yield from made

    def come_late(self, rank: int, event: Event) -> Iterator[Row]:
        record = event.record()
        self.rebuild.late(rank, record)  # begins the key's history
        yield from self._put(rank, event, record)

    def put_in_place(self, rank: int, event: Event) -> Iterator[Row]:
        too_late = self.late.count
        yield from self.come_late(rank, event)
        if self.late.count > too_late:
            raise DataError(
                f"Live: rebuild_horizon and rebuild_memory must be those of the journal, got a {event.type.name} of "
                f"{self.late.name(event)} that is too late here"
            )

    def advance(self, until: int) -> Iterator[Row]:
        made = list(super().advance(until))
        self.rebuild.advanced(until)
        yield from made

    def row(self, key: int, ts: int, values: np.ndarray) -> Row:
        number, revision = self.rebuild.row(key, ts, values)
        return Row(self.name(key), ts, values, revision, number)

    def _put(self, rank: int, event: Event, record: bytes) -> Iterator[Row]:
        changes = self.rebuild.insert(rank, record)
        if changes is None:
            self.refuse(rank, event, "too late")
            return
        self.late.rebuilt += 1
        if self.journal is not None:
            self.journal.event(rank, event, "rebuilt")
        name, gone = self.name(int(event["key"])), np.full(len(self.engine.names), np.nan)
        for change in changes:
            (ts, number), values = change.spot, change.values
            yield Row(
                name,
                ts,
                gone if values is None else values,
                change.revision,
                number,
                values is None,
            )
