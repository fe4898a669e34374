"""Exponentially weighted skewness by ticks."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, alpha: float) -> None:
    s = registers[0]
    centre, rest, second, third, n = s["centre"], s["rest"], s["second"], s["third"], s["n"]
    keep = 1.0 - alpha
    for i in range(out.size):
        value = x[i]
        if maths.is_finite(value):
            if n == 0:
                centre = value
            d = (value - centre) - rest
            third = keep * (
                third - 3.0 * alpha * d * second + alpha * (1.0 - 2.0 * alpha) * d * d * d
            )
            second = keep * (second + alpha * d * d)
            rest += alpha * d
            moved = centre + rest
            rest -= moved - centre
            centre = moved
            n += 1
        out[i] = maths.divide(third, second * maths.sqrt(second)) if n > 0 else np.nan
    s["centre"], s["rest"], s["second"], s["third"], s["n"] = centre, rest, second, third, n


def _oracle(x: F8, halflife: float) -> F8:
    out = np.full(x.size, np.nan)
    alpha = 1.0 - 0.5 ** (1.0 / halflife)
    for t in range(x.size):
        known = x[: t + 1][np.isfinite(x[: t + 1])]
        if known.size and not (known == known[0]).all():
            weights = alpha * (1.0 - alpha) ** np.arange(known.size, dtype=np.longdouble)[::-1]
            weights[0] /= alpha  # the seed is the first value
            shifted = (known - known[-1]).astype(np.longdouble)
            d = shifted - np.dot(weights, shifted)
            out[t] = np.dot(weights, d**3) / np.dot(weights, d**2) ** 1.5
    return out


@dataclass(frozen=True, eq=False, repr=False)
class EwSkewness(Operator):
    r"""Exponentially weighted skewness with a half-life in ticks.

    .. math::
        m_3 \leftarrow (1 - \alpha) \big( m_3 - 3 \alpha d_t m_2 + \alpha (1 - 2 \alpha) d_t^3 \big), \quad
        m_2 \leftarrow (1 - \alpha) (m_2 + \alpha d_t^2), \quad y_t = m_3 / m_2^{3/2}

    Notes
    -----
    Seed: the first value, with moments of 0. NaN: what is not finite is skipped, the last value
    stands; NaN while all values are equal. Warm-up: 2. Unit: 1. d is the distance to the mean
    before, whose weight is 1 - 2^(-1/h) for the newest value; not corrected for bias. Moments about
    the mean are carried on: powers of values about 0 would cancel.

    References
    ----------
    Pebay, P. (2008). Formulas for robust, one-pass parallel computation of covariances and
    arbitrary-order statistical moments. Sandia report SAND2008-6212, with weights that fade.

    Examples
    --------
    >>> evaluate(EwSkewness(x, halflife=1.0), x=[1.0, 3.0, 3.0])
    [nan, 0.0, -1.1547005383792515]
    """

    x: Expr
    halflife: float

    registers: ClassVar = np.dtype(
        [*((name, "f8") for name in ("centre", "rest", "second", "third")), ("n", "i8")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"halflife": 9.0}

    def check(self) -> None:
        self.require("halflife must be positive", self.halflife > 0.0, self.halflife)

    @property
    def alpha(self) -> float:
        """The weight of the newest value."""
        return -math.expm1(-math.log(2.0) / self.halflife)

    @property
    def warmup(self) -> int:
        return 2

    @property
    def unit(self) -> str:
        return ONE
