"""Least-squares lines through the last closes against time."""

import math

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE
from penstock.formulas.guards import moving
from penstock.ops.elementwise.atan import Atan
from penstock.ops.rolling.rolling_trend import RollingTrend


def linear_regression_value(*, w: int = 14) -> Expr:
    r"""Where the line through the last `w` closes stands at the newest.

    .. math:: \hat c_t = \bar c + \beta \frac{w - 1}{2}, \quad
        \beta = \frac{\sum_i (i - \bar i) c_i}{\sum_i (i - \bar i)^2}
    """
    return RollingTrend(CLOSE, window=w)["end"]


def linear_regression_slope(*, w: int = 14) -> Expr:
    r"""Slope of the line through the last `w` closes, a bar.

    .. math:: \beta_t = \frac{\sum_i (i - \bar i) c_i}{\sum_i (i - \bar i)^2}
    """
    return RollingTrend(CLOSE, window=w)["slope"]


def linear_regression_angle(*, w: int = 14) -> Expr:
    r"""Angle of the line in degrees, :math:`\arctan(\beta) \cdot 180 / \pi`; it depends on the unit of the price."""
    return Atan(linear_regression_slope(w=w)) * (180.0 / math.pi)


def linear_regression_intercept(*, w: int = 14) -> Expr:
    r"""Where the line stands at the oldest of the `w` closes, :math:`\hat c_t - (w - 1) \beta_t`."""
    line = RollingTrend(CLOSE, window=w)
    return line["end"] - line["slope"] * (w - 1.0)


def time_series_forecast(*, w: int = 14) -> Expr:
    r"""Where the line stands one bar on, :math:`\hat c_t + \beta_t`."""
    line = RollingTrend(CLOSE, window=w)
    return line["end"] + line["slope"]


def regression_r_squared(*, w: int = 20) -> Expr:
    r"""Share of the closes' variance that the line explains; NaN where they are all equal.

    .. math:: R^2 = 1 - \frac{\sum_i (c_i - \hat c_i)^2}{\sum_i (c_i - \bar c)^2}
    """
    return moving(RollingTrend(CLOSE, window=w)["r2"], w)


def regression_channel_position(*, w: int = 100, k: float = 2.0) -> Expr:
    r"""Where the close is in a channel of `k` standard errors about the line: 0 on it, 1 and -1 at the edges.

    .. math:: \frac{c_t - \hat c_t}{k \, s_t}, \quad s_t^2 = \frac{1}{w - 2} \sum_i (c_i - \hat c_i)^2

    NaN where the closes are all equal.
    """
    line = RollingTrend(CLOSE, window=w)
    spread = (
        w * (w * w - 1.0) / 12.0
    )  # of the places: the error of a slope is one of the line over its root
    return moving((CLOSE - line["end"]) / (line["stderr"] * (k * math.sqrt(spread))), w)
