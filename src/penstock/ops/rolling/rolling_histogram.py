"""How many of the last values fell into each of equal bins."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.sketch.bins import check_bins, counted, place


@jit
def _kernel(
    out: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
    low: float,
    high: float,
    bins: int,
) -> None:
    to, seen = out.flat, registers[0]["seen"]
    for i in range(out.shape[0]):
        enters = place(x[i + window], low, high, bins)
        leaves = place(x[i], low, high, bins) if seen >= window else -1
        seen += 1
        if enters >= 0:
            history[enters]["count"] += 1
        if leaves >= 0:
            history[leaves]["count"] -= 1
        for k in range(bins):
            to[i * bins + k] = float(history[k]["count"]) if seen >= window else np.nan
    registers[0]["seen"] = seen


def _oracle(x: F8, window: int, low: float, high: float, bins: int) -> F8:
    out = np.full((x.size, bins), np.nan)
    for t in range(window - 1, x.size):
        out[t] = counted(x[t - window + 1 : t + 1], low, high, bins)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingHistogram(Operator):
    r"""Counts of the last `window` values in `bins` equal bins from `low` to `high`.

    .. math:: y_{t,k} = \#\{ t - w < i \le t : e_k \le x_i < e_{k+1} \}, \quad e_k = l + k \frac{h - l}{b}

    Notes
    -----
    Seed: none. NaN: a value that is not finite is in no bin, but in the window. Warm-up: `window`.
    Unit: 1; a wide column, a cell for each bin. Values below `low` are counted in the first bin, values
    from `high` on in the last.

    References
    ----------
    Pearson, K. (1895). Contributions to the mathematical theory of evolution, II. Philosophical
    Transactions of the Royal Society A 186, 343-414.

    Examples
    --------
    >>> evaluate(RollingHistogram(x, window=2, low=0.0, high=4.0, bins=2), x=[1.0, 2.0, 9.0])[-1]
    [0.0, 2.0]
    """

    x: Expr
    window: int
    low: float
    high: float
    bins: int

    registers: ClassVar = np.dtype([("seen", "i8")])
    history: ClassVar = np.dtype([("count", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7, "low": -4.0, "high": 12.0, "bins": 8}
    exempt: ClassVar = {"unit": "the edges are in the unit of x"}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)
        check_bins(self, self.low, self.high, self.bins)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.bins

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def cells(self) -> int:
        return self.bins

    @property
    def unit(self) -> str:
        return ONE
