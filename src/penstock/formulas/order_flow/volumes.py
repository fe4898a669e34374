"""Bought against sold volume: over windows, since an anchor, and in bars."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr
from penstock.formulas.bar_flow import bar_sum, since_last_tick
from penstock.formulas.columns import CLOSE, PRICE, SIZE
from penstock.formulas.order_flow.signs import Rule, direction
from penstock.formulas.returns import log_ratio
from penstock.formulas.sessions import session_clock
from penstock.formulas.spans import MINUTE, TEN_SECONDS
from penstock.ops.asof import AsOf
from penstock.ops.elapsed import Elapsed
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.normal_cdf import NormalCdf
from penstock.ops.elementwise.not_equal import NotEqual
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_regression import RollingRegression
from penstock.ops.rolling.rolling_trend import RollingTrend
from penstock.ops.session.cumulative_sum import CumulativeSum
from penstock.ops.session.max_since import MaxSince
from penstock.ops.session.min_since import MinSince
from penstock.ops.window.window_sum import WindowSum
from penstock.streams import Every

Distribution = Literal["normal"]
SECONDS = 1e-9  # of a nanosecond


def bulk_buy_fraction(
    *, w: int = 50, dist: Distribution = "normal", side: Literal["buy", "sell"] = "buy"
) -> Expr:
    r"""Share of a bar's volume that was bought, as its price change suggests, :math:`\Phi(\Delta c_t / s_{\Delta c})`.

    Notes
    -----
    A model of the bar, not an observation of its trades. The deviation is that of the `w` changes before the bar;
    NaN where they are all equal. What was not bought was sold: ``side="sell"`` is the rest.
    """
    if dist != "normal":
        raise DefinitionError(f"bulk_buy_fraction: dist must be normal, got {dist!r}")
    change = CLOSE - Lag(CLOSE, ticks=1)
    moved = change if side == "buy" else 0.0 - change
    return NormalCdf(moved / Lag(RollingMoments(change, window=w)["std"], ticks=1))


def signed_volume(*, W: Duration = MINUTE, sign: Rule = "flag") -> Expr:
    r"""Bought less sold volume of the last `W`, :math:`\sum e_i v_i`.

    Notes
    -----
    `sign` says who started a trade: the exchange's ``flag``, or an estimate by the rule ``tick``, ``quote``,
    ``lee_ready``, ``emo`` or ``clnv``. A trade whose sign is unknown adds nothing.
    """
    return WindowSum(direction(sign) * SIZE, width=W)


def trade_flow_imbalance(*, W: Duration = MINUTE, sign: Rule = "flag") -> Expr:
    r"""Bought less sold volume of the last `W` by their sum, :math:`\sum e_i v_i / \sum |e_i| v_i`; NaN without any.

    Notes
    -----
    `sign` is the rule of `signed_volume`; a trade whose sign is unknown does not count.
    """
    side = direction(sign)
    return WindowSum(side * SIZE, width=W) / WindowSum(Abs(side) * SIZE, width=W)


def trade_count_imbalance(*, W: Duration = MINUTE, sign: Rule = "flag") -> Expr:
    r"""Bought less sold trades of the last `W` by their sum, :math:`\sum e_i / \sum |e_i|`; NaN without any.

    Notes
    -----
    `sign` is the rule of `signed_volume`; a trade whose sign is unknown does not count.
    """
    side = direction(sign)
    return WindowSum(side, width=W) / WindowSum(Abs(side), width=W)


def cumulative_volume_delta(*, anchor: str = "session", sign: Rule = "flag") -> Expr:
    r"""Bought less sold volume since the anchor, :math:`\sum_{i \ge \text{anchor}} e_i v_i`.

    Notes
    -----
    An anchor is ``session`` (00:00 UTC), ``start``, or a period such as ``1d+14h30m``; the sum restarts with the
    first trade after it. `sign` is the rule of `signed_volume`.
    """
    return CumulativeSum(direction(sign) * SIZE, reset=session_clock(anchor))


def cvd_slope(*, w: int = 60, sign: Rule = "flag") -> Expr:
    r"""Slope of the cumulative volume delta per bar over `w` bars, by the mean volume of one.

    .. math:: \hat\beta(\text{CVD}_t \sim t) / \bar v

    Notes
    -----
    A bar is the time between two ticks of the view's clock. The delta runs from the start: a reset is no flow.
    """
    delta = AsOf(cumulative_volume_delta(anchor="start", sign=sign))
    volume = RollingMoments(bar_sum("volume"), window=w)["mean"]
    return RollingTrend(delta, window=w)["slope"] / volume


def cvd_price_divergence(*, w: int = 60, sign: Rule = "flag") -> Expr:
    r"""How much further the volume delta went in `w` bars than the price, each in its own deviations.

    .. math:: \frac{\Delta_w \text{CVD}_t}{s(\Delta_w \text{CVD})} - \frac{\Delta_w \ln p_t}{s(\Delta_w \ln p)}

    Notes
    -----
    A bar is the time between two ticks of the view's clock. The deviations are those of the last 5 `w` such changes.
    """
    delta = AsOf(cumulative_volume_delta(anchor="start", sign=sign))
    price = AsOf(PRICE)
    flow = delta - Lag(delta, ticks=w)
    move = log_ratio(price, Lag(price, ticks=w))
    return scaled(flow, 5 * w) - scaled(move, 5 * w)


def scaled(x: Expr, w: int) -> Expr:
    """A column by the deviation of its last values."""
    return x / RollingMoments(x, window=w)["std"]


def delta_intrabar_max(*, sign: Rule = "flag") -> Expr:
    r"""Highest running delta of the bar by its volume, :math:`\max_j \sum_{i \le j} e_i v_i / \sum v_i`.

    Notes
    -----
    A bar is the time between two ticks of the view's clock; NaN without trades.
    """
    running = CumulativeSum(direction(sign) * SIZE, reset=VIEW)
    return since_last_tick(MaxSince(running, reset=VIEW)) / bar_sum("volume")


def delta_intrabar_min(*, sign: Rule = "flag") -> Expr:
    r"""Lowest running delta of the bar by its volume, :math:`\min_j \sum_{i \le j} e_i v_i / \sum v_i`.

    Notes
    -----
    A bar is the time between two ticks of the view's clock; NaN without trades.
    """
    running = CumulativeSum(direction(sign) * SIZE, reset=VIEW)
    return since_last_tick(MinSince(running, reset=VIEW)) / bar_sum("volume")


def sidedness(*, w: int = 60, slot: Duration = TEN_SECONDS, sign: Rule = "flag") -> Expr:
    r"""Correlation of the numbers of bought and of sold trades over `w` slots of time.

    .. math:: \operatorname{corr}(n^B_j, n^S_j), \quad j \text{ the last } w \text{ slots}

    Notes
    -----
    Slots are those of the clock, `slot` wide; NaN where either number is the same in all of them.
    """
    side, hop = direction(sign), Every(slot)
    bought = WindowSum(Greater(side, 0.0), width=slot, on=hop)
    sold = WindowSum(Greater(0.0 - side, 0.0), width=slot, on=hop)
    return RollingRegression(bought, sold, window=w)["correlation"]


def market_order_rate(*, W: Duration = TEN_SECONDS, sign: Rule = "flag") -> Expr:
    r"""Orders per second that traded at once, over the last `W`, :math:`\#\{\text{orders in } W\} / W`.

    Notes
    -----
    Successive trades with one stamp and one side are one order: feeds of trades do not number orders.
    """
    return WindowSum(begins_order(sign), width=W) / (W * SECONDS)


def begins_order(sign: Rule) -> Expr:
    """1 for the first of successive trades that have one stamp and one side, else 0."""
    side = direction(sign)
    later = FillNan(Greater(Elapsed(PRICE), 0.0), value=1.0)
    return Maximum(later, FillNan(NotEqual(side, Lag(side, ticks=1)), value=1.0))
