"""Whether a size that fell has come back."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, run: F8, x: F8, was: F8, registers: np.ndarray, share: float) -> None:
    s = registers[0]
    last, fallen = s["last"], s["fallen"]  # 0 not yet, 1 fallen, 2 has come back
    for i in range(out.size):
        if run[i] != last:
            last, fallen = run[i], 0
        out[i] = 0.0
        if not maths.is_nan(run[i]) and was[i] > 0.0:
            shown = 0.0 if maths.is_nan(x[i]) else x[i]
            if shown < share * was[i]:
                fallen = 1 if fallen == 0 else fallen
            elif fallen == 1:
                out[i], fallen = 1.0, 2
    s["last"], s["fallen"] = last, fallen


def _oracle(run: F8, x: F8, was: F8, share: float) -> F8:
    out = np.zeros(x.size)
    low = np.nan_to_num(x, nan=0.0, posinf=np.inf, neginf=-np.inf) < share * was
    high = (was > 0.0) & ~low
    start = 0
    for t in range(x.size):
        start = t if t == 0 or run[t] != run[t - 1] else start
        if not np.isnan(run[t]) and high[t]:
            fell = np.flatnonzero(low[start:t] & (was[start:t] > 0.0))
            out[t] = float(fell.size > 0 and not high[start + fell[0] + 1 : t].any())
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Refilled(Operator):
    r"""1 where a size is back at a share of what it was, after it had fallen below it; once in a run.

    .. math:: y_t = 1\{x_t \ge c\, b_t, \; \exists\, s \le i < t : x_i < c\, b_i, \;
              \nexists\, i < j < t : x_j \ge c\, b_j\}

    Notes
    -----
    Seed: 0. NaN: of `run` 0, of `x` a size of 0, of `was` nothing to come back to: 0. Warm-up: 1. Unit: 1. A run
    lasts while `run` has its value; s is its first tick, and `was` what there was before it.

    References
    ----------
    Hautsch, N., Huang, R. (2012). The market impact of a limit order. Journal of Economic Dynamics and Control 36(4),
    501-522.

    Examples
    --------
    >>> evaluate(Refilled(x, y, z, share=0.9), run=[1.0, 1.0, 1.0], x=[5.0, 2.0, 5.0], was=[5.0, 5.0, 5.0])
    [0.0, 0.0, 1.0]
    """

    run: Expr
    x: Expr
    was: Expr
    share: float

    registers: ClassVar = np.dtype([("last", "f8"), ("fallen", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"share": 0.9}
    exempt: ClassVar = {"unit": "x and was are compared"}

    def check(self) -> None:
        self.require("share must be above 0 and at most 1", 0.0 < self.share <= 1.0, self.share)

    @property
    def unit(self) -> str:
        return ONE
