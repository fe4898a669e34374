"""One date: its files through the engine, touches as gold rows, and their labels."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from penstock.engine import Engine, Rows
from penstock.events import Event, Keys, Quarantine
from penstock.formulas.levels.parameters import Parameters
from penstock.formulas.levels.prices import BOOKS, INTEREST, OPTIONS, ORDERS, TRADES, UNDERLYING
from penstock.jobs.levels.as_run import as_run
from penstock.jobs.levels.carry import Carry, contract
from penstock.jobs.levels.columns import COLUMNS, EVENT_ID, LABELS
from penstock.jobs.levels.exposures import session
from penstock.jobs.levels.feeds import Renamed, feeds
from penstock.jobs.levels.inputs import Inputs
from penstock.jobs.levels.labels import labels
from penstock.jobs.levels.rows import Touches, flat, signals
from penstock.jobs.levels.view import path, view
from penstock.jobs.quality.consistency import route
from penstock.jobs.wiring import Ranked, by_rank
from penstock.plan import build
from penstock.streams.merge import merge

CAPACITY = 256  # 1,024 rows of a book and of all levels leave the cache: 13 % slower
ROLES = {
    "trades": TRADES,
    "books": BOOKS,
    "orders": ORDERS,
    "options": OPTIONS,
    "interest": INTEREST,
    "spy": UNDERLYING,
}
Progress = Callable[[int, int], None]


@dataclass
class Day:
    """What a date gives.

    Attributes
    ----------
    signals, labels
        The gold tables.
    counts
        Events by stream, and what was kept aside by reason.
    stages
        Seconds by stage.
    """

    signals: pl.DataFrame
    labels: pl.DataFrame
    counts: dict[str, Any] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)


class Engines:
    """The engine of touches and that of the price path, fed side by side."""

    def __init__(self, parameters: Parameters, capacity: int = CAPACITY) -> None:
        self.keys = Keys()
        self.streams = by_rank(ROLES.values())
        self.engines, self._slots, self.rows = [], [], []
        for one in (view(parameters), path(parameters)):
            plan = build(one.columns(), one.on, self.streams)  # type: ignore[arg-type]
            engine = Engine(plan, self.keys, capacity=capacity)
            self.engines.append(engine)
            self.rows.append(Rows(engine.names))
            own = plan.streams
            self._slots.append([own.index(s) if s in own else -1 for s in self.streams])

    def ranked(self, sources: Sequence[Renamed]) -> Ranked:
        """The sources, each with the places of its streams."""
        place = {stream: i for i, stream in enumerate(self.streams)}
        return [(s, {each: place[ROLES[r]] for each, r in s.roles.items()}) for s in sources]

    def push(self, blocks: Any, streams: Any, rows: Any) -> None:
        """Take merged events in."""
        for engine, slots, kept in zip(self.engines, self._slots, self.rows, strict=True):
            found = route(blocks, streams, rows, slots)
            if len(found[2]):
                kept.extend(engine.push_merged(*found))

    def offer(self, event: Event, place: int) -> None:
        """Take one event of the stream of a place in; the layout must be the live one."""
        for engine, slots, kept in zip(self.engines, self._slots, self.rows, strict=True):
            if slots[place] < 0:
                continue
            row = engine.push(event, self.streams[place])
            if engine.emitted.count:
                kept.extend(engine.emitted.take())
            elif row is not None:
                kept.add_row(int(event["key"]), int(event["time"]), row)

    def finish(self, end: int) -> None:
        """Make the timed ticks up to a time."""
        for engine, kept in zip(self.engines, self.rows, strict=True):
            kept.extend(engine.advance(end))


def last_of(carried: Carry) -> int:
    """The time of the last event that is carried over."""
    frames = (carried.trades, carried.spy, carried.book_mids)
    return max((frame["ts"][-1] for frame in frames if frame.height), default=-1)


def run_day(
    inputs: Inputs, parameters: Parameters, carried: Carry, progress: Progress | None = None
) -> Day:
    """Run one date. What it lacks leaves columns null; without any price nothing is touched."""
    stages: dict[str, float] = {}
    started = time.perf_counter()
    parameters, sources = ready(inputs, parameters, carried)
    made = Engines(parameters)
    stages["prepare"] = time.perf_counter() - started
    counts = read(made, sources, progress)
    stages["read"] = time.perf_counter() - started - sum(stages.values())
    hours = session(inputs.date, parameters)
    if hours is not None:
        made.finish(hours[1] + 1)
    rows = own(made.rows[0].ordered(), last_of(carried))
    if rows is None:
        return Day(empty(), empty(labels_only=True), counts, stages)
    counts["orders_missed"] = orders_missed(rows)
    table = signals(rows, inputs.date, parameters)
    stages["physics"] = time.perf_counter() - started - sum(stages.values())
    trail = made.rows[1].ordered()
    close = None if hours is None else hours[1]
    after = labels(rows, trail.times(), trail.values()[:, 0].copy(), parameters, close)
    after.insert_column(0, table["event_id"])
    stages["labels"] = time.perf_counter() - started - sum(stages.values())
    return Day(table, after, counts, stages)


def ready(
    inputs: Inputs, parameters: Parameters, carried: Carry
) -> tuple[Parameters, list[Renamed]]:
    """A date's parameters and streams, with what earlier dates say."""
    if parameters.spot_source == "own":
        inputs = inputs.without_futures()
    parameters = as_run(inputs, parameters, carried.gamma)
    return parameters, feeds(inputs, parameters, carried, contract(inputs, parameters))


def own(touched: Rows, since: int) -> Touches | None:
    """Touches of the view's rows after a time: bars carried over have touched levels of their own days."""
    times = touched.times()
    mine = times > since
    return flat(times[mine], touched.values()[mine], tuple(touched.names)) if mine.any() else None


def orders_missed(touches: Touches) -> int:
    """Orders of the book that had found no room by the time of a touch, the most of them."""
    return int(touches["orders_missed"].max()) if "orders_missed" in touches else 0


def read(made: Engines, sources: Sequence[Renamed], progress: Progress | None) -> dict[str, Any]:
    """Read a date's files through the engines; what was read and what was kept aside."""
    quarantine = Quarantine()
    events = np.zeros(len(made.streams), np.int64)
    for merged in merge(made.ranked(sources), made.keys, quarantine):
        made.push(merged.blocks, merged.streams, merged.rows)
        events += np.bincount(merged.streams, minlength=events.size)
        if progress is not None:
            progress(int(events.sum()), made.rows[0].count)
    aside: dict[str, int] = {}
    for (_, reason), n in quarantine.counts.items():
        aside[reason] = aside.get(reason, 0) + n
    by_name = {name: int(events[made.streams.index(ROLES[name])]) for name in ROLES}
    return {"events": by_name, "quarantined": aside, "late": 0}


def empty(*, labels_only: bool = False) -> pl.DataFrame:
    """A table without rows."""
    columns = (EVENT_ID, *LABELS) if labels_only else COLUMNS
    return pl.DataFrame(schema={column.name: column.dtype for column in columns})
