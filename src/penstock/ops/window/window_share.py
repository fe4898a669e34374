"""Share of the events of a time window for which a condition holds."""

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
    out: F8,
    condition: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    registers: np.ndarray,
    width: int,
) -> None:
    s = registers[0]
    known, held, head, tail, last = s["known"], s["held"], s["head"], s["tail"], s["last"]
    for i in range(out.size):
        start = at[i] - width
        if last <= start or tail == head:  # nothing of the last window is left
            tail = max(tail, first)
            while tail < upto[i] and ts[tail - first] <= start:
                tail += 1
            head, known, held = tail, 0, 0
        while head < upto[i]:
            value = condition[head - first]
            known += 0 if maths.is_nan(value) else 1
            held += 0 if maths.is_nan(value) or value == 0.0 else 1
            head += 1
        while tail < head and ts[tail - first] <= start:
            value = condition[tail - first]
            known -= 0 if maths.is_nan(value) else 1
            held -= 0 if maths.is_nan(value) or value == 0.0 else 1
            tail += 1
        last = at[i]
        out[i] = float(held) / float(known) if known > 0 else np.nan
    s["known"], s["held"], s["head"], s["tail"], s["last"] = known, held, head, tail, last


def _oracle(condition: F8, ts: I8, at: I8, upto: I8, width: int) -> F8:
    out = np.full(at.size, np.nan)
    for i in range(at.size):
        inside = condition[(np.arange(condition.size) < upto[i]) & (ts > at[i] - width)]
        known = inside[~np.isnan(inside)]
        if known.size:
            out[i] = np.mean(known != 0.0)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class WindowShare(Operator):
    r"""Share of the ticks of the last `width` of time for which a condition holds.

    .. math:: y_p = \frac{|\{ q \in W(p) : c_q \ne 0 \}|}{|\{ q \in W(p) : c_q = c_q \}|}

    Notes
    -----
    Seed: none. NaN: not counted, neither above nor below; NaN while nothing known is in the window.
    Warm-up: 1. Unit: 1. A condition holds where it is not 0. The window is (t-w, t] at an event and
    [T-w, T) over events at a timed tick.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., section 3.2: the proportion of a sample.

    Examples
    --------
    >>> evaluate(WindowShare(x, width="2s"), condition=[1.0, 0.0, 0.0])
    [1.0, 0.5, 0.0]
    """

    condition: Expr
    width: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype(
        [(name, "i8") for name in ("known", "held", "head", "tail", "last")]
    )
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
