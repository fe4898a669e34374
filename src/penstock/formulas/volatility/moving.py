"""Volatility over windows and with fading memory, and how it moves."""

import math

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration
from penstock.expr import BAR, Expr
from penstock.formulas.columns import PRICE
from penstock.formulas.guards import positive, square
from penstock.formulas.returns import log_change, log_return
from penstock.formulas.spans import FIVE_MINUTES, MINUTE
from penstock.ops.decay.decayed_rate import DecayedRate
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.ema import Ema
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_mean import RollingMean
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_regression import RollingRegression
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.state.slot_median import SlotMedian
from penstock.ops.time.local_time import LocalTime

DAY = duration("1d")
MINUTES = 252.0 * 390.0  # of a year's sessions of six and a half hours
SCALES = (1, 5, 30, 300)


def realized_volatility(*, w: int = 60, annualize: float = MINUTES) -> Expr:
    r"""Volatility of the last `w` returns around 0, for `annualize` bars.

    .. math:: \sqrt{\frac{A}{w} \sum_i r_i^2}

    Notes
    -----
    The default is a year of minute bars in sessions of six and a half hours; 1 is the volatility of one bar, `w` that
    of the window.
    """
    return Sqrt(RollingMean(square(log_return()), window=w) * annualize)


def ewma_volatility(*, lam: float = 0.94) -> Expr:
    r"""Volatility of the next return, with weights that fade by `lam` a bar.

    .. math:: \sigma_t^2 = \lambda \sigma_{t-1}^2 + (1 - \lambda) r_t^2, \quad \sigma_1^2 = r_1^2
    """
    if not 0.0 < lam < 1.0:
        raise DefinitionError(f"ewma_volatility: lam must be between 0 and 1, got {lam}")
    return Sqrt(Ema(square(log_return()), span=2.0 / (1.0 - lam) - 1.0))


def volatility_of_volatility(*, w: int = 60, inner: int = 20) -> Expr:
    r"""Deviation of the last `w` changes of log volatility, :math:`\operatorname{std}_w(\Delta \ln \sigma)`.

    Notes
    -----
    :math:`\sigma` is that of the last `inner` returns around 0; NaN while one of them is 0.
    """
    sigma = Log(positive(realized_volatility(w=inner, annualize=1.0)))
    return RollingMoments(sigma - Lag(sigma, ticks=1), window=w)["std"]


def volatility_autocorrelation(*, w: int = 250, k: int = 1) -> Expr:
    r"""Correlation of the sizes of returns with those `k` bars before, :math:`\operatorname{corr}(|r_t|, |r_{t-k}|)`.

    Notes
    -----
    Over the :math:`w - k` pairs among the last `w` returns; NaN where all have one size.
    """
    if not 1 <= k <= w - 2:
        raise DefinitionError(
            f"volatility_autocorrelation: k must be from 1 to w - 2, got k={k}, w={w}"
        )
    size = Abs(log_return())
    return RollingRegression(Lag(size, ticks=k), size, window=w - k)["correlation"]


def leverage_effect_correlation(*, w: int = 250, k: int = 1) -> Expr:
    r"""Correlation of the last `w` squared returns with the returns `k` bars before.

    .. math:: \operatorname{corr}(r_{t-k}, r_t^2)
    """
    if k < 1:
        raise DefinitionError(f"leverage_effect_correlation: k must be at least 1, got {k}")
    past = Lag(log_return(), ticks=k)
    return RollingRegression(past, square(log_return()), window=w)["correlation"]


def diurnally_adjusted_volatility(*, days: int = 20, slot: Duration = MINUTE) -> Expr:
    r"""Size of a return against what is usual at its time of day, :math:`|r_t| / s`.

    .. math:: s = \operatorname{med} |r| \text{ of the last } d \text{ bars in the same slot}

    Notes
    -----
    Times of day are those of the bar's end in UTC, in slots of `slot`: (00:00, 00:01] is the first. NaN where the usual
    size is 0. Memory: a ring of `days` sizes for each slot, 240 kB a key at the defaults.
    """
    if slot <= 0 or DAY % slot:
        raise DefinitionError(
            f"diurnally_adjusted_volatility: slot must divide a day, got {slot} nanoseconds"
        )
    ended = LocalTime(ago=Duration(1), on=BAR)["second_of_day"]
    slots = DAY // slot
    size = Abs(log_return())
    usual = SlotMedian(ended * (slots / 86_400.0), size, window=days, slots=slots)
    return size / positive(usual)


def spot_volatility_kernel(*, bw: Duration = FIVE_MINUTES) -> Expr:
    r"""Variance a second of trade prices now, by a one-sided exponential kernel.

    .. math:: \sum_i \frac{1}{b} e^{-(t - t_i) / b} r_i^2

    Notes
    -----
    The bounce between bid and ask is in it: of trades it is too high where the spread is not small.
    """
    return DecayedRate(square(log_change(PRICE)), halflife=Duration(round(bw * math.log(2.0))))


def signature_plot_slope(*, w: int = 3_000, scales: tuple[int, ...] = SCALES) -> Expr:
    r"""Slope of log variance on the log of the step over which returns are taken; below 0, prices bounce.

    .. math:: \frac{\sum_k (x_k - \bar x) \ln \text{RV}_k}{\sum_k (x_k - \bar x)^2}, \quad x_k = \ln k, \quad
              \text{RV}_k = \frac{1}{k} \sum_{i > t - w} (\ln p_i - \ln p_{i-k})^2

    Notes
    -----
    Steps are counted in trades and overlap, over the last `w` trades; NaN where a price did not move over a step.
    """
    if len(scales) < 2 or min(scales) < 1 or len(set(scales)) < len(scales):
        raise DefinitionError(
            f"signature_plot_slope: two different scales of at least 1 are needed, got {scales}"
        )
    logs = [math.log(k) for k in scales]
    mean = sum(logs) / len(logs)
    spread = sum((x - mean) ** 2 for x in logs)
    found: Expr | None = None
    for k, x in zip(scales, logs, strict=True):
        variance = RollingSum(square(log_change(PRICE, k=k)), window=w) / float(k)
        part = Log(positive(variance)) * ((x - mean) / spread)
        found = part if found is None else found + part
    assert found is not None  # noqa: S101  (there are two scales)
    return found
