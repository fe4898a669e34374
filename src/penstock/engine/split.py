"""Merged events by key."""

from collections.abc import Callable, Iterator

import numpy as np

from penstock.core.arrays import I8


def by_key(
    keys: I8, times: I8, latest: Callable[[int], int], refuse: Callable[[int, int, int, int], None]
) -> Iterator[tuple[int, I8]]:
    """The elements of each key, in order, without the late ones.

    Parameters
    ----------
    keys, times
        Of each element.
    latest
        The latest time that a key admitted.
    refuse
        Called with how many elements of a key were late, the key, the first one's time and the latest time.
    """
    if not len(keys):
        return
    order = np.argsort(keys, kind="stable")
    cuts = np.flatnonzero(np.diff(keys[order])) + 1
    for part in np.split(order, cuts):
        key = int(keys[part[0]])
        admitted = latest(key)
        on_time = times[part] >= np.maximum.accumulate(np.maximum(times[part], admitted))
        late = int(len(part) - np.count_nonzero(on_time))
        if late:
            refuse(late, key, int(times[part][~on_time][0]), admitted)
        yield key, part[on_time] if late else part
