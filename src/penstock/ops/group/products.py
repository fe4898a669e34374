"""Sums of products of deviations of every pair of members over a count window.

The history holds, one after the other: per member an anchor, the sum of deviations from it, the run
of equal values, the number of values that are not finite, the largest sum of squares since the last
re-anchoring, and the deviations of the value that enters and of the one that leaves; then the sums
of products of deviations, row by row of the lower triangle. A member is re-anchored at the mean of
its window every `window` ticks, and at once when its sum of squares has shrunk or its deviations
have drifted so far that rounding could show; this costs one pass over its window.
"""

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit

SUM, RUN, BAD, PEAK, ENTERS, LEAVES, PRODUCTS = 1, 2, 3, 4, 5, 6, 7  # anchors are at 0


@jit
def pair(members: int, i: int, j: int) -> int:
    """Where the sum of products of two members lies."""
    high, low = max(i, j), min(i, j)
    return PRODUCTS * members + high * (high + 1) // 2 + low


@jit
def deviation(value: float, anchor: float) -> float:
    """Distance to an anchor; 0 for what is not finite."""
    return value - anchor if maths.is_finite(value) else 0.0


@jit
def anchor_at_mean(x: F8, h: np.ndarray, start: int, stop: int, k: int) -> None:
    """Re-anchor a member at the mean of a window, and sum its products anew."""
    members, count, total = x.shape[1], 0, 0.0
    for t in range(start, stop):
        if maths.is_finite(x[t, k]):
            total += x[t, k]
            count += 1
    anchor = total / count if count > 0 else 0.0
    h[k]["value"], h[SUM * members + k]["value"] = anchor, 0.0
    for j in range(members):
        h[pair(members, k, j)]["value"] = 0.0
    for t in range(start, stop):
        away = deviation(x[t, k], anchor)
        h[SUM * members + k]["value"] += away
        for j in range(members):
            h[pair(members, k, j)]["value"] += away * deviation(x[t, j], h[j]["value"])
    h[PEAK * members + k]["value"] = h[pair(members, k, k)]["value"]


@jit
def slide(x: F8, h: np.ndarray, new: int, window: int, n: int) -> None:
    """Take in a tick and let one go."""
    members = x.shape[1]
    for k in range(members):
        value, left = x[new, k], x[new - window, k]
        same = n > 0 and value == x[new - 1, k]
        h[RUN * members + k]["value"] = h[RUN * members + k]["value"] + 1.0 if same else 1.0
        bad = 0.0 if maths.is_finite(value) else 1.0
        bad -= 0.0 if n < window or maths.is_finite(left) else 1.0
        h[BAD * members + k]["value"] += bad
        anchor = h[k]["value"]
        h[ENTERS * members + k]["value"] = deviation(value, anchor)
        h[LEAVES * members + k]["value"] = deviation(left, anchor) if n >= window else 0.0
        change = h[ENTERS * members + k]["value"] - h[LEAVES * members + k]["value"]
        h[SUM * members + k]["value"] += change
    cell = PRODUCTS * members
    for i in range(members):
        enters, leaves = h[ENTERS * members + i]["value"], h[LEAVES * members + i]["value"]
        for j in range(i + 1):
            h[cell]["value"] += enters * h[ENTERS * members + j]["value"]
            h[cell]["value"] -= leaves * h[LEAVES * members + j]["value"]
            cell += 1


@jit
def settle(x: F8, h: np.ndarray, new: int, window: int, n: int) -> None:
    """Re-anchor the members whose turn it is, and those that rounding could show in."""
    members, count = x.shape[1], min(n + 1, window)
    for k in range(members):
        squares, total = h[pair(members, k, k)]["value"], h[SUM * members + k]["value"]
        peak = max(h[PEAK * members + k]["value"], squares)
        h[PEAK * members + k]["value"] = peak
        drift = total * total / count
        sound = squares >= 0.02 * peak and drift <= 100.0 * (squares - drift)
        if n % window == k * window // members or not (sound and maths.is_finite(squares)):
            anchor_at_mean(x, h, new + 1 - count, new + 1, k)


def history_size(members: int) -> int:
    """Items of the history."""
    return PRODUCTS * members + members * (members + 1) // 2
