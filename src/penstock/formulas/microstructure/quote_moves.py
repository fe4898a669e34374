"""How the best bid and ask move: how often, how far, and for how long they stand."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration
from penstock.expr import Expr, When
from penstock.formulas.columns import ASK_PRICE, ASK_SIZE, BID_PRICE, BID_SIZE
from penstock.formulas.guards import NOTHING, known, positive, whole
from penstock.formulas.quotes import bid_ask_spread, mid_price, same_as_before
from penstock.formulas.spans import FIVE_MINUTES, MINUTE
from penstock.ops.asof import AsOf
from penstock.ops.elapsed import Elapsed
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.less_equal import LessEqual
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.log1p import Log1p
from penstock.ops.elementwise.not_equal import NotEqual
from penstock.ops.elementwise.round_half_even import RoundHalfEven
from penstock.ops.elementwise.where import Where
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_regression import RollingRegression
from penstock.ops.state.value_when import ValueWhen
from penstock.ops.time.age import Age
from penstock.ops.window.window_sum import WindowSum
from penstock.ops.window.window_time_mean import WindowTimeMean
from penstock.ops.window.window_time_moments import WindowTimeMoments
from penstock.streams import Every

Logarithm = Literal["log", "log1p"]
SECONDS = 1e-9  # of a nanosecond
MILLISECONDS = 1e-3  # of a second
SECOND = duration("1s")


def mid_change_rate(*, W: Duration = MINUTE) -> Expr:
    r"""Changes of the mid per second over the last `W`, :math:`\#\{t : m_t \ne m_{t-1}\} / W`.

    Notes
    -----
    A mid is compared with the last known one, so a side that goes and comes back as it was changes nothing.
    """
    mid = whole(mid_price())
    moved = NotEqual(mid, Lag(ValueWhen(known(mid), mid), ticks=1))
    return WindowSum(FillNan(moved, value=0.0), width=W) / (W * SECONDS)


def quote_flicker_rate(*, W: Duration = MINUTE, max_ms: float = 100.0) -> Expr:
    r"""Changes of a best price per second that its next change took back within `max_ms` milliseconds.

    .. math:: \frac{1}{W} \sum_{s \in \{b, a\}} \#\{ k : P^s_k = P^s_{k-2}, \; t_k - t_{k-1} \le \text{max\_ms} \}

    Notes
    -----
    Over the prices :math:`P^s_k` that a side changed to, in the last `W`, each counted when it is taken back. A side
    that is absent has a price like any other.
    """
    if not max_ms > 0.0:
        raise DefinitionError(f"quote_flicker_rate: max_ms must be positive, got {max_ms}")
    counts = [
        WindowSum(flicker(side, max_ms * MILLISECONDS), width=W) for side in (BID_PRICE, ASK_PRICE)
    ]
    return (counts[0] + counts[1]) / (W * SECONDS)


def flicker(side: Expr, seconds: float) -> Expr:
    """1 where a side's price is back where it was before its last change, soon after that; on the clock of changes."""
    price = AsOf(FillNan(side, value=0.0), on=When(1.0 - same_as_before(side)))
    back = Equal(price, Lag(price, ticks=2)) * LessEqual(Elapsed(price), seconds)
    return FillNan(back, value=0.0)


def quote_age() -> Expr:
    r"""Seconds since the best bid or ask price changed last, :math:`t - \max \{ s \le t : P_s \ne P_{s-} \}`."""
    moved = 1.0 - same_as_before(BID_PRICE) * same_as_before(ASK_PRICE)
    return Age(AsOf(moved, on=When(moved)))


def quote_volatility(*, W: Duration = MINUTE) -> Expr:
    r"""Deviation of the mid around its mean over the last `W`, weighted by time, by that mean.

    .. math:: \frac{1}{\bar m} \sqrt{\frac{1}{W} \int_{t-W}^{t} (m_s - \bar m)^2 \, ds}, \quad
              \bar m = \frac{1}{W} \int_{t-W}^{t} m_s \, ds
    """
    moments = WindowTimeMoments(mid_price(), width=W)
    return moments["std"] / moments["mean"]


def crossed_locked_share(*, W: Duration = FIVE_MINUTES) -> Expr:
    r"""Share of the last `W` for which the best bid was at or above the best ask.

    .. math:: \frac{1}{W} \int_{t-W}^{t} 1\{P^b_s \ge P^a_s\} \, ds

    Notes
    -----
    Of the quotes that the feed carries: of several venues only where those are consolidated. A quote without one of
    the sides is neither crossed nor locked.
    """
    crossed = FillNan(GreaterEqual(BID_PRICE, ASK_PRICE), value=0.0)
    return WindowTimeMean(crossed, width=W)


def spread_mean_reversion_speed(*, w: int = 500, sample: Duration = SECOND) -> Expr:
    r"""How fast the spread returns to its mean, :math:`-\ln \hat\phi / \Delta`, per second.

    .. math:: s_j = c + \phi s_{j-1} + e_j

    Notes
    -----
    Least squares over the last `w` spreads, one every `sample`; NaN where :math:`\hat\phi` is not positive, where the
    spread stood still, and while a crossed quote is among them.
    """
    if w < 4:
        raise DefinitionError(f"spread_mean_reversion_speed: w must be at least 4, got {w}")
    spread = AsOf(bid_ask_spread(), on=Every(sample))
    slope = RollingRegression(Lag(spread, ticks=1), spread, window=w - 1)["slope"]
    return AsOf((0.0 - Log(positive(slope))) / (sample * SECONDS))


def logged(size: Expr, log: Logarithm) -> Expr:
    """The logarithm of a size, or of one more than it."""
    return Log(positive(size)) if log == "log" else Log1p(positive(size))


def quote_slope(*, log: Logarithm = "log") -> Expr:
    r"""Spread by the log sizes at the touch, :math:`(P^a - P^b) / (\ln Q^a + \ln Q^b)`.

    Notes
    -----
    Sizes around one unit have logarithms around 0: ``log="log1p"`` takes :math:`\ln(1 + Q)`. NaN while the book is
    crossed or a side is empty.
    """
    return bid_ask_spread() / market_depth_hasbrouck_seppi(log=log)


def market_depth_hasbrouck_seppi(*, log: Logarithm = "log") -> Expr:
    r"""Log sizes at the touch, :math:`\ln Q^a + \ln Q^b`; with ``log="log1p"`` :math:`\ln(1 + Q)`."""
    if log not in ("log", "log1p"):
        raise DefinitionError(f"Log sizes: log must be log or log1p, got {log!r}")
    return logged(ASK_SIZE, log) + logged(BID_SIZE, log)


def log_quoted_spread() -> Expr:
    r"""Log of the best ask by the best bid, :math:`\ln(P^a / P^b)`; NaN while the book is crossed."""
    ratio = Log(positive(ASK_PRICE) / positive(BID_PRICE))
    return Where(GreaterEqual(ASK_PRICE, BID_PRICE), ratio, NOTHING)


def spread_in_ticks(*, tick: float = 0.01) -> Expr:
    r"""Best ask less best bid in steps of the price, :math:`\operatorname{round}((P^a - P^b) / \text{tick})`.

    Notes
    -----
    `tick` is the instrument's price step. NaN while the book is crossed.
    """
    if not tick > 0.0:
        raise DefinitionError(f"spread_in_ticks: tick must be positive, got {tick}")
    return RoundHalfEven(bid_ask_spread() / tick)
