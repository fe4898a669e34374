"""Mean, variance, skewness and kurtosis of everything so far."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE, power
from penstock.expr import Expr, Operator

SUMS = ("mean", "m2", "m3", "m4")


@jit
def _kernel(mean: F8, variance: F8, skew: F8, kurtosis: F8, x: F8, registers: np.ndarray) -> None:
    s = registers[0]
    mu, m2, m3, m4, n = s["mean"], s["m2"], s["m3"], s["m4"], s["n"]
    mu_rest, rest2, rest3, rest4 = s["mean_rest"], s["m2_rest"], s["m3_rest"], s["m4_rest"]
    for i in range(mean.size):
        value = x[i]
        if maths.is_finite(value):
            # every sum is kept with its rounding error: at 1e9 a mean would else stop moving
            n += 1
            d = (value - mu) - mu_rest
            step = d / n
            term = d * step * (n - 1)
            all2, all3 = m2 + rest2, m3 + rest3
            grown = term * step * step * (n * (n - 3.0) + 3.0)
            m4, rest4 = maths.two_sum(
                m4, rest4, grown + 6.0 * step * step * all2 - 4.0 * step * all3
            )
            m3, rest3 = maths.two_sum(m3, rest3, term * step * (n - 2) - 3.0 * step * all2)
            m2, rest2 = maths.two_sum(m2, rest2, term)
            mu, mu_rest = maths.two_sum(mu, mu_rest, step)
        all2 = m2 + rest2
        mean[i] = mu + mu_rest if n > 0 else np.nan
        variance[i] = all2 / (n - 1) if n > 1 else np.nan
        skew[i] = maths.divide(maths.sqrt(float(n)) * (m3 + rest3), all2 * maths.sqrt(all2))
        kurtosis[i] = maths.divide(n * (m4 + rest4), all2 * all2) - 3.0
    s["mean"], s["m2"], s["m3"], s["m4"], s["n"] = mu, m2, m3, m4, n
    s["mean_rest"], s["m2_rest"], s["m3_rest"], s["m4_rest"] = mu_rest, rest2, rest3, rest4


def _oracle(x: F8) -> dict[str, F8]:
    out = {name: np.full(x.size, np.nan) for name in ("mean", "variance", "skew", "kurtosis")}
    for t in range(x.size):
        known = x[: t + 1][np.isfinite(x[: t + 1])]
        if known.size == 0:
            continue
        shifted = (known - known[0]).astype(np.longdouble)
        d = shifted - shifted.mean()
        m2, m3, m4 = (d * d).mean(), (d * d * d).mean(), (d * d * d * d).mean()
        out["mean"][t] = known[0] + shifted.mean()
        if known.size > 1:
            out["variance"][t] = m2 * known.size / (known.size - 1)
        if shifted.any():
            out["skew"][t], out["kurtosis"][t] = m3 / m2**1.5, m4 / m2**2 - 3.0
    return out


@dataclass(frozen=True, eq=False, repr=False)
class ExpandingMoments(Operator):
    r"""Mean, variance, skewness and excess kurtosis of all values so far.

    .. math::
        m_k = \frac{1}{n} \sum_{i \le t} (x_i - \bar x_t)^k, \quad s^2 = \frac{n}{n-1} m_2, \quad
        g_1 = \frac{m_3}{m_2^{3/2}}, \quad g_2 = \frac{m_4}{m_2^2} - 3

    Notes
    -----
    Seed: none. NaN: what is not finite is skipped, the last values stand. Warm-up: 1; the variance
    needs two values, skewness and kurtosis two that differ. Unit: that of `x`, its square for the
    variance, none for skewness and kurtosis. Skewness and kurtosis are not corrected for bias.

    References
    ----------
    Pebay, P. (2008). Formulas for robust, one-pass parallel computation of covariances and
    arbitrary-order statistical moments. Sandia report SAND2008-6212.

    Examples
    --------
    >>> evaluate(ExpandingMoments(x), x=[1.0, 2.0, 6.0])["variance"]
    [nan, 0.5, 7.0]
    """

    x: Expr

    outputs: ClassVar = ("mean", "variance", "skew", "kurtosis")
    registers: ClassVar = np.dtype(
        [(name, "f8") for name in SUMS] + [(f"{name}_rest", "f8") for name in SUMS] + [("n", "i8")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    def unit_of(self, output: str) -> str:
        if output == "variance":
            return power(self.x.unit, 2)
        return self.x.unit if output == "mean" else ONE
