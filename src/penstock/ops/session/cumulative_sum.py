"""Sum since a session began."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.streams import NEVER, Clock


@jit
def _kernel(out: F8, x: F8, before: I8, registers: np.ndarray) -> None:
    s = registers[0]
    total, carry, session = s["total"], s["carry"], s["session"]
    for i in range(out.size):
        if before[i] != session:
            total, carry, session = 0.0, 0.0, before[i]
        if maths.is_finite(x[i]):
            total, carry = maths.two_sum(total, carry, x[i])
        out[i] = total + carry
    s["total"], s["carry"], s["session"] = total, carry, session


def _oracle(x: F8, before: I8) -> F8:
    known = np.where(np.isfinite(x), x, 0.0).astype(np.longdouble)
    sums = [known[: t + 1][before[: t + 1] == before[t]].sum() for t in range(x.size)]
    return np.array(sums, float)


@dataclass(frozen=True, eq=False, repr=False)
class CumulativeSum(Operator):
    r"""Sum of a column since the last tick of `reset`, or since the beginning.

    .. math:: y_t = \sum_{i \le t, \; s_i = s_t} x_i

    Notes
    -----
    Seed: 0. NaN: adds nothing, nor does an infinity. Warm-up: 1. Unit: that of `x`.
    A session begins with the first tick after the reset. Compensated.

    References
    ----------
    Neumaier, A. (1974). Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen.
    ZAMM 54, 39-51.

    Examples
    --------
    >>> evaluate(CumulativeSum(x), x=[1.0, 3.0, 2.0], clock={"before": [0, 0, 1]})
    [1.0, 4.0, 2.0]
    """

    x: Expr
    reset: Clock = NEVER

    registers: ClassVar = np.dtype([("total", "f8"), ("carry", "f8"), ("session", "i8")])
    absolute: ClassVar = {"session": "reset"}
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
