"""Median of a session."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.streams import NEVER, Clock


@jit
def _kernel(
    out: F8, x: F8, before: I8, registers: np.ndarray, history: np.ndarray, room: int
) -> None:
    s = registers[0]
    n, overflow, session = s["n"], s["overflow"], s["session"]
    for i in range(out.size):
        if before[i] != session:
            n, session = 0, before[i]
        if maths.is_finite(x[i]):
            if n < room:
                place = n
                while place > 0 and history[place - 1]["x"] > x[i]:
                    history[place]["x"] = history[place - 1]["x"]
                    place -= 1
                history[place]["x"] = x[i]
                n += 1
            else:
                overflow += 1
        out[i] = np.nan
        if n > 0:
            out[i] = 0.5 * history[(n - 1) // 2]["x"] + 0.5 * history[n // 2]["x"]
    s["n"], s["overflow"], s["session"] = n, overflow, session


def _oracle(x: F8, before: I8, room: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(x.size):
        session = x[: t + 1][before[: t + 1] == before[t]]
        known = session[np.isfinite(session)][:room]
        out[t] = np.median(known) if known.size else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class MedianSince(Operator):
    r"""Median since the last tick of `reset`, or since the beginning, of the first `room` values.

    .. math:: y_t = \operatorname{med} \{ x_i : i \le t, \; s_i = s_t \}

    Notes
    -----
    Seed: none. NaN: skipped, and so is an infinity; NaN until a value is known. Warm-up: 1. Unit:
    that of `x`. A session begins with the first tick after the reset. Exact; what finds `room`
    values there is counted in the register ``overflow`` and left out.

    References
    ----------
    Hyndman, R. J., Fan, Y. (1996). Sample quantiles in statistical packages. The American
    Statistician 50(4), 361-365.

    Examples
    --------
    >>> evaluate(MedianSince(x), x=[2.0, 3.0, 1.0, 1.5], clock={"before": [0, 0, 0, 1]})
    [2.0, 2.5, 2.0, 1.5]
    """

    x: Expr
    reset: Clock = NEVER
    room: int = 512

    cost: ClassVar = LINEAR
    registers: ClassVar = np.dtype([("n", "i8"), ("overflow", "i8"), ("session", "i8")])
    history: ClassVar = np.dtype([("x", "f8")])
    absolute: ClassVar = {"session": "reset"}
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"room": 5}

    def check(self) -> None:
        self.require("room must be at least 1", self.room >= 1, self.room)

    @property
    def history_items(self) -> int:
        return self.room
