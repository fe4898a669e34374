"""The finite values of a window of time in order, and a finger on one of them.

Values lie in leaves, each a run of different values with how often each is there; a directory has the first
value and the size of every leaf, in order (a tree of two levels, Knuth 1998, section 6.2.4). A value is looked
for beside the last one that entered, or left, then by halving, first in the directory; it moves at most a leaf. A
full leaf is split, small neighbours become one. The finger is on a value, with the number of values below it:
each value that enters or leaves moves the rank that is asked for by at most one.

The history is a header, the directory and the leaves. The directory's entries after the leaves in use name
those that are free. A window that begins anew forgets them all at once.
"""

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, Item
from penstock.core.jit import jit

# the header: leaves that there are, leaves in use, values below the finger, the finger, the last in and out
MOST, LEAVES, BELOW, FINGER, ENTERED, LEFT, HEADER = range(7)
BIG, SMALL = 256, 32  # values of a leaf; small ones where the whole history has up to so many items
FEW = 1_200
ITEM = np.dtype([("x", "f8"), ("n", "i8")])
BITS = 9
PLACE = (1 << BITS) - 1


def items_for(values: int) -> int:
    """Items of a history for so many values: leaves that are half full, as they are when none has left yet."""
    leaf = SMALL if values <= 2 * BIG else BIG
    return HEADER + (2 * values // leaf + 2) * (1 + leaf)


@jit
def leaf_of(items: int) -> int:
    """The values of a leaf."""
    return SMALL if items <= FEW else BIG


@jit
def _start(h: np.ndarray, k: int) -> int:
    """Where the values of the k-th leaf begin."""
    return HEADER + h[MOST]["n"] + (h[HEADER + k]["n"] >> BITS) * leaf_of(h.size)


@jit
def _size(h: np.ndarray, k: int) -> int:
    """How many values the k-th leaf has."""
    return h[HEADER + k]["n"] & PLACE


@jit
def _leaf(h: np.ndarray, value: float, near: int) -> int:
    """The leaf in which a value is, or would be."""
    leaves = h[LEAVES]["n"]
    begins = near < leaves and h[HEADER + near]["x"] <= value
    if begins and (near + 1 == leaves or value < h[HEADER + near + 1]["x"]):
        return near
    k, left = 0, leaves
    while left > 1:
        half = left >> 1
        k = k + half if h[HEADER + k + half]["x"] <= value else k
        left -= half
    return k


@jit
def find(h: np.ndarray, value: float, hint: int) -> int:
    """The place of the first value that is not below one, ``leaf << BITS | place``; the hint is such a place."""
    k = _leaf(h, value, hint >> BITS)
    start, size, near = _start(h, k), _size(h, k), hint & PLACE
    if k == hint >> BITS:  # on a grid of prices the next one is seldom further away
        for j in range(max(near - 2, 0), min(near + 3, size)):
            if h[start + j]["x"] == value:
                return k << BITS | j
    j, left = 0, size
    while left > 0:
        half = (left + 1) >> 1
        j = j + half if h[start + j + half - 1]["x"] < value else j
        left -= half
    return k << BITS | j


@jit
def build(h: np.ndarray, x: F8, start: int, stop: int) -> None:
    """Put the finite values of ``x[start:stop]`` in order, from nothing."""
    h[MOST]["n"] = (h.size - HEADER) // (1 + leaf_of(h.size))
    forget(h)
    for k in range(h[MOST]["n"]):
        h[HEADER + k]["n"] = k << BITS
    for j in range(start, stop):
        if maths.is_finite(x[j]):
            enter(h, x[j])


@jit
def is_new(h: np.ndarray) -> bool:
    """Whether nothing was ever put in order here."""
    return h[MOST]["n"] == 0


@jit
def forget(h: np.ndarray) -> None:
    """Let all values go."""
    h[LEAVES]["n"] = 0


@jit
def enter(h: np.ndarray, value: float) -> bool:
    """Take a value in; False where no leaf is free."""
    if h[LEAVES]["n"] == 0:
        h[LEAVES]["n"], h[BELOW]["n"] = 1, 0
        h[HEADER]["x"], h[HEADER]["n"] = value, (h[HEADER]["n"] >> BITS) << BITS | 1
        h[_start(h, 0)]["x"], h[_start(h, 0)]["n"] = value, 1
        h[FINGER]["x"], h[FINGER]["n"], h[ENTERED]["n"], h[LEFT]["n"] = value, 0, 0, 0
        return True
    place = find(h, value, h[ENTERED]["n"])
    k, j = place >> BITS, place & PLACE
    start, size = _start(h, k), _size(h, k)
    if j < size and h[start + j]["x"] == value:
        h[start + j]["n"] += 1
    else:
        split = size == leaf_of(h.size)
        if split:
            if h[LEAVES]["n"] == h[MOST]["n"]:
                return False
            _split(h, k)
            size >>= 1
            if j > size:
                k, j = k + 1, j - size
            start = _start(h, k)
        _up(h[start + j : start + size + 1])
        h[start + j]["x"], h[start + j]["n"] = value, 1
        h[HEADER + k]["n"] += 1
        h[HEADER + k]["x"] = h[start]["x"]
        if split:
            h[FINGER]["n"] = find(h, h[FINGER]["x"], h[FINGER]["n"])
        elif k == h[FINGER]["n"] >> BITS and value < h[FINGER]["x"]:
            h[FINGER]["n"] += 1
    h[ENTERED]["n"] = k << BITS | j
    h[BELOW]["n"] += 1 if value < h[FINGER]["x"] else 0
    return True


@jit
def leave(h: np.ndarray, value: float) -> None:
    """Let a value go that is there."""
    place = find(h, value, h[LEFT]["n"])
    k, j = place >> BITS, place & PLACE
    start, size = _start(h, k), _size(h, k)
    h[LEFT]["n"] = place
    h[BELOW]["n"] -= 1 if value < h[FINGER]["x"] else 0
    if h[start + j]["n"] > 1:
        h[start + j]["n"] -= 1
        return
    leaves = h[LEAVES]["n"]
    _down(h[start + j : start + size])
    h[HEADER + k]["n"] -= 1
    h[HEADER + k]["x"] = h[start]["x"]
    few = leaf_of(h.size) >> 1
    if size == 1:
        _drop(h, k)
    elif k + 1 < leaves and size - 1 + _size(h, k + 1) <= few:
        _join(h, k)
    elif k > 0 and size - 1 + _size(h, k - 1) <= few:
        _join(h, k - 1)
    if h[LEAVES]["n"] < leaves or place == h[FINGER]["n"]:
        _settle(h)
    elif k == h[FINGER]["n"] >> BITS and value < h[FINGER]["x"]:
        h[FINGER]["n"] -= 1


@jit
def _settle(h: np.ndarray) -> None:
    """Put the finger on the next value where its own is gone, or on the last one."""
    if h[LEAVES]["n"] == 0:
        return
    place = find(h, h[FINGER]["x"], h[FINGER]["n"])
    k, j = place >> BITS, place & PLACE
    if j == _size(h, k):
        if k + 1 < h[LEAVES]["n"]:
            k, j = k + 1, 0
        else:
            j -= 1
            h[BELOW]["n"] -= h[_start(h, k) + j]["n"]
    h[FINGER]["x"], h[FINGER]["n"] = h[_start(h, k) + j]["x"], k << BITS | j


@jit
def _up(run: np.ndarray) -> None:
    """Move all but the last item one place up."""
    for j in range(run.size - 1, 0, -1):
        run[j]["x"], run[j]["n"] = run[j - 1]["x"], run[j - 1]["n"]


@jit
def _down(run: np.ndarray) -> None:
    """Move all but the first item one place down."""
    for j in range(run.size - 1):
        run[j]["x"], run[j]["n"] = run[j + 1]["x"], run[j + 1]["n"]


@jit
def _split(h: np.ndarray, k: int) -> None:
    """Give the upper half of a full leaf to a free one, which becomes the next."""
    leaves, half, start = h[LEAVES]["n"], leaf_of(h.size) >> 1, _start(h, k)
    free = h[HEADER + leaves]["n"] >> BITS
    _up(h[HEADER + k + 1 : HEADER + leaves + 1])
    h[HEADER + k]["n"] -= half
    h[HEADER + k + 1]["x"], h[HEADER + k + 1]["n"] = h[start + half]["x"], free << BITS | half
    h[LEAVES]["n"] += 1
    to = _start(h, k + 1)
    for j in range(half):
        h[to + j]["x"], h[to + j]["n"] = h[start + half + j]["x"], h[start + half + j]["n"]


@jit
def _drop(h: np.ndarray, k: int) -> None:
    """Free an empty leaf."""
    leaves, free = h[LEAVES]["n"], h[HEADER + k]["n"]
    _down(h[HEADER + k : HEADER + leaves])
    h[HEADER + leaves - 1]["n"] = (free >> BITS) << BITS
    h[LEAVES]["n"] -= 1


@jit
def _join(h: np.ndarray, k: int) -> None:
    """Take the next leaf's values over."""
    start, size, more, source = _start(h, k), _size(h, k), _size(h, k + 1), _start(h, k + 1)
    for j in range(more):
        h[start + size + j]["x"], h[start + size + j]["n"] = h[source + j]["x"], h[source + j]["n"]
    h[HEADER + k]["n"] += more
    _drop(h, k + 1)


@jit
def between(h: np.ndarray, rank: int, weight: float) -> float:
    """What lies between the values of a rank and the next one; ranks are counted from 0."""
    below, k, j = h[BELOW]["n"], h[FINGER]["n"] >> BITS, h[FINGER]["n"] & PLACE
    start, size = _start(h, k), _size(h, k)
    while rank < below:
        if j == 0:
            k -= 1
            start, size = _start(h, k), _size(h, k)
            j = size
        j -= 1
        below -= h[start + j]["n"]
    while rank >= below + h[start + j]["n"]:
        below += h[start + j]["n"]
        j += 1
        if j == size:
            k, j = k + 1, 0
            start, size = _start(h, k), _size(h, k)
    low: float = h[start + j]["x"]
    high = low
    if weight > 0.0 and rank + 1 == below + h[start + j]["n"]:
        following: Item = h[start + j + 1]["x"] if j + 1 < size else h[HEADER + k + 1]["x"]
        high = following
    h[BELOW]["n"], h[FINGER]["x"], h[FINGER]["n"] = below, low, k << BITS | j
    return low + weight * (high - low)
