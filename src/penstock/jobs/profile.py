"""A profile of a view over recorded sources, in blocks or event by event."""

from collections.abc import Callable

from penstock.declare import View
from penstock.engine import Engine
from penstock.engine.profiling.costs import Report
from penstock.events import Event, Keys, Quarantine
from penstock.jobs.run import History
from penstock.jobs.wiring import Sources, plan_of
from penstock.streams.merge import merge

Progress = Callable[[int, int], None]


def profile(
    view: View,
    source: Sources,
    *,
    live: bool = False,
    quarantine: Quarantine | None = None,
    progress: Progress | None = None,
) -> Report:
    """Run a view over recorded sources and say where time and memory went.

    Parameters
    ----------
    view
        Features, key and clock.
    source
        As for ``run``.
    live
        Event by event, in the layout that a live view has; else block by block.
    quarantine
        Where bad rows go; they are only counted by default.
    progress
        Called with (events, rows) after each chunk.
    """
    aside = quarantine or Quarantine()
    run = _live if live else _blocks
    return run(view, source, aside, progress or unseen)


def unseen(events: int, rows: int) -> None:
    """No progress."""


def _blocks(view: View, source: Sources, aside: Quarantine, progress: Progress) -> Report:
    history, rows = History(view, source, aside), 0
    with history.engine.profile() as profiled:
        for made in history:
            rows += made.count
            progress(history.events, rows)
        history.finish()
    return profiled.report()


def _live(view: View, source: Sources, aside: Quarantine, progress: Progress) -> Report:
    keys = Keys(view.key)
    plan, ranked = plan_of(view, source)
    engine, events, rows, end = Engine(plan, keys), 0, 0, None
    with engine.profile() as profiled:
        for merged in merge(ranked, keys, aside):
            for slot, row in zip(merged.streams.tolist(), merged.rows.tolist(), strict=True):
                event = Event(merged.blocks[slot], row)
                rows += engine.push(event, plan.streams[slot]) is not None
                end = max(int(event["time"]), end or 0)
            events += len(merged.rows)
            progress(events, rows)
        if end is not None:
            engine.advance(end)
    return profiled.report()
