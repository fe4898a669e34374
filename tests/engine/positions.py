"""Positions by brute force: what each tick of each clock sees, straight from the definition.

A position is (time, phase, ordinal): timed ticks have phase 0 and stand before all events of their time; ticks at one
position, and timed ticks of one time, see each other. Every function here looks at whole lists; nothing is kept
between ticks.
"""

from dataclasses import dataclass

import numpy as np

SECOND = 1_000_000_000


@dataclass(frozen=True)
class Tick:
    """One tick: where it stands, and the row of its stream if it is an event."""

    time: int
    phase: int
    ordinal: int
    row: int = -1

    @property
    def position(self) -> tuple[int, int, int]:
        """What orders ticks."""
        return self.time, self.phase, self.ordinal


def events(times: np.ndarray, ranks: np.ndarray) -> list[list[Tick]]:
    """The ticks of each stream, from merged events (already in order of time, then rank)."""
    streams: list[list[Tick]] = [[], []]
    for ordinal, (time, rank) in enumerate(zip(times.tolist(), ranks.tolist(), strict=True)):
        streams[rank].append(Tick(time, 1, ordinal, len(streams[rank])))
    return streams


def every(hop: int, first: int, end: int) -> list[Tick]:
    """Multiples of ``hop`` after the first event, up to ``end``."""
    return [Tick(t, 0, 0) for t in range((first // hop + 1) * hop, end + 1, hop)]


def time_bars(width: int, stream: list[Tick], end: int) -> list[Tick]:
    """The ends of intervals that hold an event of the stream."""
    ends = sorted({(tick.time // width + 1) * width for tick in stream})
    return [Tick(t, 0, 0) for t in ends if t <= end]


def union(*streams: list[Tick]) -> list[Tick]:
    """Every event of any stream."""
    return sorted((tick for ticks in streams for tick in ticks), key=lambda tick: tick.position)


def visible(at: Tick, ticks: list[Tick]) -> list[int]:
    """The indices of ticks at or before a position."""
    return [i for i, tick in enumerate(ticks) if tick.position <= at.position]


def as_of(on: list[Tick], ticks: list[Tick], x: np.ndarray) -> np.ndarray:
    """The last visible value."""
    seen = [visible(at, ticks) for at in on]
    return np.array([x[s[-1]] if s else np.nan for s in seen])


def window_sum(on: list[Tick], ticks: list[Tick], x: np.ndarray, width: int) -> np.ndarray:
    """The sum of what is visible with (time, phase) > (t - width, phase of the tick)."""
    sums = []
    for at in on:
        edge = (at.time - width, at.phase)
        kept = [x[i] for i in visible(at, ticks) if (ticks[i].time, ticks[i].phase) > edge]
        sums.append(float(np.sum(kept)) if kept else 0.0)
    return np.array(sums)


def bars(on: list[Tick], ticks: list[Tick], price: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Open, high, low, close, volume of what each tick of a bar clock is the first to see after the one before."""
    rows, before = [], 0
    for at in on:
        seen = len(visible(at, ticks))
        p, v = price[before:seen], size[before:seen]
        rows.append([p[0], p.max(), p.min(), p[-1], v.sum()])
        before = seen
    return np.array(rows).reshape(-1, 5)
