"""Volume of bars and trades, alone and with the price."""

from penstock.core.time import Duration
from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, HIGH, LOW, PRICE, SIZE, VOLUME
from penstock.formulas.guards import tick_number, whole
from penstock.formulas.ranges import close_location_value, typical_price
from penstock.formulas.sessions import session_clock
from penstock.formulas.spans import FIVE_MINUTES, TEN_SECONDS
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.sign import Sign
from penstock.ops.elementwise.where import Where
from penstock.ops.expanding.sma_seeded_ema import SmaSeededEma
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.session.cumulative_sum import CumulativeSum
from penstock.ops.session.ohlcv import Ohlcv
from penstock.ops.window.window_sum import WindowSum
from penstock.ops.window.window_time_mean import WindowTimeMean
from penstock.streams import Every


def volume() -> Expr:
    r"""Size traded in a bar, :math:`v_t = \sum_{i \in \text{bar } t} v_i`."""
    return VOLUME


def anchored_vwap_distance(*, anchor: str = "session") -> Expr:
    r"""Trade price against the volume-weighted average price since the anchor.

    .. math:: p_t \Big/ \frac{\sum p_i v_i}{\sum v_i} - 1

    Notes
    -----
    An anchor is ``session`` (00:00 UTC), ``start`` or a period such as ``1d+14h30m``.
    """
    traded = Ohlcv(PRICE, SIZE, reset=session_clock(anchor))
    return PRICE / (traded["dollar"] / traded["volume"]) - 1.0


def twap(*, W: Duration = FIVE_MINUTES) -> Expr:
    r"""Price averaged over time, each price weighing as long as it was the last, :math:`\frac{1}{W} \int p\, dt`."""
    return WindowTimeMean(PRICE, width=W)


def relative_volume(*, w: int = 20) -> Expr:
    r"""Volume against the mean of the `w` bars before, :math:`v_t / \bar v_{t-w..t-1}`."""
    return VOLUME / Lag(RollingMoments(VOLUME, window=w)["mean"], ticks=1)


def volume_zscore(*, w: int = 60) -> Expr:
    r"""Log volume in standard deviations from its mean over `w` bars, :math:`(\ln(1 + v_t) - \bar y) / s_y`."""
    logged = Log(VOLUME + 1.0)
    moments = RollingMoments(logged, window=w)
    return (logged - moments["mean"]) / moments["std"]


def on_balance_volume() -> Expr:
    r"""Running volume with the sign of the close's change.

    .. math:: \text{OBV}_t = \text{OBV}_{t-1} + \operatorname{sign}(c_t - c_{t-1}) v_t, \quad \text{OBV}_0 = v_0

    Notes
    -----
    Seeded with the first bar's volume, as TA-Lib does.
    """
    signed = Sign(CLOSE - Lag(CLOSE, ticks=1)) * VOLUME
    return CumulativeSum(Where(Equal(tick_number(CLOSE), 1.0), VOLUME, signed))


def accumulation_distribution() -> Expr:
    r"""Running volume weighted by where each bar closed in its range, :math:`\sum \text{CLV}_i v_i`."""
    return CumulativeSum(close_location_value() * VOLUME)


def chaikin_money_flow(*, w: int = 20) -> Expr:
    r"""Volume weighted by where bars closed, per volume, :math:`\sum_w \text{CLV}_i v_i / \sum_w v_i`."""
    flow = RollingSum(close_location_value() * VOLUME, window=w)
    return flow / RollingSum(VOLUME, window=w)


def money_flow_index(*, w: int = 14) -> Expr:
    r"""Share of the money flow of rising bars.

    .. math:: 100 \frac{P}{P + N}, \quad \text{flow } tp_i v_i \text{ signed by } tp_i - tp_{i-1}

    Notes
    -----
    NaN while the typical price never changed in the window; TA-Lib gives 0 where the flow is below 1, whatever the
    unit. Prices rise or fall by at least a billionth: three decimals that add up to one sum do so only on paper, and
    a bar on the wrong side moves the index by tens.
    """
    price, flow = whole(HIGH + LOW + CLOSE), typical_price() * VOLUME
    last = Lag(price, ticks=1)
    up = RollingSum(Greater(price, last) * flow, window=w)
    down = RollingSum(Greater(last, price) * flow, window=w)
    return up / (up + down) * 100.0


def force_index(*, w: int = 13) -> Expr:
    r"""Change of the close times volume, smoothed, :math:`\text{EMA}_w((c_t - c_{t-1}) v_t)`.

    Notes
    -----
    Seeded with the mean of the first `w`, as TA-Lib does.
    """
    return SmaSeededEma((CLOSE - Lag(CLOSE, ticks=1)) * VOLUME, window=w)


def volume_clustering_fano(*, W: Duration = TEN_SECONDS, n: int = 60) -> Expr:
    r"""Fano factor of volume: variance against mean over `n` consecutive slots of `W`.

    .. math:: s^2(v_W) / \bar v_W

    Notes
    -----
    Slots start at multiples of `W`; the sample variance (divided by n - 1). Slots without trades count as 0.
    """
    slots = RollingMoments(WindowSum(SIZE, width=W, on=Every(W)), window=n)
    return slots["variance"] / slots["mean"]
