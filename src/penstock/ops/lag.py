"""The value some ticks ago."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8) -> None:
    for i in range(out.size):
        out[i] = x[i]  # x carries `ticks` leading items


def _oracle(x: F8, ticks: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(ticks, x.size):
        out[t] = x[t - ticks]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Lag(Operator):
    r"""Value of a column some ticks ago.

    .. math:: y_t = x_{t-k}

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: `ticks` + 1. Unit: that of `x`.

    References
    ----------
    Box, G. E. P., Jenkins, G. M. (1970). Time Series Analysis, section 1.2: the backward shift operator.

    Examples
    --------
    >>> evaluate(Lag(x, ticks=1), x=[1.0, 3.0, 2.0])
    [nan, 1.0, 3.0]
    """

    x: Expr
    ticks: int

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"ticks": 3}

    def check(self) -> None:
        self.require("ticks must be at least 1", self.ticks >= 1, self.ticks)

    @property
    def lookback(self) -> int:
        return self.ticks

    @property
    def warmup(self) -> int:
        return self.ticks + 1
