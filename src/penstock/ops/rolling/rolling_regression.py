"""Covariance, correlation and regression line over the last ticks.

Products of the distances to an anchor are summed, laid out and re-anchored as in `RollingMoments`.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE, power, times
from penstock.expr import Expr, Operator

SUMS = ("x", "y", "xx", "yy", "xy")


@jit
def _lay_out(
    history: np.ndarray, x: F8, y: F8, start: int, window: int, centre_x: float, centre_y: float
) -> None:
    sx, sy, sxx, syy, sxy = 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(window - 1, -1, -1):
        e, f = x[start + j] - centre_x, y[start + j] - centre_y
        sx, sy, sxx, syy, sxy = sx + e, sy + f, sxx + e * e, syy + f * f, sxy + e * f
        rest = history[j]
        rest["x"], rest["y"], rest["xx"], rest["yy"], rest["xy"] = sx, sy, sxx, syy, sxy


@jit
def _kernel(
    covariance: F8,
    correlation: F8,
    slope: F8,
    intercept: F8,
    x: F8,
    y: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
    share: float,
) -> None:
    s = registers[0]
    px, py, pxx, pyy, pxy = s["x"], s["y"], s["xx"], s["yy"], s["xy"]
    ax, ay, entered, full = s["centre_x"], s["centre_y"], s["entered"], s["full"]
    inner = 1.0 / (window - 1)
    for i in range(covariance.size):
        entered += 1
        if entered == window:
            # what is not finite spoils every window that this anchor serves
            ax = x[i + window] if maths.is_finite(x[i + window]) else 0.0
            ay = y[i + window] if maths.is_finite(y[i + window]) else 0.0
            _lay_out(history, x, y, i + 1, window, ax, ay)
            px, py, pxx, pyy, pxy, entered, full = 0.0, 0.0, 0.0, 0.0, 0.0, 0, 1
        else:
            e, f = x[i + window] - ax, y[i + window] - ay
            px, py, pxx, pyy, pxy = px + e, py + f, pxx + e * e, pyy + f * f, pxy + e * f
        rest = history[entered]
        dx, dy = (rest["x"] + px) * share, (rest["y"] + py) * share
        cxx = (rest["xx"] + pxx) - window * dx * dx
        cyy = (rest["yy"] + pyy) - window * dy * dy
        cxy = (rest["xy"] + pxy) - window * dx * dy
        rho, beta = maths.divide(cxy, maths.sqrt(cxx * cyy)), maths.divide(cxy, cxx)
        rho = min(rho, 1.0)
        known = full == 1 and maths.is_finite(cxx) and maths.is_finite(cyy)
        covariance[i] = cxy * inner if known else np.nan
        correlation[i] = (max(rho, -1.0)) if known else np.nan
        slope[i] = beta if known else np.nan
        intercept[i] = (ay + dy) - beta * (ax + dx) if known else np.nan
    s["x"], s["y"], s["xx"], s["yy"], s["xy"] = px, py, pxx, pyy, pxy
    s["centre_x"], s["centre_y"], s["entered"], s["full"] = ax, ay, entered, full


def _oracle(x: F8, y: F8, window: int) -> dict[str, F8]:
    names = ("covariance", "correlation", "slope", "intercept")
    out = {name: np.full(x.size, np.nan) for name in names}
    for t in range(window - 1, x.size):
        a, b = x[t - window + 1 : t + 1], y[t - window + 1 : t + 1]
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            continue
        da, db = (a - a[0]).astype(np.longdouble), (b - b[0]).astype(np.longdouble)
        mean_a, mean_b = a[0] + da.mean(), b[0] + db.mean()
        da, db = da - da.mean(), db - db.mean()
        out["covariance"][t] = np.sum(da * db) / (window - 1)
        if (a == a[0]).all():
            continue
        out["slope"][t] = np.sum(da * db) / np.sum(da * da)
        out["intercept"][t] = mean_b - out["slope"][t] * mean_a
        if not (b == b[0]).all():
            out["correlation"][t] = np.sum(da * db) / np.sqrt(np.sum(da * da) * np.sum(db * db))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingRegression(Operator):
    r"""Covariance and correlation of the last values, and the least-squares line of `y` on `x`.

    .. math::
        s_{xy} = \frac{1}{w-1} \sum_{i=t-w+1}^{t} (x_i - \bar x_t)(y_i - \bar y_t), \quad
        \rho = \frac{s_{xy}}{s_x s_y}, \quad
        \beta = \frac{s_{xy}}{s_x^2}, \quad
        \alpha = \bar y_t - \beta \bar x_t

    Notes
    -----
    Seed: none. NaN: NaN while a value of either side that is not finite is in the window. Warm-up:
    `window`. Unit: the product for the covariance, none for the correlation, that of `y` by that of
    `x` for the slope, that of `y` for the intercept. Where `x` is flat there is no line, and where
    either side is flat no correlation.

    References
    ----------
    Chan, T. F., Golub, G. H., LeVeque, R. J. (1983). Algorithms for computing the sample variance.
    The American Statistician 37(3), 242-247.

    Examples
    --------
    >>> evaluate(RollingRegression(x, y, window=3), x=[1.0, 2.0, 3.0], y=[3.0, 5.0, 7.0])["slope"]
    [nan, nan, 2.0]
    """

    x: Expr
    y: Expr
    window: int

    outputs: ClassVar = ("covariance", "correlation", "slope", "intercept")
    registers: ClassVar = np.dtype(
        [(name, "f8") for name in (*SUMS, "centre_x", "centre_y")]
        + [("entered", "i8"), ("full", "i8")]
    )
    history: ClassVar = np.dtype([(name, "f8") for name in SUMS])
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
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window

    def unit_of(self, output: str) -> str:
        x, y = self.x.unit, self.y.unit
        known = {"covariance": times(x, y), "correlation": ONE, "slope": times(y, power(x, -1))}
        return known.get(output, y)
