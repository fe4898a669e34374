"""The last known value."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, ticks: int) -> None:
    s = registers[0]
    value, age = s["value"], s["age"]  # age counts from 1; 0 is never
    for i in range(out.size):
        if not maths.is_nan(x[i]):
            value, age = x[i], 1
        elif age > 0:
            age += 1
        out[i] = value if 0 < age <= ticks + 1 else np.nan
    s["value"], s["age"] = value, age


def _oracle(x: F8, ticks: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(x.size):
        recent = x[max(t - ticks, 0) : t + 1]
        known = recent[~np.isnan(recent)]
        out[t] = known[-1] if known.size else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class LastKnown(Operator):
    r"""Last value that was no NaN, for so many ticks.

    .. math:: y_t = x_{\max \{ i \le t : x_i = x_i \}}, \quad t - i \le k

    Notes
    -----
    Seed: none. NaN: the last known value, at most `ticks` old; then NaN. Warm-up: 1. Unit: that of
    `x`.

    References
    ----------
    Little, R. J. A., Rubin, D. B. (2019). Statistical Analysis with Missing Data, 3rd edition,
    section 4.5: last observation carried forward.

    Examples
    --------
    >>> evaluate(LastKnown(x, ticks=1), x=[1.0, float("nan"), float("nan")])
    [1.0, 1.0, nan]
    """

    x: Expr
    ticks: int

    registers: ClassVar = np.dtype([("value", "f8"), ("age", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"ticks": 2}

    def check(self) -> None:
        self.require("ticks must be at least 1", self.ticks >= 1, self.ticks)
