"""For how many seconds a value has stood."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8, at: I8, registers: np.ndarray) -> None:
    s = registers[0]
    for i in range(out.size):
        if s["n"] == 0 or x[i] != s["x"]:
            s["x"], s["since"], s["n"] = x[i], at[i], 1
        # the difference is taken in whole nanoseconds: a stamp has more digits than a float
        out[i] = np.nan if maths.is_nan(x[i]) else (at[i] - s["since"]) / 1e9


def _oracle(x: F8, at: I8) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(x.size):
        if not np.isnan(x[t]):
            changes = np.flatnonzero(x[: t + 1] != x[t])
            start = changes[-1] + 1 if changes.size else 0
            out[t] = int(at[t] - at[start]) / 1e9
    return out


@dataclass(frozen=True, eq=False, repr=False)
class StandingTime(Operator):
    r"""Seconds since a column became what it is.

    .. math:: y_t = (\tau_t - \min \{ \tau_r : x_s = x_t \; \forall s \in [r, t] \}) / 10^9

    Notes
    -----
    Seed: none. NaN: NaN, and the next value begins to stand. Warm-up: 1. Unit: seconds. ``RunLength`` counts the
    ticks; with ``Age`` it is the time at a tick of another clock.

    References
    ----------
    Cox, D. R. (1962). Renewal Theory, section 5.1: backward recurrence time.

    Examples
    --------
    >>> evaluate(StandingTime(x), x=[5.0, 5.0, 6.0])
    [0.0, 1.0, 0.0]
    """

    x: Expr

    registers: ClassVar = np.dtype([("x", "f8"), ("since", "i8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def unit(self) -> str:
        return "s"
