"""From the counters of a profile to the time of each step."""

from dataclasses import dataclass

import numpy as np

from penstock.compile.probe import (
    ADMITTED,
    COUNTERS,
    FIRST,
    LEFT,
    LEFT_TICKED,
    READ,
    SETTLED,
    TICKED,
    TIME,
    singly,
)
from penstock.compile.program import Program, segments_of


@dataclass(frozen=True, slots=True)
class Times:
    """Nanoseconds, ticks and calls of each step, and nanoseconds of what is no step."""

    ns: np.ndarray
    ticks: np.ndarray
    calls: np.ndarray
    admission: float
    settling: float
    left: int  # readings that were left out, because the system interrupted them


def times(program: Program, counted: np.ndarray, idle: float, scale: float) -> Times:
    """The times of the steps.

    Parameters
    ----------
    program
        Any of the plan: their steps are the same.
    counted
        The counters.
    idle
        What taking the time costs by itself, in counts.
    scale
        Nanoseconds a count.
    """
    cut = segments_of(program.layout, singly)[2]
    sizes = [len(batches) for _, _, batches in cut]
    end = FIRST + COUNTERS * len(sizes)
    segments = counted[FIRST:end].reshape(-1, COUNTERS)
    steps = counted[end:].reshape(-1, COUNTERS)
    ns = np.zeros(len(steps))
    ticks, calls = np.zeros(len(steps), np.int64), np.zeros(len(steps), np.int64)
    first = 0
    for size, whole in zip(sizes, segments, strict=True):
        mine = slice(first, first + size)
        first += size
        if size:
            calls[mine] = whole[READ] + steps[mine][:, READ]
            ticks[mine] = _ticks(whole) + _ticks(steps[mine].T)
            ns[mine] = scale * ticks[mine] * _per_tick(steps[mine].T, whole, idle)
    admission, settling = (
        scale * float(max(counted[i] - idle * counted[i + 1], 0.0)) for i in (ADMITTED, SETTLED)
    )
    left = int(segments[:, LEFT].sum() + steps[:, LEFT].sum())
    return Times(ns, ticks, calls, admission, settling, left)


def _ticks(counts: np.ndarray) -> np.ndarray:
    return counts[TICKED] + counts[LEFT_TICKED]


def _own(counts: np.ndarray, idle: float) -> np.ndarray:
    """Counts a tick, without what taking the time costs."""
    spent = np.maximum(counts[TIME] - idle * (counts[READ] - counts[LEFT]), 0.0)
    return np.divide(spent, np.maximum(counts[TICKED], 1))


def _per_tick(steps: np.ndarray, whole: np.ndarray, idle: float) -> np.ndarray:
    """Counts a tick of each step of a segment: as timed one by one, scaled to the whole segment's of other runs."""
    taken = _own(steps, idle)
    if not whole[TICKED]:
        return taken
    weight = taken if taken.sum() > 0 else np.ones(taken.size)
    return _own(whole, idle) * weight / weight.sum()
