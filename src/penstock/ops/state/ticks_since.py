"""Ticks since a condition held."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, condition: F8, registers: np.ndarray) -> None:
    s = registers[0]
    n, seen = s["n"], s["seen"]
    for i in range(out.size):
        n += 1
        if not maths.is_nan(condition[i]) and condition[i] != 0.0:
            n, seen = 0, 1
        out[i] = float(n) if seen == 1 else np.nan
    s["n"], s["seen"] = n, seen


def _oracle(condition: F8) -> F8:
    out = np.full(condition.size, np.nan)
    for t in range(condition.size):
        held = np.flatnonzero((condition[: t + 1] != 0.0) & ~np.isnan(condition[: t + 1]))
        out[t] = t - held[-1] if held.size else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class TicksSince(Operator):
    r"""Ticks since the condition held last; 0 where it holds.

    .. math:: y_t = t - \max \{ i \le t : c_i \ne 0 \}

    Notes
    -----
    Seed: none. NaN: a condition that is NaN does not hold; NaN until one held. Warm-up: 1. Unit: 1.

    References
    ----------
    Cox, D. R. (1962). Renewal Theory, section 5.1: backward recurrence time.

    Examples
    --------
    >>> evaluate(TicksSince(x), condition=[0.0, 1.0, 0.0, 0.0])
    [nan, 0.0, 1.0, 2.0]
    """

    condition: Expr

    registers: ClassVar = np.dtype([("n", "i8"), ("seen", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def unit(self) -> str:
        return ONE
