"""The test of Page and Hinkley."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(up: F8, down: F8, x: F8, registers: np.ndarray, delta: float) -> None:
    s = registers[0]
    anchor, total, n = s["anchor"], s["total"], s["n"]
    high, low = s["high"], s["low"]
    for i in range(up.size):
        if maths.is_finite(x[i]):
            anchor = x[i] if n == 0 else anchor
            n += 1
            total += x[i] - anchor
            gone = (x[i] - anchor) - total / n
            # a sum less its smallest value so far is reflected at 0
            high, low = max(0.0, high + (gone - delta)), max(0.0, low - (gone + delta))
        up[i], down[i] = (high, low) if n > 0 else (np.nan, np.nan)
    s["anchor"], s["total"], s["n"] = anchor, total, n
    s["high"], s["low"] = high, low


def _oracle(x: F8, delta: float) -> dict[str, F8]:
    out = {name: np.full(x.size, np.nan) for name in ("up", "down")}
    for t in range(x.size):
        known = x[: t + 1][np.isfinite(x[: t + 1])]
        if not known.size:
            continue
        shifted = (known - known[0]).astype(np.longdouble)
        gone = shifted - np.cumsum(shifted) / np.arange(1, known.size + 1)
        for name, sign in (("up", 1.0), ("down", -1.0)):
            total = np.concatenate([[0.0], np.cumsum(sign * gone - delta)])
            out[name][t] = total[-1] - total.min()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class PageHinkley(Operator):
    r"""Cumulative distance to the running mean, less its extreme so far.

    .. math:: m_t = m_{t-1} + x_t - \bar x_t - \delta, \quad y^+_t = m_t - \min_{i \le t} m_i

    Notes
    -----
    Seed: m before the first value is 0. NaN: skipped, and so is an infinity; the last values stand.
    Warm-up: 1. Unit: that of `x`, and of `delta`. `up` grows when the mean rises, `down` when it
    falls; a change is where it exceeds a limit.

    References
    ----------
    Page, E. S. (1954). Continuous inspection schemes. Biometrika 41, 100-115. Hinkley, D. V.
    (1971). Inference about the change-point from cumulative sum tests. Biometrika 58, 509-523.

    Examples
    --------
    >>> evaluate(PageHinkley(x, delta=0.0), x=[1.0, 1.0, 4.0])["up"]
    [0.0, 0.0, 2.0]
    """

    x: Expr
    delta: float

    outputs: ClassVar = ("up", "down")
    registers: ClassVar = np.dtype(
        [(name, "f8") for name in ("anchor", "total", "high", "low")] + [("n", "i8")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"delta": 0.1}
    exempt: ClassVar = {"unit": "delta is in the unit of x"}

    def check(self) -> None:
        self.require("delta must be at least 0", self.delta >= 0.0, self.delta)
