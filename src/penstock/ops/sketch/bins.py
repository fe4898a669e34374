"""Equal bins from a lowest to a highest value."""

import itertools
import math

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Operator

MOST = 4_096


@jit
def place(value: float, low: float, high: float, bins: int) -> int:
    """The bin of a value, those at the ends for what lies outside; -1 for what is not finite."""
    if not maths.is_finite(value):
        return -1
    if value < low:
        return 0
    if value >= high:
        return bins - 1
    return min(int((value - low) / (high - low) * bins), bins - 1)


def counted(values: F8, low: float, high: float, bins: int) -> F8:
    """The counts by definition: the values between each two edges."""
    edges = np.linspace(low, high, bins + 1)
    edges[0], edges[-1] = -np.inf, np.inf
    finite = values[np.isfinite(values)]
    return np.array(
        [
            np.count_nonzero((finite >= first) & (finite < last))
            for first, last in itertools.pairwise(edges)
        ],
        float,
    )


def check_bins(node: Operator, low: float, high: float, bins: int) -> None:
    """Refuse edges that are none."""
    node.require(f"bins must be from 2 to {MOST}", 2 <= bins <= MOST, bins)
    edges = math.isfinite(low) and math.isfinite(high) and low < high
    node.require("low and high must be finite, low below high", edges, (low, high))
