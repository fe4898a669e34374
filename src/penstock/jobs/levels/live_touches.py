"""What a date's engines have to say, event by event: touches, and what came after them.

A touch is handed out by the event that makes it, and its labels by the first event after the horizon. What was handed
out is deterministic, so a record of it is all that a run that was killed needs: it goes over the events again and
passes by what the record has.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from penstock.core.time import duration
from penstock.events import Event
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.day import Engines, last_of, orders_missed, own
from penstock.jobs.levels.exposures import session
from penstock.jobs.levels.labels import labels
from penstock.jobs.levels.rows import Touches, described

TOUCH, LABELS = "touch", "labels"
Said = tuple[str, dict[str, Any]]  # touch or labels, and its columns by name


class LiveTouches:
    """The engines of a date in their live layout, and the touches whose labels are not known yet.

    Parameters
    ----------
    date, parameters, carried
        As a run has them.
    clock
        A monotonic clock in ns, by which touches are timed from their event.
    labels
        Whether labels follow, once they are known.

    Attributes
    ----------
    since
        The time of the last event that is carried over: what is touched up to it is of other dates.
    close
        When the session closes; None on a day without one.
    took
        For each touch the ns from its event to its row.
    missed
        Orders that had found no room by a touch.
    """

    def __init__(
        self,
        date: dt.date,
        parameters: Parameters,
        carried: Carry,
        clock: Callable[[], int],
        *,
        labels: bool = False,
    ) -> None:
        self.date, self.parameters, self.clock, self.labels = date, parameters, clock, labels
        self.made, self.since = Engines(parameters, capacity=1), last_of(carried)
        hours = session(date, parameters)
        self.close = None if hours is None else hours[1]
        self.took: list[int] = []
        self.missed = 0
        self._waiting: list[tuple[str, Touches]] = []  # touches whose labels are not known

    def take(self, event: Event, stream: int) -> list[Said]:
        """What an event of the stream of a place has to say; most have nothing."""
        began = self.clock()
        known = self._known(int(event["time"]))
        self.made.offer(event, stream)
        return known + self._touches(began)

    def end(self, at: int | None) -> list[Said]:
        """The timed ticks up to a time, and the labels that are known by then."""
        began = self.clock()
        if at is not None:
            self.made.finish(at + 1)
        return self._touches(began) + ([] if at is None else self._known(at + 1))

    def _touches(self, began: int) -> list[Said]:
        rows = self.made.rows[0]
        if not rows.count:
            return []
        touched = own(rows.take(), self.since)
        if touched is None:
            return []
        table = described(touched, self.date, self.parameters)
        ids = table["event_id"]
        self.took += [self.clock() - began] * len(ids)
        self.missed = max(self.missed, orders_missed(touched))
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
        trail = self.made.rows[1]
        times, prices = trail.times(), trail.values()[:, 0].copy()
        rows = {k: np.concatenate([row[k] for _, row in due]) for k in due[0][1]}
        found = labels(rows, times, prices, self.parameters, self.close)
        found.insert_column(0, pl.Series("event_id", [name for name, _ in due]))
        return [(LABELS, row) for row in found.fill_nan(None).iter_rows(named=True)]


def milliseconds(took: list[int], share: float) -> float | None:
    """A quantile of the times from event to row; None without any."""
    return float(np.quantile(np.array(took), share)) / 1e6 if took else None
