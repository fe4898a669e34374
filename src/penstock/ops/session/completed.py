"""The last value of the session before."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.streams import NEVER, Clock


@jit
def _kernel(out: F8, x: F8, before: I8, registers: np.ndarray) -> None:
    s = registers[0]
    last, value, session, state = s["last"], s["value"], s["session"], s["state"]
    for i in range(out.size):
        if state == 0:  # the first session has none before it, however many resets came earlier
            session, state = before[i], 1
        elif before[i] != session:
            value, session, state = last, before[i], 2
        last = x[i]
        out[i] = value if state == 2 else np.nan
    s["last"], s["value"], s["session"], s["state"] = last, value, session, state


def _oracle(x: F8, before: I8) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(x.size):
        earlier = x[:t][before[:t] < before[t]]
        if earlier.size:
            out[t] = earlier[-1]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Completed(Operator):
    r"""Value at the last tick before the current session began.

    .. math:: y_t = x_{\max \{ i : s_i < s_t \}}

    Notes
    -----
    Seed: none. NaN: passed on; NaN in the first session. Warm-up: one session.
    Unit: that of `x`. A session without ticks is passed over.

    References
    ----------
    Murphy, J. J. (1999). Technical Analysis of the Financial Markets, chapter 3: the close.

    Examples
    --------
    >>> evaluate(Completed(x), x=[1.0, 3.0, 2.0], clock={"before": [0, 0, 1]})
    [nan, nan, 3.0]
    """

    x: Expr
    reset: Clock = NEVER

    registers: ClassVar = np.dtype(
        [("last", "f8"), ("value", "f8"), ("session", "i8"), ("state", "i8")]
    )
    absolute: ClassVar = {"session": "reset"}
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"warmup": "counted in sessions, not in ticks"}
