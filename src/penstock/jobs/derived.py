"""A view as a source: its rows are events of another stream, of other keys if wanted (``Rekey``)."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from penstock.core.errors import DefinitionError, nearest
from penstock.core.schema import EventType, Field
from penstock.core.time import Duration, duration
from penstock.declare import View
from penstock.engine import Rows
from penstock.events import Block, Keys
from penstock.events.quarantine import Quarantine
from penstock.jobs.in_order import is_timed
from penstock.jobs.run import History
from penstock.jobs.wiring import Sources, plan_of

AT_ONCE = Duration(0)


@dataclass(slots=True)
class Rekey:
    """The rows of a view as events of other keys.

    Events of one time come in the order in which the events were admitted that made them; rows of timed ticks come in
    the order in which their keys were first met.

    Parameters
    ----------
    view
        The view whose rows become events; the event type has its name and its columns.
    source
        What the view reads.
    by
        The new key, part by part: a key column of the view, or one of its columns whose values are whole numbers.
        A row whose new key is no whole number belongs to nobody: it is left out and counted in ``unkeyed``.
    latency
        Declared time between the row and its being known; events are stamped that much later, in history too.
    """

    view: View
    source: Sources
    by: Sequence[str]
    latency: Duration | str = AT_ONCE
    unkeyed: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        known = [*self.view.key, *self.view.columns()]
        for name in self.by:
            if name not in known:
                raise DefinitionError(
                    f"Rekey: a key column or a column of {self.view.name} is needed, got {name!r}{nearest(name, known)}"
                )
        self.latency = duration(self.latency)

    @property
    def name(self) -> str:
        """The view's name."""
        return self.view.name

    @property
    def type(self) -> EventType:
        """The type of the events: the view's columns."""
        plan, _ = plan_of(self.view, self.source)
        fields = tuple(Field(name, expr.unit) for name, expr in plan.outputs)
        return EventType(self.view.name, f"Rows of the view {self.view.name}.", fields)

    @property
    def types(self) -> tuple[EventType, ...]:
        """The one type."""
        return (self.type,)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """The view's rows in order of time and admission, under their new keys."""
        history = History(self.view, self.source, quarantine, ordered=True)
        type_, timed = self.type, is_timed(history.plan.on)
        for rows in history:
            # timed ticks of silent keys too, so that no later chunk has an earlier row
            rows.extend(history.finish())
            ordered = rows.ordered() if timed else rows
            yield (self.block(ordered, history.keys, keys, type_),)

    def block(self, rows: Rows, old: Keys, new: Keys, type_: EventType) -> Block:
        """Rows as events, in order of time and else as they are."""
        times, numbers, values = rows.times(), rows.keys(), rows.values()
        names = [self._part(part, numbers, values, old, rows.names) for part in self.by]
        known = np.array(
            [all(part is not None for part in name) for name in zip(*names, strict=True)], bool
        )
        self.unkeyed += int(len(known) - np.count_nonzero(known))
        order = (
            np.flatnonzero(known)[np.argsort(times[known], kind="stable")]
            if len(known)
            else np.empty(0, np.int64)
        )
        key = np.array([new.number(tuple(part[i] for part in names)) for i in order], np.int64)  # type: ignore[misc]
        columns = {name: values[order, i] for i, name in enumerate(rows.names)}
        time = times[order] + self.latency
        return Block.of(type_, time=time, receive=time, key=key, **columns)

    def _part(
        self, part: str, numbers: np.ndarray, values: np.ndarray, old: Keys, columns: Sequence[str]
    ) -> list[str | None]:
        if part in old.columns:
            place = old.columns.index(part)
            return [old.names[number][place] for number in numbers.tolist()]
        column = values[:, list(columns).index(part)] if len(values) else np.empty(0)
        return [f"{int(x)}" if x.is_integer() else None for x in column.tolist()]

    def content_hash(self) -> str:
        """A hash of the view's definitions and of what it reads."""
        plan, ranked = plan_of(self.view, self.source)
        parts = [
            *plan.fingerprints,
            *self.by,
            str(self.latency),
            *(s.content_hash() for s, _ in ranked),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()
