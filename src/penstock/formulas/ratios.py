"""One thing against another."""

from penstock.core.time import Duration, duration
from penstock.expr import Expr, instrument, open_interest, option_interest, option_trade
from penstock.formulas.bar_flow import aggressor
from penstock.formulas.columns import (
    ASK_SIZE,
    BID_SIZE,
    CLOSE,
    HIGH,
    LEVELS,
    LOW,
    OPEN,
    PRICE,
    SIZE,
    VOLUME,
)
from penstock.formulas.guards import NOTHING, positive, square
from penstock.formulas.inputs import Input, column
from penstock.formulas.quotes import relative_spread
from penstock.formulas.ranges import average_true_range, true_range
from penstock.formulas.returns import log_ratio, log_return
from penstock.formulas.spans import FIVE_MINUTES
from penstock.ops.asof import AsOf
from penstock.ops.book.depth_sum import DepthSum
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.not_equal import NotEqual
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.elementwise.where import Where
from penstock.ops.expanding.sma_seeded_ema import SmaSeededEma
from penstock.ops.lag import Lag
from penstock.ops.option.interest_totals import InterestTotals
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.window.window_mean import WindowMean
from penstock.ops.window.window_sum import WindowSum
from penstock.ops.window.window_vwap import WindowVwap

HALF_HOUR, DAY = duration("30m"), duration("1d")
CALL, PUT = 1.0, -1.0
FRACTION = 1e4  # basis points in 1


def high_low_ratio() -> Expr:
    r"""Log range of a bar, :math:`\ln(h_t / l_t)`."""
    return log_ratio(HIGH, LOW)


def close_open_ratio() -> Expr:
    r"""Log return inside a bar, :math:`\ln(c_t / o_t)`."""
    return log_ratio(CLOSE, OPEN)


def close_to_vwap_ratio(*, W: Duration = HALF_HOUR) -> Expr:
    r"""Trade price against the volume-weighted average price of the last `W`, :math:`p_t / \text{VWAP}_W - 1`."""
    return AsOf(PRICE) / WindowVwap(PRICE, SIZE, width=W) - 1.0


def volatility_ratio_short_long(*, s: int = 10, l: int = 100) -> Expr:  # noqa: E741  (the row's name)
    r"""Standard deviation of returns over `s` bars against that over `l`, :math:`\sigma_s / \sigma_l`."""
    short, long = (RollingMoments(log_return(), window=w)["std"] for w in (s, l))
    return short / long


def schwager_volatility_ratio(*, w: int = 14) -> Expr:
    r"""True range of a bar against its exponential mean, :math:`\text{TR}_t / \text{EMA}_w(\text{TR})_t`.

    Notes
    -----
    The mean is seeded with that of the first `w` true ranges, as TA-Lib does.
    """
    return true_range() / SmaSeededEma(true_range(), window=w)


def up_down_volume_ratio(*, w: int = 50) -> Expr:
    r"""Volume of the rising bars of `w` against that of the falling ones.

    .. math:: \sum_{c_i > c_{i-1}} v_i \Big/ \sum_{c_i < c_{i-1}} v_i
    """
    last = Lag(CLOSE, ticks=1)
    up = RollingSum(Greater(CLOSE, last) * VOLUME, window=w)
    return up / RollingSum(Less(CLOSE, last) * VOLUME, window=w)


def up_down_volatility_ratio(*, w: int = 60) -> Expr:
    r"""Root of the squared gains against the squared losses of `w` bars.

    .. math:: \sqrt{\sum r_i^2 1\{r_i > 0\} \Big/ \sum r_i^2 1\{r_i < 0\}}
    """
    r = log_return()
    gains = RollingSum(square(Maximum(r, 0.0)), window=w)
    return Sqrt(gains / RollingSum(square(Maximum(0.0 - r, 0.0)), window=w))


def buy_sell_volume_ratio(*, W: Duration = FIVE_MINUTES) -> Expr:
    r"""Log ratio of what aggressors bought and sold in the last `W`, :math:`\ln \frac{1 + B_W}{1 + S_W}`.

    Notes
    -----
    Trades without a known aggressor count for neither.
    """
    side = aggressor()
    bought, sold = (WindowSum(Equal(side, sign) * SIZE, width=W) for sign in (1.0, -1.0))
    return Log((bought + 1.0) / (sold + 1.0))


def bid_ask_depth_ratio(*, L: int = 5) -> Expr:
    r"""Log ratio of the sizes of the first `L` bids and asks, :math:`\ln(\sum Q^b_i / \sum Q^a_i)`.

    Notes
    -----
    Twice the inverse hyperbolic tangent of the depth imbalance.
    """
    bids, asks = (positive(DepthSum(LEVELS, depth=L, side=side)) for side in ("bid", "ask"))
    return Log(bids / asks)


def range_to_atr_ratio(*, w: int = 14) -> Expr:
    r"""Range of a bar against the average true range before it, :math:`(h_t - l_t) / \text{ATR}_{t-1}`."""
    return (HIGH - LOW) / Lag(average_true_range(w=w), ticks=1)


def spread_to_volatility_ratio(*, w: int = 60) -> Expr:
    r"""Relative spread against the standard deviation of returns over `w` bars, :math:`s_t / \sigma_w`.

    Notes
    -----
    Both as fractions of the price; the deviation is that of the bars that the view has, minute bars on ``bar:1m``.
    """
    std = RollingMoments(log_return(), window=w)["std"]
    return AsOf(relative_spread(unit="fraction")) / AsOf(std)


def volume_to_open_interest_ratio(*, W: Duration = DAY) -> Expr:
    r"""Volume of the last `W` against open interest, :math:`\sum_W v_i / \text{OI}_t`."""
    return WindowSum(VOLUME, width=W) / AsOf(positive(open_interest.contracts))


def turnover_ratio(*, W: Duration = DAY) -> Expr:
    r"""Volume of the last `W` against the supply as it stood, :math:`\sum_W v_i / \text{supply}_t`."""
    return WindowSum(VOLUME, width=W) / AsOf(positive(instrument.supply))


def put_call_volume_ratio(*, W: Duration = DAY) -> Expr:
    r"""Puts traded against calls in the last `W`, in contracts, :math:`\sum_W v_\text{put} / \sum_W v_\text{call}`."""
    right, size = option_trade.right, option_trade.size
    puts, calls = (WindowSum(Equal(right, of) * size, width=W) for of in (PUT, CALL))
    return puts / calls


def put_call_open_interest_ratio() -> Expr:
    r"""Puts that are open against calls, over all contracts of an underlying, as last published.

    .. math:: \sum_{j \in \text{puts}} n_j \Big/ \sum_{j \in \text{calls}} n_j

    Notes
    -----
    In contracts. Options of the United States have the number of the evening before, published in the morning: it
    counts from the time of its event on. What has expired goes out with the next number that is published. NaN where no
    call is open.
    """
    told = option_interest
    totals = InterestTotals(told.strike, told.right, told.expiry, told.contracts)
    return AsOf(totals["puts"]) / AsOf(totals["calls"])


def trade_to_quote_size_ratio(*, W: Duration = FIVE_MINUTES) -> Expr:
    r"""Mean size of trades against the mean size at the best prices, over the last `W`.

    .. math:: \bar v_W \Big/ \overline{(Q^b_1 + Q^a_1) / 2}_W

    Notes
    -----
    Each trade and each quote weighs the same.
    """
    quoted = WindowMean((BID_SIZE + ASK_SIZE) / 2.0, width=W)
    return WindowMean(SIZE, width=W) / quoted


def return_to_volume_sqrt_ratio(*, w: int = 20) -> Expr:
    r"""Coefficient of the square-root law of impact, of one bar.

    .. math:: Y_t = \frac{|r_t|}{\sigma_w \sqrt{v_t / \bar v_w}}

    Notes
    -----
    Deviation and mean volume are those of the last `w` bars, this one included. NaN for a bar without volume.
    """
    r = log_return()
    std = RollingMoments(r, window=w)["std"]
    share = VOLUME / RollingMoments(VOLUME, window=w)["mean"]
    return Abs(r) / (std * Sqrt(positive(share)))


def gain_loss_ratio(*, w: int = 100) -> Expr:
    r"""Mean gain against mean loss of `w` bars, :math:`\bar r_+ / |\bar r_-|`; a return of 0 counts for neither."""
    r = log_return()
    gain = RollingSum(Maximum(r, 0.0), window=w) / RollingSum(Greater(r, 0.0), window=w)
    loss = RollingSum(Maximum(0.0 - r, 0.0), window=w) / RollingSum(Less(r, 0.0), window=w)
    return gain / loss


def win_rate(*, w: int = 100) -> Expr:
    r"""Share of gains among the bars of `w` that moved, :math:`\#\{r_i > 0\} / \#\{r_i \ne 0\}`."""
    r = log_return()
    return RollingSum(Greater(r, 0.0), window=w) / RollingSum(NotEqual(r, 0.0), window=w)


def custom_ratio(*, num: Input = "close", den: Input = "volume", eps: float = 1e-12) -> Expr:
    r"""Any input against any other, :math:`x_t / y_t` where :math:`|y_t| \ge \epsilon`; else NaN."""
    y = column(den)
    return column(num) / Where(Less(Abs(y), eps), NOTHING, y)
