"""Statistics of any input column: over all ticks so far, over a window of ticks, with fading memory."""

import math

from penstock.core.errors import DefinitionError
from penstock.core.time import duration
from penstock.expr import Expr
from penstock.formulas.guards import known_count
from penstock.formulas.inputs import Input, column
from penstock.ops.decay.decayed_mean import DecayedMean
from penstock.ops.elementwise.exp import Exp
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.expanding.ew_moments import EwMoments
from penstock.ops.expanding.expanding_moments import ExpandingMoments
from penstock.ops.expanding.reservoir_median import ReservoirMedian
from penstock.ops.expanding.t_digest import TDigest
from penstock.ops.rolling.rolling_max import RollingMax
from penstock.ops.rolling.rolling_median import RollingMedian
from penstock.ops.rolling.rolling_min import RollingMin
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_quantile import RollingQuantile
from penstock.ops.session.first_since import FirstSince
from penstock.streams import NEVER


def expanding_mean(*, x: Input = "log_return") -> Expr:
    r"""Mean of all values so far, :math:`\mu_n = \mu_{n-1} + (x_n - \mu_{n-1}) / n`."""
    return ExpandingMoments(column(x))["mean"]


def expanding_variance(*, x: Input = "log_return", ddof: int = 1) -> Expr:
    r"""Variance of all values so far, :math:`M_2 / (n - \text{ddof})`."""
    variance = ExpandingMoments(column(x))["variance"]
    if ddof == 1:
        return variance
    n = known_count(column(x))
    return variance * ((n - 1.0) / (n - float(ddof)))


def expanding_skewness(*, x: Input = "log_return", bias: bool = True) -> Expr:
    r"""Skewness of all values so far.

    .. math:: g_1 = \sqrt{n} M_3 / M_2^{3/2}, \quad G_1 = g_1 \sqrt{n (n - 1)} / (n - 2)
    """
    skew = ExpandingMoments(column(x))["skew"]
    if bias:
        return skew
    n = known_count(column(x))
    return skew * (Sqrt(n * (n - 1.0)) / (n - 2.0))


def expanding_kurtosis(*, x: Input = "log_return", fisher: bool = True) -> Expr:
    r"""Kurtosis of all values so far, :math:`g_2 = n M_4 / M_2^2 - 3`; without the 3 unless `fisher`."""
    kurtosis = ExpandingMoments(column(x))["kurtosis"]
    return kurtosis if fisher else kurtosis + 3.0


def rolling_mean(*, x: Input = "log_return", w: int = 60) -> Expr:
    r"""Mean of the last `w` values, :math:`\frac{1}{w} \sum_{i<w} x_{t-i}`."""
    return RollingMoments(column(x), window=w)["mean"]


def rolling_std(*, x: Input = "log_return", w: int = 60, ddof: int = 1) -> Expr:
    r"""Standard deviation of the last `w` values, :math:`\sqrt{M_2 / (w - \text{ddof})}`."""
    if not 0 <= ddof < w:
        raise DefinitionError(f"rolling_std: ddof must be at least 0 and below w, got {ddof}")
    std = RollingMoments(column(x), window=w)["std"]
    return std if ddof == 1 else std * math.sqrt((w - 1) / (w - ddof))


def rolling_skewness(*, x: Input = "log_return", w: int = 100) -> Expr:
    r"""Adjusted Fisher-Pearson skewness of the last `w` values, :math:`G_1`."""
    return RollingMoments(column(x), window=w)["skew"]


def rolling_kurtosis(*, x: Input = "log_return", w: int = 100) -> Expr:
    r"""Unbiased excess kurtosis of the last `w` values, :math:`G_2`."""
    return RollingMoments(column(x), window=w)["kurtosis"]


def rolling_min(*, x: Input = "low", w: int = 20) -> Expr:
    r"""Smallest of the last `w` values, :math:`\min_{i<w} x_{t-i}`."""
    return RollingMin(column(x), window=w)


def rolling_max(*, x: Input = "high", w: int = 20) -> Expr:
    r"""Largest of the last `w` values, :math:`\max_{i<w} x_{t-i}`."""
    return RollingMax(column(x), window=w)


def rolling_median(*, x: Input = "log_return", w: int = 60) -> Expr:
    r"""Median of the last `w` values; of an even number, the mean of the middle two.

    .. math:: (x_{(\lfloor (w+1)/2 \rfloor)} + x_{(\lceil (w+1)/2 \rceil)}) / 2
    """
    return RollingMedian(column(x), window=w)


def rolling_quantile(*, x: Input = "log_return", w: int = 250, q: float = 0.05) -> Expr:
    r"""Quantile of the last `w` values, linear between order statistics (Hyndman-Fan type 7).

    .. math::
        x_{(k)} + (h - k)(x_{(k + 1)} - x_{(k)}), \quad h = (w - 1) q + 1, \; k = \lfloor h \rfloor
    """
    return RollingQuantile(column(x), window=w, q=q)


def ew_mean(*, x: Input = "log_return", halflife: float = 20.0, adjust: bool = False) -> Expr:
    r"""Exponentially weighted mean.

    .. math:: \mu_t = a x_t + (1 - a) \mu_{t-1}, \quad a = 1 - 2^{-1/\text{halflife}}, \quad \mu_0 = x_0

    Notes
    -----
    With `adjust`, the seed weighs what its age says and the weights are divided by their sum, as in pandas.
    """
    seeded = EwMoments(column(x), halflife=halflife)["mean"]
    if not adjust:
        return seeded
    rate = -math.log(2.0) / halflife
    age = known_count(column(x)) - 1.0
    surplus = Exp(age * rate) * FirstSince(column(x), reset=NEVER)
    return (seeded - surplus * math.exp(rate)) / (1.0 - Exp((age + 1.0) * rate))


def ew_variance(*, x: Input = "log_return", halflife: float = 20.0) -> Expr:
    r"""Exponentially weighted variance.

    .. math:: v_t = (1 - a)(v_{t-1} + a d_t^2), \quad d_t = x_t - \mu_{t-1}, \quad v_0 = 0
    """
    return EwMoments(column(x), halflife=halflife)["variance"]


def time_decayed_mean(*, x: Input = "price", halflife_s: float = 30.0) -> Expr:
    r"""Mean that weighs a value by its age in seconds.

    .. math:: \sum_i 2^{-(t - t_i)/h} x_i \Big/ \sum_i 2^{-(t - t_i)/h}
    """
    if halflife_s <= 0:
        raise DefinitionError(f"time_decayed_mean: halflife_s must be positive, got {halflife_s}")
    return DecayedMean(column(x), halflife=duration(round(halflife_s * 1e9)))


def tdigest_quantile(*, x: Input = "size", q: float = 0.99, compression: float = 100.0) -> Expr:
    r"""Quantile of all values so far from a merging t-digest; approximate, closest in the tails.

    .. math:: k(q) = \frac{\delta}{2 \pi} \arcsin(2 q - 1), \quad \text{each cluster spans at most 1 of } k
    """
    return TDigest(column(x), q=q, compression=compression)


def reservoir_median(*, x: Input = "size", k: int = 1024, seed: int = 0) -> Expr:
    r"""Median of a uniform sample of `k` of all values so far (Algorithm R with a seed); approximate.

    .. math:: \operatorname{median}(S_n), \quad P(x_i \in S_n) = k / n
    """
    return ReservoirMedian(column(x), size=k, seed=seed)
