"""Known values in a time window."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import ONE
from penstock.expr import VIEW, Expr, Operator
from penstock.streams import Clock


@jit
def _kernel(
    out: F8, x: F8, ts: I8, first: int, at: I8, upto: I8, registers: np.ndarray, width: int
) -> None:
    s = registers[0]
    n, head, tail, last = s["n"], s["head"], s["tail"], s["last"]
    for i in range(out.size):
        start = at[i] - width
        if last <= start or tail == head:  # nothing of the last window is left
            tail = max(tail, first)
            while tail < upto[i] and ts[tail - first] <= start:
                tail += 1
            head, n = tail, 0
        while head < upto[i]:
            n += 0 if maths.is_nan(x[head - first]) else 1
            head += 1
        while tail < head and ts[tail - first] <= start:
            n -= 0 if maths.is_nan(x[tail - first]) else 1
            tail += 1
        last = at[i]
        out[i] = float(n)
    s["n"], s["head"], s["tail"], s["last"] = n, head, tail, last


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int) -> F8:
    seen = np.arange(x.size)[None, :] < upto[:, None]
    inside = seen & (ts[None, :] > at[:, None] - width)
    return (inside & ~np.isnan(x)[None, :]).sum(axis=1).astype(float)


@dataclass(frozen=True, eq=False, repr=False)
class WindowCount(Operator):
    r"""Known values in the last `width` of time.

    .. math:: y_p = |\{ q \in W(p) : x_q = x_q \}|

    Notes
    -----
    Seed: none. NaN: not counted; infinities are. Warm-up: 1; an empty window is 0. Unit: 1.
    The window is (t-w, t] at an event and [T-w, T) over events at a timed tick.

    References
    ----------
    ISO/IEC 9075-2, section 10.9: COUNT ignores what is not known.

    Examples
    --------
    >>> evaluate(WindowCount(x, width="2s"), x=[1.0, 3.0, 2.0])
    [1.0, 2.0, 2.0]
    """

    x: Expr
    width: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype([("n", "i8"), ("head", "i8"), ("tail", "i8"), ("last", "i8")])
    absolute: ClassVar = {"head": "source", "tail": "source"}
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
        return ONE
