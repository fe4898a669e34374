"""How much something changed: differences over ticks and over time."""

from penstock.core.time import Duration, duration
from penstock.expr import VIEW, Expr
from penstock.formulas.columns import CLOSE, LEVELS, PRICE, VOLUME
from penstock.formulas.guards import NOTHING, one, positive
from penstock.formulas.pairs import pair_returns
from penstock.formulas.quotes import queue_imbalance, relative_spread
from penstock.formulas.returns import log_ratio, log_return
from penstock.formulas.spans import FIVE_MINUTES, MINUTE, TEN_SECONDS
from penstock.ops.asof import AsOf
from penstock.ops.book.depth_sum import DepthSum
from penstock.ops.clock.delayed import Delayed
from penstock.ops.decay.decayed_rate import DecayedRate
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.atanh import Atanh
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.where import Where
from penstock.ops.indicator.relative_strength import RelativeStrength
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_ordinal import RollingOrdinal
from penstock.ops.rolling.rolling_regression import RollingRegression
from penstock.ops.window.window_time_mean import WindowTimeMean
from penstock.streams import Delay

PATTERN = 3  # values in an ordinal pattern
FADED = 1e-200  # a second: before a rate is too small to be exact


def change(x: Expr, *, k: int = 1) -> Expr:
    r"""Difference over `k` ticks, :math:`x_t - x_{t-k}`."""
    return x - Lag(x, ticks=k)


def ago(x: Expr, span: Duration) -> Expr:
    """What a value of the view's clock was at the last tick that is at least so old."""
    return AsOf(Delayed(x, on=Delay(VIEW, span)))


def price_change(*, k: int = 1) -> Expr:
    r"""Change of the close over `k` bars, :math:`c_t - c_{t-k}`."""
    return change(CLOSE, k=k)


def price_change_ticks(*, tick: float = 0.01) -> Expr:
    r"""Change of the trade price in ticks, :math:`(p_t - p_{t-1}) / \text{tick}`.

    Notes
    -----
    Whole up to rounding where prices are on the grid; trades between two prices of the grid show as fractions.
    """
    return change(PRICE) / tick


def return_acceleration() -> Expr:
    r"""Change of the log return, :math:`r_t - r_{t-1}`."""
    return change(log_return())


def price_jerk() -> Expr:
    r"""Third difference of the log price, :math:`r_t - 2 r_{t-1} + r_{t-2}`."""
    return change(change(log_return()))


def volume_change() -> Expr:
    r"""Log change of the volume, :math:`\ln \frac{1 + v_t}{1 + v_{t-1}}`."""
    return change(Log(VOLUME + 1.0))


def volatility_change(*, w: int = 20, k: int = 5) -> Expr:
    r"""Log change over `k` bars of the standard deviation of returns over `w`, :math:`\ln(\sigma_t / \sigma_{t-k})`.

    Notes
    -----
    NaN where one of the two is 0. For `k` below `w` the windows overlap.
    """
    std = RollingMoments(log_return(), window=w)["std"]
    return log_ratio(std, Lag(std, ticks=k))


def correlation_change(*, w: int = 60, k: int = 20) -> Expr:
    r"""Change over `k` ticks of the correlation of two symbols' returns, after Fisher's transform.

    .. math:: \operatorname{artanh} \rho_t - \operatorname{artanh} \rho_{t-k}

    Notes
    -----
    The correlation of the log returns of the bars ``a`` and ``b`` over `w` ticks of the view's clock. The windows
    overlap for `k` below `w`: this is no test statistic. NaN for a correlation of 1 or -1.
    """
    a, b = pair_returns()
    rho = RollingRegression(b, a, window=w)["correlation"]
    return change(Atanh(Where(Less(Abs(rho), 1.0), rho, NOTHING)), k=k)


def beta_change(*, w: int = 120, k: int = 20) -> Expr:
    r"""Change over `k` ticks of the slope of one symbol's returns on another's, :math:`\beta_t - \beta_{t-k}`.

    Notes
    -----
    The least-squares slope of the log returns of ``a`` on those of ``b`` over `w` ticks of the view's clock.
    """
    a, b = pair_returns()
    return change(RollingRegression(b, a, window=w)["slope"], k=k)


def spread_change(*, W: Duration = MINUTE) -> Expr:
    r"""Time-weighted relative spread of the last `W` less that of the `W` before, in basis points.

    .. math:: \bar s_{(t-W, t]} - \bar s_{(t-2W, t-W]}

    Notes
    -----
    The window before is the one that the view's last tick at least `W` ago saw.
    """
    mean = WindowTimeMean(relative_spread(), width=W)
    return mean - ago(mean, W)


def depth_change(*, L: int = 5, W: Duration = TEN_SECONDS) -> Expr:
    r"""Log change of the size of the first `L` levels of both sides in a span, :math:`\ln(Q_t / Q_{t-W})`.

    Notes
    -----
    Against the view's last tick at least `W` ago.
    """
    depth = AsOf(DepthSum(LEVELS, depth=L, side="both"))
    return Log(positive(depth) / positive(ago(depth, W)))


def imbalance_change(*, W: Duration = TEN_SECONDS) -> Expr:
    r"""Change of the queue imbalance in a span, :math:`I_t - I_{t-W}`.

    Notes
    -----
    Against the view's last tick at least `W` ago.
    """
    imbalance = AsOf(queue_imbalance())
    return imbalance - ago(imbalance, W)


def rsi_change(*, w: int = 14, k: int = 3) -> Expr:
    r"""Change of the relative strength index over `k` bars, :math:`\text{RSI}_t - \text{RSI}_{t-k}`."""
    return change(RelativeStrength(CLOSE, window=w)["index"], k=k)


def skewness_change(*, w: int = 100, k: int = 20) -> Expr:
    r"""Change over `k` bars of the adjusted skewness of returns over `w`, :math:`G_{1,t} - G_{1,t-k}`."""
    return change(RollingMoments(log_return(), window=w)["skew"], k=k)


def entropy_change(*, w: int = 250, k: int = 50) -> Expr:
    r"""Change over `k` bars of the permutation entropy of closes over `w`, :math:`H_t - H_{t-k}`.

    Notes
    -----
    Patterns of three closes, normalised by :math:`\ln 3!`.
    """
    return change(RollingOrdinal(CLOSE, window=w, order=PATTERN)["entropy"], k=k)


def trade_intensity_change(*, fast: Duration = TEN_SECONDS, slow: Duration = FIVE_MINUTES) -> Expr:
    r"""Log ratio of two exponential rates of trades, :math:`\ln(\lambda_\text{fast} / \lambda_\text{slow})`.

    .. math:: \lambda_h = \frac{\ln 2}{h} \sum_i 2^{-(t - t_i)/h}

    Notes
    -----
    `fast` and `slow` are half-lives. Both rates begin at 0, so the ratio is that of steady trading only once several
    of the slow half-lives have passed. NaN once the fast rate has faded below 1e-200 a second.
    """
    trades = one(PRICE)
    quick, long = (DecayedRate(trades, halflife=duration(span)) for span in (fast, slow))
    return Log(Where(Greater(quick, FADED), quick, NOTHING) / long)
