"""Mean, variance, standard deviation, skewness and kurtosis over the last ticks.

Powers of the distance to an anchor are summed. Every `window` ticks the newest value becomes the
anchor and the sums over what is still to leave are laid out from it back (`history`); in between
only the sums over what has entered grow. Nothing is ever subtracted, so a value leaves without a
trace; and the anchor is always one of the window's own values, so (anchor - mean)^2 <= window *
variance: cancellation is bounded at every level, and a flat window gives exactly 0.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE, power
from penstock.expr import Expr, Operator


@jit
def _lay_out(history: np.ndarray, x: F8, start: int, window: int, anchor: float) -> None:
    s1, s2, s3, s4 = 0.0, 0.0, 0.0, 0.0
    for j in range(window - 1, -1, -1):
        e = x[start + j] - anchor
        q = e * e
        s1, s2, s3, s4 = s1 + e, s2 + q, s3 + q * e, s4 + q * q
        rest = history[j]
        rest["s1"], rest["s2"], rest["s3"], rest["s4"] = s1, s2, s3, s4


@jit
def _kernel(
    mean: F8,
    variance: F8,
    std: F8,
    skew: F8,
    kurtosis: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
    share: float,
    skew_factor: float,
    kurtosis_factor: float,
) -> None:
    s = registers[0]
    p1, p2, p3, p4 = s["s1"], s["s2"], s["s3"], s["s4"]
    anchor, entered, full = s["anchor"], s["entered"], s["full"]
    inner = 1.0 / (window - 1)
    for i in range(mean.size):
        entered += 1
        new = x[i + window]
        if entered == window:
            # what is not finite spoils every window that this anchor serves
            anchor = new if maths.is_finite(new) else 0.0
            _lay_out(history, x, i + 1, window, anchor)
            p1, p2, p3, p4, entered, full = 0.0, 0.0, 0.0, 0.0, 0, 1
        else:
            e = new - anchor
            q = e * e
            p1, p2, p3, p4 = p1 + e, p2 + q, p3 + q * e, p4 + q * q
        rest = history[entered]
        s1, s2, s3, s4 = rest["s1"] + p1, rest["s2"] + p2, rest["s3"] + p3, rest["s4"] + p4
        d = s1 * share
        square = s2 - s1 * d
        m2 = square * share
        m3 = (s3 - 3.0 * d * s2) * share + 2.0 * d * d * d
        m4 = (s4 - 4.0 * d * s3 + 6.0 * d * d * s2) * share - 3.0 * d * d * d * d
        root = maths.sqrt(m2)
        known = full == 1 and maths.is_finite(s1)
        mean[i] = anchor + d if known else np.nan
        variance[i] = square * inner if known else np.nan
        std[i] = maths.sqrt(square * inner) if known else np.nan
        skew[i] = skew_factor * maths.divide(m3, m2 * root) if known else np.nan
        ratio = (window + 1) * maths.divide(m4, m2 * m2)
        kurtosis[i] = kurtosis_factor * (ratio - 3.0 * (window - 1)) if known else np.nan
    s["s1"], s["s2"], s["s3"], s["s4"] = p1, p2, p3, p4
    s["anchor"], s["entered"], s["full"] = anchor, entered, full


def _oracle(x: F8, window: int) -> dict[str, F8]:
    w, names = window, ("mean", "variance", "std", "skew", "kurtosis")
    out = {name: np.full(x.size, np.nan) for name in names}
    for t in range(w - 1, x.size):
        values = x[t - w + 1 : t + 1]
        if not np.isfinite(values).all():
            continue
        shifted = (values - values[0]).astype(np.longdouble)
        mean = values[0] + shifted.mean()
        m2, m3, m4 = (np.mean((shifted - shifted.mean()) ** k) for k in (2, 3, 4))
        out["mean"][t], out["variance"][t] = mean, m2 * w / (w - 1)
        out["std"][t] = np.sqrt(out["variance"][t])
        flat = (values == values[0]).all()
        if w > 2 and not flat:
            out["skew"][t] = np.sqrt(w * (w - 1)) / (w - 2) * m3 / m2**1.5
        if w > 3 and not flat:
            excess = (w + 1) * m4 / m2**2 - 3 * (w - 1)
            out["kurtosis"][t] = (w - 1) / ((w - 2) * (w - 3)) * excess
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingMoments(Operator):
    r"""Mean, variance, standard deviation, skewness and excess kurtosis of the last values.

    .. math::
        m_k = \frac{1}{w} \sum_{i=t-w+1}^{t} (x_i - \bar x_t)^k, \quad
        s^2 = \frac{w}{w-1} m_2, \quad
        G_1 = \frac{\sqrt{w(w-1)}}{w-2} \frac{m_3}{m_2^{3/2}}, \quad
        G_2 = \frac{w-1}{(w-2)(w-3)} \left( (w+1) \frac{m_4}{m_2^2} - 3 (w-1) \right)

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x`, its square for the variance, none for skewness and kurtosis. A flat window has
    variance 0 and neither skewness nor kurtosis; skewness needs a window of 3, kurtosis one of 4.

    References
    ----------
    Joanes, D. N., Gill, C. A. (1998). Comparing measures of sample skewness and kurtosis. The
    Statistician 47, 183-189. Chan, T. F., Golub, G. H., LeVeque, R. J. (1983). Algorithms for
    computing the sample variance. The American Statistician 37(3), 242-247.

    Examples
    --------
    >>> evaluate(RollingMoments(x, window=3), x=[1.0, 2.0, 6.0])["variance"]
    [nan, nan, 7.0]
    """

    x: Expr
    window: int

    outputs: ClassVar = ("mean", "variance", "std", "skew", "kurtosis")
    registers: ClassVar = np.dtype(
        [(name, "f8") for name in ("s1", "s2", "s3", "s4", "anchor")]
        + [("entered", "i8"), ("full", "i8")]
    )
    history: ClassVar = np.dtype([(name, "f8") for name in ("s1", "s2", "s3", "s4")])
    ahead: ClassVar = "entered"
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)

    @property
    def share(self) -> float:
        """The weight of one value."""
        return 1.0 / self.window

    @property
    def skew_factor(self) -> float:
        """What adjusts the skewness for its bias; NaN where the window is too short."""
        w = self.window
        return float(np.sqrt(w * (w - 1)) / (w - 2)) if w > 2 else np.nan

    @property
    def kurtosis_factor(self) -> float:
        """What adjusts the kurtosis for its bias; NaN where the window is too short."""
        w = self.window
        return (w - 1) / ((w - 2) * (w - 3)) if w > 3 else np.nan

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window

    def unit_of(self, output: str) -> str:
        if output == "variance":
            return power(self.x.unit, 2)
        return self.x.unit if output in ("mean", "std") else ONE
