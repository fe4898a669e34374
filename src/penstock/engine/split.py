"""Merged events by key."""

from collections.abc import Callable, Iterator

import numpy as np

from penstock.core.arrays import I8
from penstock.core.jit import jit
from penstock.core.memory import load, store
from penstock.core.native import compiled

WHOSE = "void(int64, int64, int64, int64, int64, int64)"
KEY = 2  # of a block's table: time, receive, key


@jit
def whose(tables: int, streams: int, rows: int, count: int, keys: int, times: int) -> None:
    """Write the keys and times of merged elements; all arguments but their number are addresses."""
    for i in range(count):
        table, row = load(tables + 8 * load(streams + 8 * i)), load(rows + 8 * i)
        store(times + 8 * i, load(load(table) + row * load(table + 8)))
        key = table + 16 * KEY
        store(keys + 8 * i, load(load(key) + row * load(key + 8)))


def keys_and_times(tables: I8, streams: np.ndarray, rows: np.ndarray) -> tuple[I8, I8]:
    """The keys and times of merged elements: element i is row ``rows[i]`` of the table of stream ``streams[i]``."""
    count = len(rows)
    keys, times = np.empty(count, np.int64), np.empty(count, np.int64)
    streams, rows = np.ascontiguousarray(streams, np.int64), np.ascontiguousarray(rows, np.int64)
    addresses = [x.ctypes.data for x in (tables, streams, rows)]
    compiled(whose, WHOSE)(*addresses, count, keys.ctypes.data, times.ctypes.data)
    return keys, times


def by_key(
    keys: I8,
    times: I8,
    latest: Callable[[int], int | None],
    refuse: Callable[[int, int, int, int], None],
    skip: Callable[[int, int], None],
) -> Iterator[tuple[int, I8 | slice]]:
    """The elements of each key, in order, without the late ones.

    Parameters
    ----------
    keys, times
        Of each element.
    latest
        The latest time that a key admitted; None where it takes no events.
    refuse
        Called with how many elements of a key were late, the key, the first one's time and the latest time.
    skip
        Called with a key that takes no events, and how many there were.
    """
    if not len(keys):
        return
    parts: list[I8 | slice] = [slice(None)]
    if not (keys == keys[0]).all():
        order = np.argsort(keys, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(keys[order])) + 1)  # type: ignore[assignment]
    for part in parts:
        own = times[part]
        key = int(keys[part][0])
        admitted = latest(key)
        if admitted is None:
            skip(key, len(own))
        elif own[0] >= admitted and (own[1:] >= own[:-1]).all():
            yield key, part
        else:
            on_time = own >= np.maximum.accumulate(np.maximum(own, admitted))
            late = own[~on_time]
            refuse(len(late), key, int(late[0]), admitted)
            yield key, np.arange(len(keys))[part][on_time]
