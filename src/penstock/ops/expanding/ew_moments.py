"""Exponentially weighted mean and variance by ticks."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import power
from penstock.expr import Expr, Operator


@jit
def _kernel(mean: F8, variance: F8, x: F8, registers: np.ndarray, alpha: float) -> None:
    s = registers[0]
    centre, rest, spread, n = s["centre"], s["rest"], s["spread"], s["n"]
    keep = 1.0 - alpha
    for i in range(mean.size):
        value = x[i]
        if maths.is_finite(value):
            if n == 0:
                centre = value
            # the mean is centre + rest: one number would lose small steps at a high level
            d = (value - centre) - rest
            spread = keep * (spread + alpha * d * d)
            rest += alpha * d
            moved = centre + rest
            rest -= moved - centre
            centre = moved
            n += 1
        mean[i] = centre + rest if n > 0 else np.nan
        variance[i] = spread if n > 0 else np.nan
    s["centre"], s["rest"], s["spread"], s["n"] = centre, rest, spread, n


def _oracle(x: F8, halflife: float) -> dict[str, F8]:
    out = {name: np.full(x.size, np.nan) for name in ("mean", "variance")}
    alpha = 1.0 - 0.5 ** (1.0 / halflife)
    for t in range(x.size):
        known = x[: t + 1][np.isfinite(x[: t + 1])]
        if known.size:
            weights = alpha * (1.0 - alpha) ** np.arange(known.size)[::-1]
            weights[0] /= alpha  # the seed is the first value
            shifted = known - known[0]
            mean = np.dot(weights, shifted)
            out["mean"][t] = known[0] + mean
            out["variance"][t] = np.dot(weights, (shifted - mean) ** 2)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class EwMoments(Operator):
    r"""Exponentially weighted mean and variance with a half-life in ticks.

    .. math::
        d_t = x_t - \mu_{t-1}, \quad \mu_t = \mu_{t-1} + \alpha d_t, \quad
        v_t = (1 - \alpha) (v_{t-1} + \alpha d_t^2), \quad \alpha = 1 - 2^{-1/h}

    Notes
    -----
    Seed: the first value, with variance 0. NaN: what is not finite is skipped, the last values
    stand. Warm-up: 1. Unit: that of `x`, its square for the variance. The weights sum to 1 and the
    variance is not corrected for bias.

    References
    ----------
    Finch, T. (2009). Incremental calculation of weighted mean and variance. University of
    Cambridge.

    Examples
    --------
    >>> evaluate(EwMoments(x, halflife=1.0), x=[1.0, 3.0, 3.0])["variance"]
    [0.0, 1.0, 0.75]
    """

    x: Expr
    halflife: float

    outputs: ClassVar = ("mean", "variance")
    registers: ClassVar = np.dtype(
        [("centre", "f8"), ("rest", "f8"), ("spread", "f8"), ("n", "i8")]
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

    def unit_of(self, output: str) -> str:
        return power(self.x.unit, 2) if output == "variance" else self.x.unit
