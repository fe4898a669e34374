"""Statistics of volume: against its past, against returns, in its rhythm."""

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration
from penstock.expr import BAR, Expr
from penstock.formulas.columns import CLOSE, SIZE, VOLUME
from penstock.formulas.returns import log_return
from penstock.formulas.spans import FIVE_MINUTES, FIVE_SECONDS, MINUTE
from penstock.ops.decay.decayed_rate import DecayedRate
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.log import Log
from penstock.ops.expanding.sma_seeded_ema import SmaSeededEma
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_autocorrelation import RollingAutocorrelation
from penstock.ops.rolling.rolling_rank import RollingRank
from penstock.ops.rolling.rolling_regression import RollingRegression
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.state.slot_mean import SlotMean
from penstock.ops.time.local_time import LocalTime

DAY = duration("1d")


def logged() -> Expr:
    """Natural logarithm of 1 and the volume."""
    return Log(VOLUME + 1.0)


def volume_percentile(*, w: int = 250) -> Expr:
    r"""Rank of the volume among the last `w` bars, from 0 to 1; equal volumes share the middle of their ranks.

    .. math:: \frac{\#\{v_i < v_t\} + \frac{1}{2} \#\{v_i = v_t\}}{w - 1}, \quad t - w < i < t
    """
    return RollingRank(VOLUME, window=w)


def time_of_day_relative_volume(*, days: int = 20, slot: Duration = MINUTE) -> Expr:
    r"""Volume against its mean at the same time of day, over the last `days` days that had a bar then.

    .. math:: v_t \Big/ \frac{1}{n} \sum_{d=1}^{n} v_{t, d}

    Notes
    -----
    Times of day are those of the bar's end in UTC, in slots of `slot`: (00:00, 00:01] is the first. Two bars of one
    slot count as two. Memory: a ring of `days` volumes for each slot, 240 kB a key at the defaults.
    """
    if slot <= 0 or DAY % slot:
        raise DefinitionError(
            f"time_of_day_relative_volume: slot must divide a day, got {slot} nanoseconds"
        )
    ended = LocalTime(ago=Duration(1), on=BAR)["second_of_day"]
    slots = DAY // slot
    return VOLUME / SlotMean(ended * (slots / 86_400.0), VOLUME, window=days, slots=slots)


def volume_oscillator_pct(*, fast: int = 12, slow: int = 26) -> Expr:
    r"""Fast against slow average of volume in percent, :math:`100 (\text{EMA}_f - \text{EMA}_s) / \text{EMA}_s`.

    Notes
    -----
    Each average is seeded with the mean of its own first values; TA-Lib seeds the fast one later, so that both begin
    at one bar, and the two agree once the seeds are forgotten.
    """
    slower = SmaSeededEma(VOLUME, window=slow)
    return (SmaSeededEma(VOLUME, window=fast) - slower) / slower * 100.0


def volume_weighted_momentum(*, w: int = 20) -> Expr:
    r"""Mean log return of `w` bars weighted by volume, :math:`\sum_w v_i r_i / \sum_w v_i`."""
    return RollingSum(VOLUME * log_return(), window=w) / RollingSum(VOLUME, window=w)


def up_volume_share(*, w: int = 20) -> Expr:
    r"""Share of the volume of `w` bars that came with a rising close.

    .. math:: \sum_w v_i 1\{c_i > c_{i-1}\} \Big/ \sum_w v_i
    """
    rising = RollingSum(VOLUME * Greater(CLOSE, Lag(CLOSE, ticks=1)), window=w)
    return rising / RollingSum(VOLUME, window=w)


def volume_autocorrelation(*, w: int = 60, k: int = 1) -> Expr:
    r"""Autocorrelation of log volume over `w` bars at a lag of `k`.

    .. math:: \frac{\sum_{i > k} (y_i - \bar y)(y_{i-k} - \bar y)}{\sum_i (y_i - \bar y)^2}, \quad y = \ln(1 + v)

    Notes
    -----
    All terms have the mean of the whole window, as the autocorrelation function has it; pandas' ``autocorr`` is the
    correlation of two shifted windows, each with its own mean.
    """
    return RollingAutocorrelation(logged(), window=w, lag=k)["correlation"]


def volume_burst_flag(
    *, fast: Duration = FIVE_SECONDS, slow: Duration = FIVE_MINUTES, k: float = 4.0
) -> Expr:
    r"""1 while the fast rate of volume is above `k` times the slow one, else 0.

    .. math:: 1\{R_f > k R_s\}, \quad R_h = \lambda \sum_i v_i e^{-\lambda (t - t_i)}, \quad \lambda = \ln 2 / h

    Notes
    -----
    `fast` and `slow` are half-lives. Rates start from 0, so a stream's first trades are a burst.
    """
    return Greater(DecayedRate(SIZE, halflife=fast), DecayedRate(SIZE, halflife=slow) * k)


def volume_price_correlation(*, w: int = 60) -> Expr:
    r"""Correlation of the size of log returns with log volume, :math:`\rho_w(|r|, \ln(1 + v))`."""
    return RollingRegression(Abs(log_return()), logged(), window=w)["correlation"]
