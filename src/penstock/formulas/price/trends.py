"""Where a price goes: momentum, curvature, runs of ticks, swings."""

from typing import Literal

from penstock.events import Bar
from penstock.expr import Expr
from penstock.expr.columns import columns
from penstock.formulas.columns import CLOSE, HIGH, LOW, PRICE
from penstock.formulas.guards import NOTHING, positive
from penstock.formulas.returns import log_change, log_return
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.less_equal import LessEqual
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.elementwise.sign import Sign
from penstock.ops.elementwise.where import Where
from penstock.ops.indicator.zigzag import Zigzag
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_curvature import RollingCurvature
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.state.last_known import LastKnown
from penstock.ops.state.run_length import RunLength

EVER = 1 << 40  # ticks
RATIOS = (0.236, 0.382, 0.5, 0.618, 0.786)
Retracement = Literal["position", "nearest"]


def volatility_adjusted_return(*, w: int = 60) -> Expr:
    r"""Log return in standard deviations of the `w` returns before it, :math:`r_t / s_{t-w..t-1}`.

    Notes
    -----
    The deviation is lagged by a bar, so that no return is measured by itself.
    """
    return log_return() / Lag(RollingMoments(log_return(), window=w)["std"], ticks=1)


def excess_return(*, bench: str = "b", asset: str = "a") -> Expr:
    r"""Log return of a symbol less that of a benchmark, :math:`r_t - r_{\text{bench}, t}`.

    Notes
    -----
    `asset` and `bench` are the roles of the streams of bars; an empty role is the key's own bars, beside which a route
    such as ``benchmark("SPY", role="b")`` shows the index to every key. Both are sampled on the view's clock, which
    should tick after both bars (``every:1h+1ns``), whatever came first; a symbol without a new bar in between has a
    return of 0.
    """
    own, other = (log_change(AsOf(columns(Bar, role).close)) for role in (asset, bench))
    return own - other


def momentum_12_1(*, lookback: int = 252, skip: int = 21) -> Expr:
    r"""Return over `lookback` bars without the last `skip`, :math:`c_{t-\text{skip}} / c_{t-\text{lookback}} - 1`."""
    close = positive(CLOSE)
    recent = Lag(close, ticks=skip) if skip else close
    return recent / Lag(close, ticks=lookback) - 1.0


def quadratic_trend_curvature(*, w: int = 20) -> Expr:
    r"""Curvature of the least-squares parabola through the last `w` closes, against the close.

    .. math:: \beta_2 / c_t, \quad c_{t-w+1+i} \approx \beta_0 + \beta_1 i + \beta_2 i^2
    """
    return RollingCurvature(CLOSE, window=w) / positive(CLOSE)


def tick_direction_run_length() -> Expr:
    r"""Trades since the price last turned, with the sign of its direction.

    .. math:: d_t \, \#\{\text{trades since } d \text{ changed}\}, \quad d_t = \operatorname{sign}(p_t - p_{t-1})

    Notes
    -----
    A trade at the price of the one before has the direction of the last change and makes the run longer. NaN until
    the price changed once.
    """
    change = PRICE - Lag(PRICE, ticks=1)
    direction = LastKnown(Where(Equal(change, 0.0), NOTHING, Sign(change)), ticks=EVER)
    return RunLength(direction) * direction


def fib_retracement_position(
    *, w: int = 120, pct: float = 0.03, measure: Retracement = "position"
) -> Expr:
    r"""Where the close is in the last confirmed swing, from 0 at its low to 1 at its high.

    .. math:: (c_t - L) / (H - L)

    Notes
    -----
    The swing lies between the last two pivots of a zigzag that turns by `pct`; a pivot is known at the bar that turned
    so far, not at its own. NaN before there are two, and from `w` bars after the last was confirmed on. The row names
    two values: with ``measure="nearest"`` it is the signed distance of the share of the swing that was given back
    from the nearest of 0.236, 0.382, 0.5, 0.618 and 0.786.
    """
    swing = Zigzag(HIGH, LOW, reversal=pct)
    last, before = swing["pivot"], swing["former"]
    low, high = Minimum(last, before), Maximum(last, before)
    fresh = Less(swing["age"], float(w))
    place = (CLOSE - low) / (high - low)
    if measure == "nearest":
        place = to_nearest((CLOSE - last) / (before - last))
    return Where(fresh, place, NOTHING)


def to_nearest(x: Expr) -> Expr:
    """The signed distance to the nearest of the ratios; of two as near, to the lower one."""
    best = x - RATIOS[0]
    for ratio in RATIOS[1:]:
        best = Where(LessEqual(Abs(best), Abs(x - ratio)), best, x - ratio)
    return best
