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


def sleepy(hop: int, idle: int, stream: list[Tick], end: int) -> list[Tick]:
    """Multiples of ``hop`` that are the first after some event, or whose predecessor saw one no older than ``idle``."""
    found = []
    for time in range((stream[0].time // hop + 1) * hop if stream else end + 1, end + 1, hop):
        latest = max(tick.time for tick in stream if tick.time < time)
        if latest >= time - hop or time - hop - latest <= idle:
            found.append(Tick(time, 0, 0))
    return found


def gap_sessions(gap: int, maximum: int | None, stream: list[Tick], end: int) -> list[Tick]:
    """The ends of sessions: no event for ``gap``, or ``maximum`` after the first event."""
    times, closes = [tick.time for tick in stream], []
    while times:
        limit = times[0] + maximum if maximum else end + gap + 1
        close = next(
            min(t + gap, limit) for t in times if all(u <= t or u >= t + gap for u in times)
        )
        close = min(close, limit)
        closes.append(Tick(close, 0, 0))
        times = [t for t in times if t >= close]
    return [tick for tick in closes if tick.time <= end]


def instants(times: list[int], first: int, end: int) -> list[Tick]:
    """Those times of a calendar that come after the first event."""
    return [Tick(t, 0, 0) for t in times if first < t <= end]


def delay(by: int, ticks: list[Tick], end: int) -> list[Tick]:
    """A tick ``by`` after each; of several at one time the last stands with the other timed ticks."""
    due = [tick.time + by for tick in ticks]
    left = [due[i:].count(time) - 1 for i, time in enumerate(due)]
    return [Tick(t, 0, -n) for t, n in zip(due, left, strict=True) if t <= end]


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


def since(on: list[Tick], ticks: list[Tick], x: np.ndarray, resets: list[Tick]) -> np.ndarray:
    """The sum since the last reset strictly before the latest visible tick, as of each tick of ``on``."""
    sums = []
    for at in on:
        seen = visible(at, ticks)
        if not seen:
            sums.append(np.nan)
            continue
        started = max(
            (r.position for r in resets if r.position < ticks[seen[-1]].position), default=(0,)
        )
        sums.append(float(sum(x[i] for i in seen if ticks[i].position > started)))
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
