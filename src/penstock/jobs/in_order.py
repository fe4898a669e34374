"""Rows in order of admission: by time, and at one time as the events came that made them, whatever their keys.

The engine runs key by key, so rows of one time come by key. What tells which came first:

1. On a clock of events every admitted event makes one row: the rows of a key are its events, one for one.
2. On a clock that a condition triggers some events make none. Where several keys have events of one time, those
   events enter in runs of one key each; what rows a run makes is known then. Bits do not depend on the runs.
3. Timed ticks of one time stand before its events and see each other: they come by key, in the order keys were met.
"""

import itertools

import numpy as np

from penstock.core.arrays import I8
from penstock.engine import Engine, Rows
from penstock.events import Block
from penstock.expr import When
from penstock.plan.nodes import ticking
from penstock.streams import AnyOf, Clock, Stream

Blocks = dict[int, Block]


def admitted(engine: Engine, blocks: Blocks, streams: I8, rows: I8) -> Rows:
    """Admit merged events; returns the rows in order of admission."""
    on = engine.plan.on
    if is_timed(on) or not len(rows):
        return engine.push_merged(blocks, streams, rows).ordered()
    times, keys = _cells(blocks, streams, rows)
    tied = _tied(times, keys)
    if not tied.any():
        return engine.push_merged(blocks, streams, rows).ordered()
    if isinstance(on, Stream | AnyOf) and not engine.plan.routes:
        ticks = {on} if isinstance(on, Stream) else {*on.streams}
        slots = [i for i, stream in enumerate(engine.plan.inputs) if stream in ticks]
        # else some are late, and make no row
        if engine.registry.newest() <= times[0] and (np.diff(times) >= 0).all():
            by_key = np.argsort(keys[np.isin(streams, slots)], kind="stable")
            return engine.push_merged(blocks, streams, rows).arranged(np.argsort(by_key))
    # with routes an event may enter several keys: it is a run of its own
    same = np.zeros(len(rows), bool)
    same[1:] = ~tied[1:] & ~tied[:-1]
    if not engine.plan.routes:
        same[1:] |= tied[1:] & tied[:-1] & (times[1:] == times[:-1]) & (keys[1:] == keys[:-1])
    cuts = [*np.flatnonzero(~same).tolist(), len(rows)]
    made = Rows(engine.names)
    for start, stop in itertools.pairwise(cuts):
        part = slice(start, stop)
        made.extend(engine.push_merged(blocks, streams[part].copy(), rows[part].copy()).ordered())
    return made


def is_timed(clock: Clock) -> bool:
    """Whether a clock ticks at times and not at events, itself or through what triggers it."""
    while isinstance(clock, When):
        clock = ticking(clock.condition.clock)
    return clock.armed


def _cells(blocks: Blocks, streams: I8, rows: I8) -> tuple[I8, I8]:
    """The times and keys of merged events."""
    times, keys = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    for stream, block in blocks.items():
        mine = streams == stream
        times[mine] = block.columns["time"][rows[mine]]
        keys[mine] = block.columns["key"][rows[mine]]
    return times, keys


def _tied(times: I8, keys: I8) -> np.ndarray:
    """Which events have an event of another key at their time."""
    starts = np.flatnonzero(np.diff(times, prepend=times[0] - 1))
    several = np.maximum.reduceat(keys, starts) > np.minimum.reduceat(keys, starts)
    return np.repeat(several, np.diff([*starts.tolist(), len(times)]))
