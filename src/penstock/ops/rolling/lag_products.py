"""Sums of products of a window's values with those before them, for all pairs of lags up to an order.

A history holds, for `order` + 1 lags from 0 on, the square of their products, their means, and what is kept from tick
to tick: the products of the value itself with its lags, about an anchor. Those of the lags with each other differ from
these by products at the edges of the window.
"""

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit


@jit
def products(h: np.ndarray, values: F8, order: int) -> None:
    """Means of the value and its lags, and the lower triangle of their products about them."""
    side, rows = order + 1, values.size - order
    first = values[0]
    for a in range(side):
        part, total = values[order - a : order - a + rows], 0.0
        for j in range(part.size):
            total += part[j] - first
        mean, total = first + total / rows, 0.0
        for j in range(part.size):  # again: the first value may be far from the others
            total += part[j] - mean
        h[side * side + a]["value"] = mean + total / rows
    for a in range(side):
        one, mean = values[order - a : order - a + rows], h[side * side + a]["value"]
        for b in range(a + 1):
            two, other = values[order - b : order - b + rows], h[side * side + b]["value"]
            total = 0.0
            for j in range(one.size):
                total += (one[j] - mean) * (two[j] - other)
            h[a * side + b]["value"] = total


@jit
def lay(kept: np.ndarray, values: F8, order: int) -> tuple[float, float, float]:
    """Keep the products of the value with its lags; returns the anchor, the sum about it, and that of all squares."""
    first, anchor = values[0], 0.0
    for j in range(values.size):
        anchor += values[j] - first
    anchor = first + anchor / values.size
    total, squares = 0.0, 0.0
    for j in range(order):
        squares += (values[j] - anchor) * (values[j] - anchor)
    for b in range(order + 1):
        product, now, then = 0.0, values[order:], values[order - b :]
        for j in range(now.size):
            product += (now[j] - anchor) * (then[j] - anchor)
        kept[b]["value"] = product
    for j in range(order, values.size):
        total += values[j] - anchor
    return anchor, total, squares + kept[0]["value"]


@jit
def centre(h: np.ndarray, values: F8, anchor: float, total: float, order: int) -> float:
    """What `products` gives, from what is kept; returns the least sum of squares of a lag."""
    side, rows, newest = order + 1, values.size - order, values.size - 1
    kept, sums = h[side * side + side :], h[side * side :]
    for a in range(side):
        h[a * side]["value"] = kept[a]["value"]
        sums[a]["value"] = total
        if a > 0:  # the lag before, one tick later: the first value enters, the last leaves
            enters, leaves = values[order - a] - anchor, values[newest - a + 1] - anchor
            for b in range(1, a + 1):
                edge = enters * (values[order - b] - anchor)
                edge -= leaves * (values[newest - b + 1] - anchor)
                h[a * side + b]["value"] = h[(a - 1) * side + b - 1]["value"] + edge
            sums[a]["value"] = sums[a - 1]["value"] + (enters - leaves)
    least = h[0]["value"]
    for a in range(side):
        mean = sums[a]["value"] / rows
        for b in range(a + 1):
            h[a * side + b]["value"] -= mean * sums[b]["value"]
        least = min(least, h[a * side + a]["value"])
    for a in range(side):
        sums[a]["value"] = anchor + sums[a]["value"] / rows
    return least
