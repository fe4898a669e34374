"""How far and how fast the close moved: changes, their averages, distances from averages, lines through closes."""

from penstock.core.errors import DefinitionError
from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, OPEN
from penstock.formulas.indicators.averages import ema, sma, wma
from penstock.formulas.returns import simple_return
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.elementwise.sign import Sign
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.elementwise.where import Where
from penstock.ops.expanding.sma_seeded_ema import SmaSeededEma
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_mean import RollingMean
from penstock.ops.rolling.rolling_path import RollingPath
from penstock.ops.rolling.rolling_trend import RollingTrend
from penstock.ops.rolling.rolling_weighted_mean import RollingWeightedMean
from penstock.ops.state.run_length import RunLength


def change() -> Expr:
    """The close less the one before."""
    return momentum(w=1)


def momentum(*, w: int = 10) -> Expr:
    r"""The close less that of `w` bars ago, :math:`c_t - c_{t-w}`."""
    return CLOSE - Lag(CLOSE, ticks=w)


def rate_of_change(*, w: int = 10) -> Expr:
    r"""Change of the close over `w` bars in percent, :math:`100 (c_t / c_{t-w} - 1)`; NaN unless both are positive."""
    return simple_return(k=w) * 100.0


def trix(*, w: int = 15) -> Expr:
    r"""Change of a triple exponential average in percent.

    .. math:: 100 (E_t / E_{t-1} - 1), \quad E = E_w(E_w(E_w(c)))

    Notes
    -----
    Each average starts from the mean of its first `w` values, as in TA-Lib.
    """
    average = SmaSeededEma(SmaSeededEma(ema(w=w), window=w), window=w)
    return (average / Lag(average, ticks=1) - 1.0) * 100.0


def tsi(*, r: int = 25, s: int = 13) -> Expr:
    r"""True strength index: twice averaged changes of the close against their twice averaged sizes.

    .. math:: 100 \frac{E_s(E_r(c_t - c_{t-1}))}{E_s(E_r(|c_t - c_{t-1}|))}

    Notes
    -----
    Each average starts from the mean of its first values, as in TA-Lib; other libraries start from the first value.
    NaN where there was no change at all.
    """
    moved = [SmaSeededEma(SmaSeededEma(x, window=r), window=s) for x in (change(), Abs(change()))]
    return moved[0] / moved[1] * 100.0


def kst(
    *,
    rocs: tuple[int, ...] = (10, 15, 20, 30),
    smas: tuple[int, ...] = (10, 10, 10, 15),
) -> Expr:
    r"""Pring's know sure thing: averaged rates of change, the longer the heavier.

    .. math:: \sum_j j \, S_{m_j}(\text{ROC}_{k_j})
    """
    if not 0 < len(rocs) == len(smas):
        raise DefinitionError(
            f"kst: rocs and smas must be equally many, got {len(rocs)} and {len(smas)}"
        )
    parts = [RollingMean(rate_of_change(w=k), window=m) for k, m in zip(rocs, smas, strict=True)]
    total = parts[0]
    for j, part in enumerate(parts[1:], start=2):
        total = total + part * float(j)
    return total


def coppock_curve(*, r1: int = 14, r2: int = 11, w: int = 10) -> Expr:
    r"""Weighted average of the sum of two rates of change, :math:`W_w(\text{ROC}_{r_1} + \text{ROC}_{r_2})`."""
    return RollingWeightedMean(rate_of_change(w=r1) + rate_of_change(w=r2), window=w)


def detrended_price_oscillator(*, w: int = 20) -> Expr:
    r"""An earlier close less the average about it, :math:`c_{t - (\lfloor w/2 \rfloor + 1)} - S_w(c)_t`.

    Notes
    -----
    The price is shifted back, so the value is known at t but says what was; the centred plot looks ahead.
    """
    return Lag(CLOSE, ticks=w // 2 + 1) - sma(w=w)


def bias_indicator(*, w: int = 26) -> Expr:
    r"""The close against its average, :math:`c_t / S_w(c)_t - 1`."""
    return CLOSE / sma(w=w) - 1.0


def qstick(*, w: int = 10) -> Expr:
    r"""Average body of the last `w` bars, :math:`S_w(c - o)`."""
    return RollingMean(CLOSE - OPEN, window=w)


def forecast_oscillator(*, w: int = 14) -> Expr:
    r"""The close against what the line through the `w` closes before it foretold, in percent.

    .. math:: 100 \, (c_t - \hat c_{t \mid t-1}) / c_t
    """
    line = RollingTrend(CLOSE, window=w)
    return (CLOSE - Lag(line["end"] + line["slope"], ticks=1)) / CLOSE * 100.0


def efficiency_ratio(*, w: int = 10) -> Expr:
    r"""Distance that the close went over the length of its path.

    .. math:: \frac{|c_t - c_{t-w}|}{\sum_{i<w} |c_{t-i} - c_{t-i-1}|}

    Notes
    -----
    0 where the close did not move at all: a price that goes nowhere is not efficient.
    """
    path = RollingPath(CLOSE, window=w)
    return Where(Equal(path["path"], 0.0), 0.0, Minimum(path["efficiency"], 1.0))


def center_of_gravity(*, w: int = 10) -> Expr:
    r"""Where the weight of the last `w` closes lies, in bars back from one after the newest, with a minus.

    .. math::
        -\frac{\sum_{i<w} (i + 1) c_{t-i}}{\sum_{i<w} c_{t-i}}
        = (w + 1) \Big( \frac{W_w(c)_t}{2 S_w(c)_t} - 1 \Big)
    """
    return (wma(w=w) / sma(w=w) * 0.5 - 1.0) * (w + 1.0)


def correlation_trend_indicator(*, w: int = 20) -> Expr:
    r"""Correlation of the last `w` closes with time, :math:`\operatorname{corr}(c_{t-i}, -i)_{i<w}`; NaN where flat."""
    line = RollingTrend(CLOSE, window=w)
    return Sign(line["slope"]) * Minimum(Sqrt(line["r2"]), 1.0)


def td_setup_count(*, lag: int = 4, n: int = 9) -> Expr:
    r"""For how many bars in a row the close has been above (below, with a minus) that of `lag` bars before.

    .. math:: \operatorname{sign}(c_t - c_{t-k}) \min(n, \text{bars with this sign})

    Notes
    -----
    An equal close counts 0 and begins again. The count stands at `n` while the run goes on; DeMark's demand that a
    setup begin with a flip is not asked for.
    """
    if n < 1:
        raise DefinitionError(f"td_setup_count: n must be at least 1, got {n}")
    side = Sign(momentum(w=lag))
    return side * Minimum(RunLength(side), float(n))
