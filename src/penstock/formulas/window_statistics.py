"""Statistics of a window of any input column that need its order, its steps or its shape."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.expr import Expr
from penstock.formulas.guards import known_count, whole
from penstock.formulas.inputs import Input, column
from penstock.formulas.pairs import pair_returns
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.less import Less
from penstock.ops.expanding.ew_skewness import EwSkewness
from penstock.ops.expanding.expanding_covariance import ExpandingCovariance
from penstock.ops.expanding.p2_quantile import P2Quantile
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_arg_max import RollingArgMax
from penstock.ops.rolling.rolling_arg_min import RollingArgMin
from penstock.ops.rolling.rolling_gini import RollingGini
from penstock.ops.rolling.rolling_l_moments import RollingLMoments
from penstock.ops.rolling.rolling_longest_run import RollingLongestRun
from penstock.ops.rolling.rolling_mad import RollingMad
from penstock.ops.rolling.rolling_max import RollingMax
from penstock.ops.rolling.rolling_mean import RollingMean
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_quantile import RollingQuantile
from penstock.ops.rolling.rolling_rank import RollingRank
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.rolling.rolling_trimmed_mean import RollingTrimmedMean

OfPair = Literal["ret_a", "ret_b"]


def rolling_argmax_age(*, x: Input = "high", w: int = 20) -> Expr:
    r"""Ticks since the largest of the last `w` values, :math:`\min \{k : x_{t-k} = \max_w x\}`."""
    return RollingArgMax(column(x), window=w)


def rolling_argmin_age(*, x: Input = "low", w: int = 20) -> Expr:
    r"""Ticks since the smallest of the last `w` values, :math:`\min \{k : x_{t-k} = \min_w x\}`."""
    return RollingArgMin(column(x), window=w)


def rolling_mad(*, x: Input = "log_return", w: int = 60) -> Expr:
    r"""Median distance of the last `w` values to their median, :math:`\operatorname{med} |x_i - \operatorname{med} x|`.

    Notes
    -----
    Not scaled: 1.4826 times it estimates the standard deviation of a normal variable.
    """
    return RollingMad(column(x), window=w)["deviation"]


def rolling_iqr(*, x: Input = "log_return", w: int = 60) -> Expr:
    r"""Distance between the quartiles of the last `w` values, :math:`q_{0.75} - q_{0.25}` (type 7)."""
    upper, lower = (RollingQuantile(column(x), window=w, q=q) for q in (0.75, 0.25))
    return upper - lower


def rolling_percent_rank(*, x: Input = "close", w: int = 100) -> Expr:
    r"""Where the value stands among the last `w`, from 0 to 1; of equal values each counts half.

    .. math:: \frac{\#\{x_i < x_t\} + \frac{1}{2} (\#\{x_i = x_t\} - 1)}{w - 1}
    """
    return RollingRank(column(x), window=w)


def rolling_trimmed_mean(*, x: Input = "log_return", w: int = 60, trim: float = 0.1) -> Expr:
    r"""Mean of the last `w` values without the `trim` smallest and largest.

    .. math:: \frac{1}{w - 2 g} \sum_{j=g+1}^{w-g} x_{(j)}, \quad g = \lfloor w \cdot \text{trim} \rfloor
    """
    return RollingTrimmedMean(column(x), window=w, share=trim)


def rolling_l_skewness(*, x: Input = "log_return", w: int = 100) -> Expr:
    r"""L-skewness of the last `w` values, :math:`\tau_3 = \lambda_3 / \lambda_2`; NaN where all are equal."""
    return RollingLMoments(column(x), window=w)["skew"]


def rolling_l_kurtosis(*, x: Input = "log_return", w: int = 100) -> Expr:
    r"""L-kurtosis of the last `w` values, :math:`\tau_4 = \lambda_4 / \lambda_2`; NaN where all are equal."""
    return RollingLMoments(column(x), window=w)["kurtosis"]


def rolling_coefficient_of_variation(*, x: Input = "volume", w: int = 60, ddof: int = 1) -> Expr:
    r"""Standard deviation of the last `w` values against the size of their mean, :math:`s_w / |\bar x_w|`."""
    if ddof not in (0, 1):
        raise DefinitionError(f"rolling_coefficient_of_variation: ddof must be 0 or 1, got {ddof}")
    moments = RollingMoments(column(x), window=w)
    scale = 1.0 if ddof == 1 else ((w - 1) / w) ** 0.5
    return moments["std"] * scale / Abs(moments["mean"])


def ew_skewness(*, x: Input = "log_return", halflife: float = 50.0) -> Expr:
    r"""Exponentially weighted skewness, :math:`E_w[(x - \mu)^3] / v^{3/2}`.

    Notes
    -----
    Seeded with the first value; not corrected for bias; NaN until two values differ.
    """
    return EwSkewness(column(x), halflife=halflife)


def p2_quantile(*, x: Input = "size", q: float = 0.95) -> Expr:
    r"""Quantile of all values so far from five markers (P-square), :math:`\hat q_n`; approximate."""
    return P2Quantile(column(x), q=q)


def rolling_zero_crossing_rate(*, x: Input = "close", w: int = 60) -> Expr:
    r"""Share of steps at which a value without its trend changes sign.

    .. math:: \frac{1}{w - 1} \sum 1\{y_i y_{i-1} < 0\}, \quad y_i = x_i - \bar x_{i-w+1..i}

    Notes
    -----
    The trend is the mean of the `w` values up to the one that it is taken from: nothing looks ahead. What is left
    counts in billionths, since prices that are equal to their mean on paper differ from it in the last bits.
    """
    around = whole(column(x) - RollingMean(column(x), window=w))
    return RollingSum(Less(around * Lag(around, ticks=1), 0.0), window=w - 1) / float(w - 1)


def rolling_mean_abs_change(*, x: Input = "close", w: int = 60) -> Expr:
    r"""Mean size of the steps between the last `w` values, :math:`\frac{1}{w-1} \sum |x_i - x_{i-1}|`."""
    step = Abs(column(x) - Lag(column(x), ticks=1))
    return RollingMean(step, window=w - 1)


def rolling_longest_run_above_mean(*, x: Input = "close", w: int = 60) -> Expr:
    r"""Longest stretch of the last `w` values above their mean.

    .. math:: \max \{l : x_j, \dots, x_{j+l-1} > \bar x_w\}
    """
    return RollingLongestRun(column(x), window=w)


def rolling_number_of_peaks(*, x: Input = "close", w: int = 60, support: int = 3) -> Expr:
    r"""How many of the last `w` values are above the `support` values on both sides.

    .. math:: \#\{i : x_i > x_j, \; 0 < |i - j| \le s\}

    Notes
    -----
    Both sides lie inside the window, so a peak counts `support` ticks after it.
    """
    if not 1 <= support <= (w - 1) // 2:
        raise DefinitionError(
            f"rolling_number_of_peaks: support must be from 1 to (w - 1) / 2, got {support}"
        )
    middle = Lag(column(x), ticks=support)
    after = RollingMax(column(x), window=support)
    before = Lag(after, ticks=support + 1)
    peak = Greater(middle, after) * Greater(middle, before)
    return RollingSum(peak, window=w - 2 * support)


def rolling_gini(*, x: Input = "size", w: int = 500) -> Expr:
    r"""Gini's coefficient of the last `w` values.

    .. math:: \frac{\sum_i (2 i - w - 1) x_{(i)}}{w \sum_i x_i}

    Notes
    -----
    NaN while a value below 0 is in the window.
    """
    return RollingGini(column(x), window=w)


def expanding_covariance(*, x: OfPair = "ret_a", y: OfPair = "ret_b", ddof: int = 1) -> Expr:
    r"""Covariance of two symbols' log returns between the view's ticks, over all of them so far.

    .. math:: C_n = C_{n-1} + (x_n - \bar x_{n-1})(y_n - \bar y_n), \quad s_{xy} = C_n / (n - \text{ddof})

    Notes
    -----
    Of the bars in the roles ``a`` and ``b``.
    """
    if ddof not in (0, 1):
        raise DefinitionError(f"expanding_covariance: ddof must be 0 or 1, got {ddof}")
    returns = dict(zip(("ret_a", "ret_b"), pair_returns(), strict=True))
    covariance = ExpandingCovariance(returns[x], returns[y])
    if ddof == 1:
        return covariance
    n = known_count(returns[x] + returns[y])
    return covariance * ((n - 1.0) / n)
