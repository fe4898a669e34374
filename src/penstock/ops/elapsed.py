"""Time since the previous tick."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, at: I8, registers: np.ndarray) -> None:
    s = registers[0]
    last, n = s["last"], s["n"]
    for i in range(out.size):
        # the difference is taken in whole nanoseconds: a stamp has more digits than a float
        out[i] = (at[i] - last) / 1e9 if n > 0 else np.nan
        last = at[i]
        n += 1
    s["last"], s["n"] = last, n


def _oracle(x: F8, at: I8) -> F8:
    return np.concatenate([[np.nan], np.diff(at)])[: at.size] / 1e9


@dataclass(frozen=True, eq=False, repr=False)
class Elapsed(Operator):
    r"""Seconds since the previous tick of a column's clock.

    .. math:: y_t = (\tau_t - \tau_{t-1}) / 10^9

    Notes
    -----
    Seed: none. NaN: the values of `x` are not looked at. Warm-up: 2. Unit: seconds.

    References
    ----------
    Engle, R. F., Russell, J. R. (1998). Autoregressive conditional duration. Econometrica 66(5), 1127-1162.

    Examples
    --------
    >>> evaluate(Elapsed(x), x=[1.0, 3.0, 2.0])
    [nan, 1.0, 1.0]
    """

    x: Expr

    registers: ClassVar = np.dtype([("last", "i8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def warmup(self) -> int:
        return 2

    @property
    def unit(self) -> str:
        return "s"
