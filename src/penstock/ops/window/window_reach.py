"""How much of a time window there has been."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr, Operator
from penstock.streams import Clock


@jit
def _kernel(
    out: F8, x: F8, ts: I8, first: int, at: I8, upto: I8, registers: np.ndarray, width: int
) -> None:
    s = registers[0]
    start, known, begun = s["start"], s["known"], s["begun"]
    for i in range(out.size):
        if known == 0 and upto[i] > begun:
            # a first tick that is no longer kept is older than the window
            start, known = ts[begun - first] if begun >= first else at[i] - width, 1
        out[i] = min(at[i] - start, width) / 1e9 if known == 1 else np.nan
    s["start"], s["known"] = start, known


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int) -> F8:
    begun = [
        (min(t - int(ts[0]), width) / 1e9) if n > 0 else np.nan
        for t, n in zip(at, upto, strict=True)
    ]
    return np.array(begun, float)


@dataclass(frozen=True, eq=False, repr=False)
class WindowReach(Operator):
    r"""Seconds of the last `width` of time that are not before the first tick of a column.

    .. math:: y_p = \min(w, \, t_p - t_1) / 10^9

    Notes
    -----
    Seed: none. NaN: before the first tick; the values of `x` are not looked at. Warm-up: 1. Unit:
    seconds. What a count in a window is divided by while the window is longer than the stream.

    References
    ----------
    Cox, D. R., Lewis, P. A. W. (1966). The Statistical Analysis of Series of Events, section 2.2:
    a rate is a count over the time that was observed.

    Examples
    --------
    >>> evaluate(WindowReach(x, width="2s"), x=[1.0, 3.0, 2.0, 2.0])
    [0.0, 1.0, 2.0, 2.0]
    """

    x: Expr
    width: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype([("start", "i8"), ("known", "i8"), ("begun", "i8")])
    absolute: ClassVar = {"begun": "source"}  # the tick that the operator begins with
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "5s"}

    def check(self) -> None:
        self.require("width must be positive", self.width > 0, self.width)

    @property
    def retention(self) -> int:
        return self.width

    @property
    def unit(self) -> str:
        return "s"
