"""Largest value of a session."""

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
    best, known, session = s["best"], s["known"], s["session"]
    for i in range(out.size):
        if before[i] != session:
            known, session = 0, before[i]
        if maths.is_finite(x[i]) and (known == 0 or x[i] > best):
            best, known = x[i], 1
        out[i] = best if known == 1 else np.nan
    s["best"], s["known"], s["session"] = best, known, session


def _oracle(x: F8, before: I8) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(x.size):
        session = x[: t + 1][before[: t + 1] == before[t]]
        known = session[np.isfinite(session)]
        out[t] = known.max() if known.size else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class MaxSince(Operator):
    r"""Largest value since the last tick of `reset`, or since the beginning.

    .. math:: y_t = \max \{ x_i : i \le t, \; s_i = s_t \}

    Notes
    -----
    Seed: none. NaN: skipped, and so is an infinity; NaN until a value is known. Warm-up: 1. Unit:
    that of `x`. A session begins with the first tick after the reset. The drawdown is `x` by it,
    less 1.

    References
    ----------
    Magdon-Ismail, M., Atiya, A. F. (2004). Maximum drawdown. Risk 17(10), 99-102.

    Examples
    --------
    >>> evaluate(MaxSince(x), x=[2.0, 3.0, 1.0, 1.5], clock={"before": [0, 0, 0, 1]})
    [2.0, 3.0, 3.0, 1.5]
    """

    x: Expr
    reset: Clock = NEVER

    registers: ClassVar = np.dtype([("best", "f8"), ("known", "i8"), ("session", "i8")])
    absolute: ClassVar = {"session": "reset"}
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
