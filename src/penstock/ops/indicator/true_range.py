"""True range of a bar."""

from dataclasses import dataclass

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, high: F8, low: F8, close: F8) -> None:
    for i in range(out.size):
        top, bottom, last = high[i + 1], low[i + 1], close[i]
        out[i] = max(top, last) - min(bottom, last)
        if not (maths.is_finite(top) & maths.is_finite(bottom) & maths.is_finite(last)):
            out[i] = np.nan


def _oracle(high: F8, low: F8, close: F8) -> F8:
    out = np.full(high.size, np.nan)
    for t in range(1, high.size):
        known = (high[t] - low[t], high[t] - close[t - 1], low[t] - close[t - 1])
        if not np.isfinite(known).all():
            continue
        out[t] = max(map(abs, known))
        if high[t] < low[t]:  # no bar: the range from the higher of high and close
            out[t] = max(high[t], close[t - 1]) - min(low[t], close[t - 1])
    return out


@dataclass(frozen=True, eq=False, repr=False)
class TrueRange(Operator):
    r"""Range of a bar with the gap from the previous close.

    .. math:: y_t = \max(h_t, c_{t-1}) - \min(l_t, c_{t-1})

    Notes
    -----
    Seed: none. NaN: NaN where high, low or the previous close is not finite. Warm-up: 2. Unit: that
    of the operands. Equal to the largest of ``h - l``, ``|h - c|`` and ``|l - c|`` where the high is not below
    the low.

    References
    ----------
    Wilder, J. W. (1978). New Concepts in Technical Trading Systems. Trend Research, section III.

    Examples
    --------
    >>> evaluate(TrueRange(x, y, z), high=[2.0, 5.0], low=[1.0, 4.0], close=[1.5, 4.5])
    [nan, 3.5]
    """

    high: Expr
    low: Expr
    close: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    def check(self) -> None:
        units = {x.unit for x in self.operands}
        self.require("all operands must have one unit", len(units) == 1, sorted(units))

    @property
    def lookback(self) -> int:
        return 1

    @property
    def warmup(self) -> int:
        return 2
