"""Looking ahead: the row that a key would give next, made in a copy of its arena."""

from collections.abc import Generator
from contextlib import contextmanager

import numpy as np

from penstock.compile.layout import ARMED, LATEST, NEVER
from penstock.core.errors import DefinitionError
from penstock.engine.arena import Arena
from penstock.engine.registry import Registry
from penstock.engine.runner import Runner
from penstock.events import Event


@contextmanager
def aside(registry: Registry, key: int, time: int) -> Generator[Arena]:
    """What a key's arena is at a time stands in its place for a while, and nothing that happens to it is kept."""
    spill = registry.idle.spill
    if key in registry.full or (spill is not None and key in spill):
        registry.arena(key)
    kept = registry.arenas.get(key)
    anew = kept is None or registry.is_over(kept, time)
    twin = Arena(registry.first).begin() if anew or kept is None else kept.twin()
    if not anew:
        twin.cells[LATEST] = registry.latest(key)
    registry.place(key, twin)
    try:
        yield twin
    finally:
        registry.full.pop(key, None)
        made = registry.remove(key)
        if made is not twin:
            registry.slabs.give(made.memory)
        if kept is not None:
            registry.place(key, kept)


def peek_event(runner: Runner, slot: int, event: Event) -> np.ndarray | None:
    """The row if an event were the next one; None where the view would not tick or the event is late."""
    key, time, slots = int(event["key"]), int(event["time"]), [slot]
    if runner.router is not None and slot >= 0:
        key, slots = runner.router.seen(slot, key)
    with aside(runner.registry, key, time) as twin:
        if time < twin.cells[LATEST] or slot < 0:
            return None
        made = [runner.one(place, key, event.table, event.row).values() for place in slots]
        rows = [row for values in made for row in values]
    return rows[-1] if rows else None


def peek_time(runner: Runner, key: int, at: int | None) -> np.ndarray | None:
    """The row at a time; a timed view ticks then."""
    if at is None:
        raise DefinitionError("Engine.peek: an event or at= is needed, got neither")
    with aside(runner.registry, key, at) as twin:
        if at < twin.cells[LATEST]:
            return None  # it would be late
        made = runner.until(key, at - 1)
        on = runner.plan.on
        cells = runner.registry.arenas[key].cells
        armed = runner.registry.first.layout.heads[on] + ARMED
        if on.armed and cells[armed] < NEVER:
            cells[armed] = at
        made.extend(runner.until(key, at))
        values = made.values()
    return values[-1] if len(values) else None
