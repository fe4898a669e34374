"""Quantile of what was counted in equal bins."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.core.units import ONE
from penstock.expr import Column, Expr, Operator
from penstock.ops.sketch.bins import check_bins
from penstock.streams import Stream

FREE = Stream(EventType("row", "Counts of an example.", (Field("size", "1", width=5),)))


@jit
def _kernel(out: F8, size: F8, q: float, low: float, high: float, bins: int) -> None:
    wide = (high - low) / bins
    for i in range(out.size):
        total, sound = 0.0, True
        for k in range(i * bins, (i + 1) * bins):
            sound = sound and maths.is_finite(size[k]) and size[k] >= 0.0
            total += size[k]
        out[i] = np.nan
        if not sound or total <= 0.0:
            continue
        wanted, below = q * total, 0.0
        for k in range(bins):
            count = size[i * bins + k]
            if count > 0.0:
                # rounding may leave the last bin a little below what is wanted
                share = min(max((wanted - below) / count, 0.0), 1.0)
                out[i] = low + (k + share) * wide
                if below + count >= wanted:
                    break
            below += count


def _oracle(size: F8, q: float, low: float, high: float) -> F8:
    edges = np.linspace(low, high, size.shape[1] + 1)
    out = np.full(size.shape[0], np.nan)
    for t, row in enumerate(size):
        if np.isfinite(row).all() and (row >= 0.0).all() and row.sum() > 0.0:
            below = np.concatenate([[0.0], np.cumsum(row)])
            full = np.flatnonzero(row > 0.0)
            wanted = q * below[-1]
            bin_ = next((k for k in full if below[k + 1] >= wanted), full[-1])
            out[t] = np.interp(wanted, below[bin_ : bin_ + 2], edges[bin_ : bin_ + 2])
    return out


@dataclass(frozen=True, eq=False, repr=False)
class BinQuantile(Operator):
    r"""Quantile from the counts in equal bins from `low` to `high`, linear within a bin.

    .. math:: y_t = e_k + \frac{q N_t - C_{t,k-1}}{c_{t,k}} \frac{h - l}{b}, \quad
        k = \min \{ j : C_{t,j} \ge q N_t, \; c_{t,j} > 0 \}, \quad C_{t,j} = \sum_{i \le j} c_{t,i}

    Notes
    -----
    Seed: none. NaN: NaN where a count is not finite or below 0, and where nothing was counted. Warm-up: 1.
    Unit: that of what was counted where `size` is a histogram, else 1. Within one bin of the quantile
    of the values, for values from `low` to `high`: what lies outside was counted at the ends. Any
    number of quantiles share one histogram.

    References
    ----------
    Hyndman, R. J., Fan, Y. (1996). Sample quantiles in statistical packages. The American
    Statistician 50(4), 361-365.

    Examples
    --------
    >>> node = BinQuantile(**BinQuantile.example | {"q": 0.5, "low": 0.0, "high": 5.0})
    >>> evaluate(node, size=[[1.0, 0.0, 2.0, 1.0, 0.0]])
    [2.5]
    """

    size: Expr
    q: float
    low: float
    high: float

    flat: ClassVar = True
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"size": Column(FREE, "size"), "q": 0.25, "low": 2.0, "high": 12.0}
    exempt: ClassVar = {"unit": "the edges are in the unit of what was counted"}

    def check(self) -> None:
        self.require("q must be from 0 to 1", 0.0 <= self.q <= 1.0, self.q)
        check_bins(self, self.low, self.high, self.bins)

    @property
    def bins(self) -> int:
        """Cells of a row."""
        return self.size.cells

    @property
    def unit(self) -> str:
        counted = getattr(self.size, "x", None)
        return counted.unit if isinstance(counted, Expr) else ONE
