"""Weighted moments since a session began."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.streams import NEVER, Clock


@jit
def _kernel(
    mean: F8,
    std: F8,
    skew: F8,
    kurtosis: F8,
    x: F8,
    weight: F8,
    before: I8,
    registers: np.ndarray,
) -> None:
    s = registers[0]
    anchor, w, m1, m2, m3, m4 = s["anchor"], s["w"], s["m1"], s["m2"], s["m3"], s["m4"]
    session = s["session"]
    for i in range(mean.size):
        if before[i] != session:
            session, w = before[i], 0.0
        q = weight[i]
        if maths.is_finite(x[i]) and maths.is_finite(q) and q > 0.0:
            if w == 0.0:  # about one of its own values a flat session is exactly flat
                anchor, m1, m2, m3, m4 = x[i], 0.0, 0.0, 0.0, 0.0
            total = w + q
            d = (x[i] - anchor) - m1
            new, old = q / total, w / total
            step, square = d * new, d * d * old * q
            m4 += square * d * d * (old * old - old * new + new * new)
            m4 += 6.0 * step * step * m2 - 4.0 * step * m3
            m3 += square * d * (old - new) - 3.0 * step * m2
            m2 += square
            m1 += step
            w = total
        known = w > 0.0
        mean[i] = anchor + m1 if known else np.nan
        std[i] = maths.sqrt(m2 / w) if known else np.nan
        spread = m2 / w if known else 0.0
        skew[i] = maths.divide(m3, w * spread * maths.sqrt(spread)) if known else np.nan
        kurtosis[i] = max(maths.divide(m4, w * spread * spread) - 3.0, -2.0) if known else np.nan
        if spread == 0.0:
            kurtosis[i] = np.nan
    s["anchor"], s["w"], s["m1"], s["m2"], s["m3"], s["m4"] = anchor, w, m1, m2, m3, m4
    s["session"] = session


def _oracle(x: F8, weight: F8, before: I8) -> dict[str, F8]:
    out = {name: np.full(x.size, np.nan) for name in ("mean", "std", "skew", "kurtosis")}
    used = np.isfinite(x) & np.isfinite(weight) & (weight > 0.0)
    for t in range(x.size):
        inside = (np.arange(x.size) <= t) & (before == before[t]) & used
        if inside.any():
            shift, w = x[inside][0], weight[inside].astype(np.longdouble)
            e = (x[inside] - shift).astype(np.longdouble)
            centre = (w * e).sum() / w.sum()
            m2, m3, m4 = ((w * (e - centre) ** k).sum() / w.sum() for k in (2, 3, 4))
            out["mean"][t], out["std"][t] = shift + centre, np.sqrt(m2)
            if (e != 0.0).any():
                out["skew"][t], out["kurtosis"][t] = m3 / m2**1.5, m4 / m2**2 - 3.0
    return out


@dataclass(frozen=True, eq=False, repr=False)
class WeightedMomentsSince(Operator):
    r"""Weighted mean, standard deviation, skewness and excess kurtosis since a session began.

    .. math::
        \bar x = \frac{\sum w_i x_i}{\sum w_i}, \quad
        m_k = \frac{\sum w_i (x_i - \bar x)^k}{\sum w_i}, \quad
        (\bar x, \; \sqrt{m_2}, \; m_3 / m_2^{3/2}, \; m_4 / m_2^2 - 3)

    Notes
    -----
    Seed: none. NaN: a tick whose value is not finite, or whose weight is not finite and positive, is passed over; NaN
    until there is one. Warm-up: 1. Unit: that of `x`; 1 for `skew` and `kurtosis`, which a flat session does not have.
    As if each value came `weight` times: no correction for the size of the sample. A session begins with the first
    tick after the reset.

    References
    ----------
    Pébay, P. (2008). Formulas for robust, one-pass parallel computation of covariances and arbitrary-order
    statistical moments. Sandia Report SAND2008-6212.

    Examples
    --------
    >>> evaluate(WeightedMomentsSince(x, y), x=[1.0, 5.0], weight=[3.0, 1.0])["mean"]
    [1.0, 2.0]
    """

    x: Expr
    weight: Expr
    reset: Clock = NEVER

    outputs: ClassVar = ("mean", "std", "skew", "kurtosis")
    registers: ClassVar = np.dtype(
        [(name, "f8") for name in ("anchor", "w", "m1", "m2", "m3", "m4")] + [("session", "i8")]
    )
    absolute: ClassVar = {"session": "reset"}
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    def unit_of(self, output: str) -> str:
        return self.x.unit if output in ("mean", "std") else ONE
