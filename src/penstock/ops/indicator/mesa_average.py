"""Ehlers's adaptive averages, quick where the phase of the cycle turns fast."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.indicator import homodyne

WARM = 33  # values before the first output, as TA-Lib has it


@jit
def _kernel(
    mama: F8,
    fama: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    fast: float,
    slow: float,
) -> None:
    s = registers[0]
    for i in range(mama.size):
        value = x[i]
        if maths.is_finite(value):
            homodyne.turn(s, history, value)
            if s["n"] <= homodyne.FIRST:
                s["mama"], s["fama"] = value, value
            else:
                phase = homodyne.phase(s["inphase"], s["quadrature"])
                alpha = max(fast / max(s["phase"] - phase, 1.0), slow)
                s["phase"] = phase
                s["mama"] += alpha * (value - s["mama"])
                s["fama"] += 0.5 * alpha * (s["mama"] - s["fama"])
        known = s["n"] >= WARM
        mama[i], fama[i] = s["mama"] if known else np.nan, s["fama"] if known else np.nan


def _oracle(x: F8, fast: float, slow: float) -> dict[str, F8]:
    known = x[np.isfinite(x)]
    made = homodyne.written_out(known)
    with np.errstate(invalid="ignore", divide="ignore"):
        turned = np.degrees(np.arctan(made["q1"] / made["i1"]))
    phase = np.where(made["i1"] == 0.0, 0.0, turned)
    alpha = np.maximum(fast / np.maximum(-np.diff(phase, prepend=0.0), 1.0), slow)
    out = {name: np.full(x.size, np.nan) for name in ("mama", "fama")}
    mama, fama, at = 0.0, 0.0, np.flatnonzero(np.isfinite(x))
    for k, value in enumerate(known):
        if k < homodyne.FIRST:
            mama = fama = value
        else:
            mama = alpha[k] * value + (1.0 - alpha[k]) * mama
            fama = 0.5 * alpha[k] * mama + (1.0 - 0.5 * alpha[k]) * fama
        if k >= WARM - 1:
            end = at[k + 1] if k + 1 < at.size else x.size
            out["mama"][at[k] : end], out["fama"][at[k] : end] = mama, fama
    return out


@dataclass(frozen=True, eq=False, repr=False)
class MesaAverage(Operator):
    r"""Ehlers's MESA adaptive average and the average that follows it.

    .. math::
        m_t = m_{t-1} + \alpha_t (x_t - m_{t-1}), \quad
        f_t = f_{t-1} + \tfrac{1}{2} \alpha_t (m_t - f_{t-1}), \quad
        \alpha_t = \max \left( \frac{a}{\max(\varphi_{t-1} - \varphi_t, 1)}, b \right)

    with the limits a = `fast` and b = `slow`, and the phase of the price's cycle in degrees, whose arc tangent jumps
    back where a cycle is half over: there the average is quick.

    Notes
    -----
    Seed: the 12th value; TA-Lib starts from 0, which takes long to fade. NaN: skipped, and so is an
    infinity; the last averages stand. Warm-up: 33. Unit: that of `x`.

    References
    ----------
    Ehlers, J. F. (2001). MESA Adaptive Moving Averages. Technical Analysis of Stocks & Commodities
    19(9).

    Examples
    --------
    >>> evaluate(MesaAverage(x), x=[1.0] * 33)["mama"][-2:]
    [nan, 1.0]
    """

    x: Expr
    fast: float = 0.5
    slow: float = 0.05

    outputs: ClassVar = ("mama", "fama")
    registers: ClassVar = np.dtype(
        [*homodyne.REGISTERS, ("phase", "f8"), ("mama", "f8"), ("fama", "f8")]
    )
    history: ClassVar = homodyne.HISTORY
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    def check(self) -> None:
        self.require("fast must be from 0 to 1", 0.0 < self.fast <= 1.0, self.fast)
        self.require("slow must be from 0 to fast", 0.0 < self.slow <= self.fast, self.slow)

    @property
    def history_items(self) -> int:
        return homodyne.ITEMS

    @property
    def warmup(self) -> int:
        return WARM
