"""Merged events by key."""

from collections.abc import Callable, Iterator

import numpy as np

from penstock.core.arrays import I8


def by_key(
    keys: I8,
    times: I8,
    latest: Callable[[int], int | None],
    refuse: Callable[[int, int, int, int], None],
    skip: Callable[[int, int], None],
) -> Iterator[tuple[int, I8]]:
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
    order = np.argsort(keys, kind="stable")
    cuts = np.flatnonzero(np.diff(keys[order])) + 1
    for part in np.split(order, cuts):
        key = int(keys[part[0]])
        admitted = latest(key)
        if admitted is None:
            skip(key, len(part))
            continue
        on_time = times[part] >= np.maximum.accumulate(np.maximum(times[part], admitted))
        late = int(len(part) - np.count_nonzero(on_time))
        if late:
            refuse(late, key, int(times[part][~on_time][0]), admitted)
        yield key, part[on_time] if late else part
