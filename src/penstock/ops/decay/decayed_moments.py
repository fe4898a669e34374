"""Mean and variance with fading memory by time."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import power
from penstock.expr import Expr, Operator


@jit
def _kernel(mean: F8, variance: F8, x: F8, at: I8, registers: np.ndarray, halflife: int) -> None:
    s = registers[0]
    centre, rest, squares = s["centre"], s["rest"], s["squares"]
    weight, last = s["weight"], s["last"]
    for i in range(mean.size):
        if maths.is_finite(x[i]):
            if weight == 0.0:
                centre = x[i]
            elif at[i] != last:
                fade = maths.exp2(-float(at[i] - last) / float(halflife))
                squares, weight = squares * fade, weight * fade
            last = at[i]
            # the mean is centre + rest: one number would lose small steps at a high level
            d = (x[i] - centre) - rest
            share = 1.0 / (weight + 1.0)
            squares += weight * share * d * d
            if share > 0.5:  # what went before has faded, and so must its rounding
                centre, rest = x[i], -weight * share * d
            else:
                rest += share * d
            weight += 1.0
            moved = centre + rest
            rest -= moved - centre
            centre = moved
        mean[i] = centre + rest if weight > 0.0 else np.nan
        variance[i] = maths.divide(squares, weight)
    s["centre"], s["rest"], s["squares"] = centre, rest, squares
    s["weight"], s["last"] = weight, last


def _oracle(x: F8, at: I8, halflife: int) -> dict[str, F8]:
    out = {name: np.full(x.size, np.nan) for name in ("mean", "variance")}
    known = np.isfinite(x)
    for t in range(x.size):
        seen = np.flatnonzero(known[: t + 1])
        if seen.size:
            weights = np.exp2((at[seen] - at[seen[-1]]) / halflife)
            shifted = (x[seen] - x[seen[-1]]).astype(np.longdouble)
            mean = np.dot(weights, shifted) / weights.sum()
            out["mean"][t] = x[seen[-1]] + mean
            out["variance"][t] = np.dot(weights, (shifted - mean) ** 2) / weights.sum()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class DecayedMoments(Operator):
    r"""Mean and variance in which a value counts half after each half-life.

    .. math::
        \mu_p = \frac{\sum_{q \le p} w_q x_q}{\sum_{q \le p} w_q}, \quad
        v_p = \frac{\sum_{q \le p} w_q (x_q - \mu_p)^2}{\sum_{q \le p} w_q}, \quad
        w_q = 2^{-(t_p - t_q)/h}

    Notes
    -----
    Seed: the first value, with variance 0. NaN: skipped, and so is an infinity; the last values
    stand. Warm-up: 1. Unit: that of `x`, its square for the variance. Between events all weights
    fade alike, so on another clock both are as-of. Not corrected for bias.

    References
    ----------
    Chan, T. F., Golub, G. H., LeVeque, R. J. (1983). Algorithms for computing the sample variance.
    The American Statistician 37(3), 242-247. Eckner, A. (2012). Algorithms for unevenly spaced time
    series.

    Examples
    --------
    >>> evaluate(DecayedMoments(x, halflife="1s"), x=[1.0, 4.0])["variance"]
    [0.0, 2.0]
    """

    x: Expr
    halflife: Duration

    outputs: ClassVar = ("mean", "variance")
    registers: ClassVar = np.dtype(
        [(name, "f8") for name in ("centre", "rest", "squares", "weight")] + [("last", "i8")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"halflife": "3s"}

    def check(self) -> None:
        self.require("halflife must be positive", self.halflife > 0, self.halflife)

    def unit_of(self, output: str) -> str:
        return power(self.x.unit, 2) if output == "variance" else self.x.unit
