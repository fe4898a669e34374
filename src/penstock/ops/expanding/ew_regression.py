"""Exponentially weighted covariance, correlation and regression line by ticks."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE, power, times
from penstock.expr import Expr, Operator


@jit
def _kernel(
    covariance: F8,
    correlation: F8,
    slope: F8,
    intercept: F8,
    x: F8,
    y: F8,
    registers: np.ndarray,
    alpha: float,
) -> None:
    s = registers[0]
    mx, rx, my, ry = s["mx"], s["rx"], s["my"], s["ry"]
    xx, yy, xy, n = s["xx"], s["yy"], s["xy"], s["n"]
    keep = 1.0 - alpha
    for i in range(covariance.size):
        if maths.is_finite(x[i]) and maths.is_finite(y[i]):
            if n == 0:
                mx, my = x[i], y[i]
            # a mean is a centre and a rest: one number would lose small steps at a high level
            d, e = (x[i] - mx) - rx, (y[i] - my) - ry
            xx, yy = keep * (xx + alpha * d * d), keep * (yy + alpha * e * e)
            xy = keep * (xy + alpha * d * e)
            rx, ry = rx + alpha * d, ry + alpha * e
            moved_x, moved_y = mx + rx, my + ry
            rx, ry = rx - (moved_x - mx), ry - (moved_y - my)
            mx, my = moved_x, moved_y
            n += 1
        rho, beta = maths.divide(xy, maths.sqrt(xx) * maths.sqrt(yy)), maths.divide(xy, xx)
        rho = min(rho, 1.0)
        covariance[i] = xy if n > 0 else np.nan
        correlation[i] = max(rho, -1.0)
        slope[i] = beta
        intercept[i] = (my + ry) - beta * (mx + rx)
    s["mx"], s["rx"], s["my"], s["ry"] = mx, rx, my, ry
    s["xx"], s["yy"], s["xy"], s["n"] = xx, yy, xy, n


def _oracle(x: F8, y: F8, halflife: float) -> dict[str, F8]:
    names = ("covariance", "correlation", "slope", "intercept")
    out = {name: np.full(x.size, np.nan) for name in names}
    alpha = 1.0 - 0.5 ** (1.0 / halflife)
    for t in range(x.size):
        known = np.isfinite(x[: t + 1]) & np.isfinite(y[: t + 1])
        a, b = x[: t + 1][known], y[: t + 1][known]
        if not a.size:
            continue
        weights = alpha * (1.0 - alpha) ** np.arange(a.size)[::-1]
        weights[0] /= alpha  # the seed is the first pair
        da, db = (a - a[0]).astype(np.longdouble), (b - b[0]).astype(np.longdouble)
        mean_a, mean_b = np.dot(weights, da), np.dot(weights, db)
        da, db = da - mean_a, db - mean_b
        xx, yy, xy = (np.dot(weights, p) for p in (da * da, db * db, da * db))
        out["covariance"][t] = xy
        if not (a == a[0]).all():
            out["slope"][t] = xy / xx
            out["intercept"][t] = b[0] + mean_b - xy / xx * (a[0] + mean_a)
            if not (b == b[0]).all():
                out["correlation"][t] = xy / np.sqrt(xx * yy)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class EwRegression(Operator):
    r"""Exponentially weighted covariance and correlation, and the line of `y` on `x`, with a half-life in ticks.

    .. math::
        c_t = (1 - \alpha) (c_{t-1} + \alpha d_t e_t), \quad
        d_t = x_t - \mu^x_{t-1}, \; e_t = y_t - \mu^y_{t-1}, \quad
        \alpha = 1 - 2^{-1/h}, \quad
        \rho = \frac{c^{xy}}{\sqrt{c^{xx} c^{yy}}}, \; \beta = \frac{c^{xy}}{c^{xx}}

    Notes
    -----
    Seed: the first pair of values, with covariance 0. NaN: skipped where either side is not finite;
    the last values stand. Warm-up: 1. Unit: the product for the covariance, none for the
    correlation, that of `y` by that of `x` for the slope, that of `y` for the intercept. The
    weights sum to 1 and nothing is corrected for bias. Where all values of `x` were equal there is
    no line, and where those of either side were no correlation.

    References
    ----------
    Finch, T. (2009). Incremental calculation of weighted mean and variance. University of
    Cambridge.

    Examples
    --------
    >>> evaluate(EwRegression(x, y, halflife=1.0), x=[1.0, 3.0], y=[2.0, 6.0])["slope"]
    [nan, 2.0]
    """

    x: Expr
    y: Expr
    halflife: float

    outputs: ClassVar = ("covariance", "correlation", "slope", "intercept")
    registers: ClassVar = np.dtype(
        [(name, "f8") for name in ("mx", "rx", "my", "ry", "xx", "yy", "xy")] + [("n", "i8")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"halflife": 9.0}

    def check(self) -> None:
        self.require("halflife must be positive", self.halflife > 0.0, self.halflife)

    @property
    def alpha(self) -> float:
        """The weight of the newest pair."""
        return -math.expm1(-math.log(2.0) / self.halflife)

    def unit_of(self, output: str) -> str:
        x, y = self.x.unit, self.y.unit
        known = {"covariance": times(x, y), "correlation": ONE, "slope": times(y, power(x, -1))}
        return known.get(output, y)
