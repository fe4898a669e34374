"""The shape of a bar and of a few: middles, shadows, inside and outside bars, narrow and wide ranges."""

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, HIGH, LOW, OPEN
from penstock.formulas.guards import tick_number, whole
from penstock.formulas.ranges import true_range
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.less_equal import LessEqual
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.elementwise.sign import Sign
from penstock.ops.elementwise.where import Where
from penstock.ops.ema import Ema
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_max import RollingMax
from penstock.ops.rolling.rolling_min import RollingMin
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.state.ticks_since import TicksSince


def median_price() -> Expr:
    r"""Middle of high and low, :math:`(h + l) / 2`."""
    return (HIGH + LOW) / 2.0


def weighted_close() -> Expr:
    r"""Mean of high, low and twice the close, :math:`(h + l + 2c) / 4`."""
    return (HIGH + LOW + CLOSE * 2.0) / 4.0


def average_price() -> Expr:
    r"""Mean of open, high, low and close, :math:`(o + h + l + c) / 4`."""
    return (HIGH + LOW + CLOSE + OPEN) / 4.0


def heikin_ashi_close() -> Expr:
    r"""Close of a Heikin-Ashi bar against its open.

    .. math::
        \frac{c'_t}{o'_t} - 1, \quad c'_t = \frac{o + h + l + c}{4}, \quad
        o'_t = \frac{o'_{t-1} + c'_{t-1}}{2}, \quad o'_0 = \frac{o_0 + c_0}{2}

    Notes
    -----
    The open is an average of the closes before it that halves with each bar; a bar without a price is skipped by it.
    """
    close = average_price()
    first = Equal(tick_number(CLOSE), 1.0)
    start = Ema(Where(first, (OPEN + CLOSE) / 2.0, Lag(close, ticks=1)), span=3.0)
    return close / start - 1.0


def bar_range() -> Expr:
    r"""High less low, :math:`h - l`."""
    return HIGH - LOW


def per_range(x: Expr) -> Expr:
    """A part of a bar's range as a share of it; 0 for a bar without range."""
    return Where(Equal(HIGH, LOW), 0.0, x / bar_range())


def upper_shadow_ratio() -> Expr:
    r"""Range above the body as a share of the bar's, :math:`(h - \max(o, c)) / (h - l)`; 0 without range."""
    return per_range(HIGH - Maximum(OPEN, CLOSE))


def lower_shadow_ratio() -> Expr:
    r"""Range below the body as a share of the bar's, :math:`(\min(o, c) - l) / (h - l)`; 0 without range."""
    return per_range(Minimum(OPEN, CLOSE) - LOW)


def bars_since_new_high(*, w: int = 250) -> Expr:
    r"""Bars since a high was the highest of its last `w`.

    .. math:: t - \max \{ s \le t : h_s = \max(h_{s-w+1}, \dots, h_s) \}
    """
    return TicksSince(Equal(HIGH, RollingMax(HIGH, window=w)))


def inside_bar() -> Expr:
    r"""1 for a bar within the range of the one before, else 0.

    .. math:: 1\{h_t \le h_{t-1}\} \, 1\{l_t \ge l_{t-1}\}
    """
    below = LessEqual(HIGH, Lag(HIGH, ticks=1))
    return below * GreaterEqual(LOW, Lag(LOW, ticks=1))


def outside_bar() -> Expr:
    r"""The sign of the body of a bar that reaches beyond both ends of the one before, else 0.

    .. math:: 1\{h_t > h_{t-1}\} \, 1\{l_t < l_{t-1}\} \operatorname{sign}(c_t - o_t)
    """
    beyond = Greater(HIGH, Lag(HIGH, ticks=1)) * Less(LOW, Lag(LOW, ticks=1))
    return beyond * Sign(CLOSE - OPEN)


def narrow_range_n(*, n: int = 7) -> Expr:
    r"""1 for a bar whose range is the smallest of the last `n` (NR7), else 0.

    .. math:: 1\{h_t - l_t = \min_{i < n} (h_{t-i} - l_{t-i})\}

    Notes
    -----
    Ranges are compared in billionths: differences of decimals that are equal on paper differ in their last bits.
    """
    width = whole(bar_range())
    return Equal(width, RollingMin(width, window=n))


def wide_range_bar(*, w: int = 20, k: float = 2.0) -> Expr:
    r"""The sign of the body of a bar whose true range is at least `k` times the mean of the `w` before, else 0.

    .. math:: 1\{TR_t \ge k \, \overline{TR}_{t-w..t-1}\} \operatorname{sign}(c_t - o_t)
    """
    usual = Lag(RollingMoments(true_range(), window=w)["mean"], ticks=1)
    return GreaterEqual(true_range() / usual, k) * Sign(CLOSE - OPEN)
