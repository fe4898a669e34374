"""What a profile costs while it is on; part of the suite ``engine``."""

import statistics
from functools import partial
from typing import Any

import numpy as np

from penstock.bench import feed
from penstock.bench.mix import BOOKS, TRADES
from penstock.bench.pushing import push_all, warmed
from penstock.bench.timing import figures, seconds
from penstock.engine import Engine
from penstock.plan import Plan

Result = dict[str, Any]


def profile_overhead(plan: Plan, repeats: int, chunk: int = 1_000, size: int = 1_024) -> Result:
    """Pieces of one stream plain and profiled by turns, live and in blocks; the median ratio of neighbours."""
    return {
        "case": "profile_overhead",
        "columns": len(plan.outputs),
        "live": live(plan, repeats, chunk),
        "blocks": blocks(plan, repeats, size),
        "target_overhead": 0.2,
    }


def live(plan: Plan, repeats: int, chunk: int) -> dict[str, float]:
    """Event by event."""
    engine, events = warmed(plan, (2 * repeats + 2) * chunk)
    pairs = []
    for i in range(repeats + 1):
        plain, profiled = (
            events[(2 * i + turn) * chunk : (2 * i + turn + 1) * chunk] for turn in (0, 1)
        )
        before = seconds(push_all(engine, plain))
        with engine.profile():
            pairs.append((before, seconds(push_all(engine, profiled))))
    return overhead(pairs[1:], chunk)


def blocks(plan: Plan, repeats: int, size: int) -> dict[str, float]:
    """Block by block."""
    engine = Engine(plan, capacity=size)
    books, trades = feed.one_symbol((2 * repeats + 4) * size)
    slots = np.array([plan.streams.index(BOOKS), plan.streams.index(TRADES)])
    given = {int(slots[0]): books, int(slots[1]): trades}

    def block(number: int) -> float:
        order = np.arange(number * size, (number + 1) * size)
        return seconds(partial(engine.push_merged, given, slots[order % 2], order // 2))

    pairs = []
    for i in range(repeats + 2):
        before = block(2 * i)
        with engine.profile():
            pairs.append((before, block(2 * i + 1)))
    return overhead(pairs[2:], size)


def overhead(pairs: list[tuple[float, float]], events: int) -> dict[str, float]:
    """What being profiled adds, as a share, and nanoseconds an event without and with it."""
    plain, profiled = (statistics.median(pair[i] for pair in pairs) for i in (0, 1))
    return {
        "overhead": figures(statistics.median(after / before for before, after in pairs) - 1.0),
        "ns_per_event": figures(plain / events * 1e9),
        "ns_per_event_profiled": figures(profiled / events * 1e9),
    }
