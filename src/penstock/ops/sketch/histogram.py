"""How many values fell into each of equal bins, so far."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.sketch.bins import check_bins, counted, place


@jit
def _kernel(out: F8, x: F8, history: np.ndarray, low: float, high: float, bins: int) -> None:
    to = out.flat
    for i in range(out.shape[0]):
        number = place(x[i], low, high, bins)
        if number >= 0:
            history[number]["count"] += 1
        for k in range(bins):
            to[i * bins + k] = float(history[k]["count"])


@jit
def _merge(history: np.ndarray, other_history: np.ndarray) -> None:
    for k in range(history.size):
        history[k]["count"] += other_history[k]["count"]


def _oracle(x: F8, low: float, high: float, bins: int) -> F8:
    return np.array([counted(x[: t + 1], low, high, bins) for t in range(x.size)])


@dataclass(frozen=True, eq=False, repr=False)
class Histogram(Operator):
    r"""Counts of the values so far in `bins` equal bins from `low` to `high`.

    .. math:: y_{t,k} = \#\{ i \le t : e_k \le x_i < e_{k+1} \}, \quad e_k = l + k \frac{h - l}{b}

    Notes
    -----
    Seed: none. NaN: a value that is not finite is not counted. Warm-up: 1. Unit: 1; a wide column, a cell
    for each bin. Values below `low` are counted in the first bin, values from `high` on in the last.
    Merges exactly: counts add up. `Cell` picks a bin, `RowSum` is the number of values.

    References
    ----------
    Pearson, K. (1895). Contributions to the mathematical theory of evolution, II. Philosophical
    Transactions of the Royal Society A 186, 343-414.

    Examples
    --------
    >>> evaluate(Histogram(x, low=0.0, high=4.0, bins=2), x=[1.0, 2.0, 9.0, -1.0])[-1]
    [2.0, 2.0]
    """

    x: Expr
    low: float
    high: float
    bins: int

    history: ClassVar = np.dtype([("count", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    merge = staticmethod(_merge)
    example: ClassVar = {"low": -4.0, "high": 12.0, "bins": 8}
    exempt: ClassVar = {"unit": "the edges are in the unit of x"}

    def check(self) -> None:
        check_bins(self, self.low, self.high, self.bins)

    @property
    def history_items(self) -> int:
        return self.bins

    @property
    def cells(self) -> int:
        return self.bins

    @property
    def unit(self) -> str:
        return ONE
