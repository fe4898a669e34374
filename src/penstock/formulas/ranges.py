"""What a bar's range says: typical price, true range, where it closed, distances to extremes."""

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, HIGH, LOW
from penstock.formulas.guards import positive
from penstock.formulas.quotes import mid_price
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.round_half_even import RoundHalfEven
from penstock.ops.elementwise.where import Where
from penstock.ops.expanding.wilder import Wilder
from penstock.ops.indicator.true_range import TrueRange
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_max import RollingMax
from penstock.ops.rolling.rolling_min import RollingMin


def typical_price() -> Expr:
    r"""Mean of high, low and close, :math:`(h + l + c) / 3`."""
    return (HIGH + LOW + CLOSE) / 3.0


def true_range() -> Expr:
    r"""Range of the bar including the gap from the previous close.

    .. math:: \max(h_t - l_t, |h_t - c_{t-1}|, |l_t - c_{t-1}|)
    """
    return TrueRange(HIGH, LOW, CLOSE)


def average_true_range(*, w: int = 14) -> Expr:
    r"""Wilder's average of the true range, seeded with the mean of the first `w`.

    .. math:: A_t = A_{t-1} + (\text{TR}_t - A_{t-1}) / w
    """
    return Wilder(true_range(), window=w)


def close_location_value() -> Expr:
    r"""Where in its range a bar closed, :math:`((c - l) - (h - c)) / (h - l)`; 0 for a bar without range."""
    spread = HIGH - LOW
    return Where(Equal(HIGH, LOW), 0.0, ((CLOSE - LOW) - (HIGH - CLOSE)) / spread)


def distance_to_high(*, w: int = 252) -> Expr:
    r"""Close against the highest high of `w` bars, :math:`c_t / \max_w h - 1`."""
    return positive(CLOSE) / positive(RollingMax(HIGH, window=w)) - 1.0


def distance_to_low(*, w: int = 252) -> Expr:
    r"""Close against the lowest low of `w` bars, :math:`c_t / \min_w l - 1`."""
    return positive(CLOSE) / positive(RollingMin(LOW, window=w)) - 1.0


def distance_to_round_number(*, step: float = 1.0) -> Expr:
    r"""Signed distance of the mid to the nearest multiple of `step`, in steps; ties go to the even one.

    .. math:: m / s - \operatorname{round}(m / s)
    """
    steps = mid_price() / step
    return steps - RoundHalfEven(steps)


def n_bar_breakout(*, w: int = 20) -> Expr:
    r"""1 above the highest high of the `w` bars before this one, -1 below their lowest low, else 0.

    .. math:: 1\{c_t > \max h_{t-w..t-1}\} - 1\{c_t < \min l_{t-w..t-1}\}
    """
    above = Greater(CLOSE, Lag(RollingMax(HIGH, window=w), ticks=1))
    return above - Greater(Lag(RollingMin(LOW, window=w), ticks=1), CLOSE)
