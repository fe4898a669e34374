"""What a view costs an event: live, pushed one by one from Python, and in blocks of 1,024."""

from functools import partial

import numpy as np

from penstock.bench.pushing import push_all
from penstock.bench.timing import median, seconds
from penstock.engine import Engine
from penstock.events import Block
from penstock.plan import Plan
from penstock.streams import Stream

WARM = 1_500  # events: a window of 60 s holds 1,200
BLOCK = 1_024


def live(
    plan: Plan, on: Stream, data: dict[Stream, Block], repeats: int, chunk: int = 200
) -> float:
    """Nanoseconds of an event that is pushed from Python; other streams stand still."""
    engine = Engine(plan)
    seed(engine, on, data)
    events = list(data[on].take(slice(0, WARM + repeats * chunk)))
    push_all(engine, events[:WARM])()
    spent = [
        seconds(push_all(engine, events[start : start + chunk])) / chunk
        for start in range(WARM, len(events), chunk)
    ]
    return median(spent) * 1e9


def blocks(plan: Plan, on: Stream, data: dict[Stream, Block], repeats: int) -> float:
    """Nanoseconds of an event in blocks of 1,024; the rows of each are taken."""
    engine = Engine(plan, capacity=BLOCK)
    seed(engine, on, data)
    slot = plan.streams.index(on)
    spent = []
    for start in range(0, (repeats + 2) * BLOCK, BLOCK):
        rows = np.arange(start, start + BLOCK)
        which = np.full(BLOCK, slot, np.int64)
        spent.append(seconds(partial(engine.push_merged, {slot: data[on]}, which, rows)) / BLOCK)
    return median(spent[2:]) * 1e9


def seed(engine: Engine, on: Stream, data: dict[Stream, Block]) -> None:
    """The first event of each stream that stands still."""
    for stream, block in data.items():
        if stream != on and stream in engine.plan.streams:
            engine.push_block(block.take(slice(0, 1)))
