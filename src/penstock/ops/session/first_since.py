"""The first value of a session."""

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
    value, known, session = s["value"], s["known"], s["session"]
    for i in range(out.size):
        if before[i] != session:
            known, session = 0, before[i]
        if known == 0 and not maths.is_nan(x[i]):
            value, known = x[i], 1
        out[i] = value if known == 1 else np.nan
    s["value"], s["known"], s["session"] = value, known, session


def _oracle(x: F8, before: I8) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(x.size):
        session = x[: t + 1][before[: t + 1] == before[t]]
        known = session[~np.isnan(session)]
        out[t] = known[0] if known.size else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class FirstSince(Operator):
    r"""First known value since the last tick of `reset`, or since the beginning.

    .. math:: y_t = x_{\min \{ i : s_i = s_t, \; x_i = x_i \}}

    Notes
    -----
    Seed: none. NaN: skipped; NaN until a value is known. Warm-up: 1. Unit: that of `x`.
    A session begins with the first tick after the reset.

    References
    ----------
    Murphy, J. J. (1999). Technical Analysis of the Financial Markets, chapter 3: the open.

    Examples
    --------
    >>> evaluate(FirstSince(x), x=[1.0, 3.0, 2.0], clock={"before": [0, 0, 1]})
    [1.0, 1.0, 2.0]
    """

    x: Expr
    reset: Clock = NEVER

    registers: ClassVar = np.dtype([("value", "f8"), ("known", "i8"), ("session", "i8")])
    absolute: ClassVar = {"session": "reset"}
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
