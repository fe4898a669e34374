"""A date's touches as they happen: the engines of a run, given one event at a time.

A touch is handed out by the event that makes it, and its labels by the first event after the horizon. What was handed
out is deterministic, so a record of it is all that a run that was killed needs: it goes over the events again and
passes by what the record has.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from penstock.core.time import duration
from penstock.events import Event, Quarantine
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.day import Engines, last_of, own, ready
from penstock.jobs.levels.exposures import session
from penstock.jobs.levels.inputs import Inputs
from penstock.jobs.levels.labels import labels
from penstock.jobs.levels.rows import Touches, described
from penstock.streams.merge import merge

TOUCH, LABELS = "touch", "labels"
Said = tuple[str, dict[str, Any]]  # touch or labels, and its columns by name


@dataclass
class LiveDay:
    """A date, event by event; iterate `events` for what there is to say.

    Parameters
    ----------
    inputs, parameters, carried
        As a run has them.
    clock
        A monotonic clock in ns, by which touches are timed from their event.
    wait
        Called with the time of an event before it is taken.
    labels
        Whether labels follow, once they are known.

    Attributes
    ----------
    quarantine
        What was kept aside.
    count
        Events so far.
    took
        For each touch the ns from its event to its row.
    """

    inputs: Inputs
    parameters: Parameters
    carried: Carry
    clock: Callable[[], int]
    wait: Callable[[int], None] = lambda _: None
    labels: bool = False
    quarantine: Quarantine = field(default_factory=Quarantine)
    count: int = 0
    took: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parameters, self._sources = ready(self.inputs, self.parameters, self.carried)
        self._made, self._since = Engines(self.parameters, capacity=1), last_of(self.carried)
        hours = session(self.inputs.date, self.parameters)
        self._close = None if hours is None else hours[1]
        self._waiting: list[tuple[str, Touches]] = []  # touches whose labels are not known

    def events(self, until: int | None = None) -> Iterator[list[Said]]:
        """What each event has to say, to its end or up to a time; most have nothing."""
        made = self._made
        for merged in merge(made.ranked(self._sources), made.keys, self.quarantine):
            blocks = merged.blocks
            columns = {stream: block.columns["time"] for stream, block in blocks.items()}
            for stream, row in zip(merged.streams.tolist(), merged.rows.tolist(), strict=True):
                now = int(columns[stream][row])
                if until is not None and now > until:
                    yield self._end(until)
                    return
                if now > self._since:  # what is carried over is the past
                    self.wait(now)
                began = self.clock()
                known = self._known(now)
                made.offer(Event(blocks[stream], row), stream)
                self.count += 1
                yield known + self._touches(began)
        yield self._end(self._close)

    def _end(self, at: int | None) -> list[Said]:
        """The timed ticks up to the end, and the labels that are known by then."""
        began = self.clock()
        if at is not None:
            self._made.finish(at + 1)
        return self._touches(began) + ([] if at is None else self._known(at + 1))

    def _touches(self, began: int) -> list[Said]:
        rows = self._made.rows[0]
        if not rows.count:
            return []
        touched = own(rows.take(), self._since, self.parameters)
        if touched is None:
            return []
        table = described(touched, self.inputs.date, self.parameters)
        ids = table["event_id"]
        self.took += [self.clock() - began] * len(ids)
        if self.labels:
            for i, name in enumerate(ids):
                self._waiting.append((name, {k: v[i : i + 1] for k, v in touched.items()}))
        return [
            (TOUCH, dict(zip(table, row, strict=True))) for row in zip(*table.values(), strict=True)
        ]

    def _known(self, now: int) -> list[Said]:
        """The labels of touches whose horizon lies before a time."""
        if not self._waiting:
            return []
        last = now - duration(self.parameters.horizon)
        due = [(name, row) for name, row in self._waiting if row["ts"][0] < last]
        if not due:
            return []
        self._waiting = self._waiting[len(due) :]
        trail = self._made.rows[1]
        times, prices = trail.times(), trail.values()[:, 0].copy()
        rows = {k: np.concatenate([row[k] for _, row in due]) for k in due[0][1]}
        found = labels(rows, times, prices, self.parameters, self._close)
        found.insert_column(0, pl.Series("event_id", [name for name, _ in due]))
        return [(LABELS, row) for row in found.fill_nan(None).iter_rows(named=True)]


def milliseconds(took: list[int], share: float) -> float | None:
    """A quantile of the times from event to row; None without any."""
    return float(np.quantile(np.array(took), share)) / 1e6 if took else None
