"""Volatility from the ranges of bars."""

import math

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, HIGH, LOW, OPEN
from penstock.formulas.guards import positive, square
from penstock.formulas.returns import log_ratio, log_return
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_mean import RollingMean
from penstock.ops.rolling.rolling_moments import RollingMoments

BODY = 2 * math.log(2.0) - 1.0


def rogers_satchell() -> Expr:
    """Variance of one bar whatever its drift."""
    up = log_ratio(HIGH, CLOSE) * log_ratio(HIGH, OPEN)
    return up + log_ratio(LOW, CLOSE) * log_ratio(LOW, OPEN)


def garman_klass() -> Expr:
    """Variance of one bar from its range and its body."""
    return 0.5 * square(log_ratio(HIGH, LOW)) - BODY * square(log_ratio(CLOSE, OPEN))


def parkinson(w: int) -> Expr:
    """Variance of a bar from the ranges of the last `w`."""
    return RollingMean(square(log_ratio(HIGH, LOW)), window=w) / (4.0 * math.log(2.0))


def parkinson_volatility(*, w: int = 20) -> Expr:
    r"""Volatility of a bar from the ranges of the last `w`.

    .. math:: \sqrt{\frac{1}{4 \ln 2} \frac{1}{w} \sum_i \ln(h_i / l_i)^2}

    Notes
    -----
    Too low where trades are few: a range of trades is smaller than that of the price between them.
    """
    return Sqrt(parkinson(w))


def garman_klass_volatility(*, w: int = 20) -> Expr:
    r"""Volatility of a bar from the ranges and bodies of the last `w`.

    .. math:: \sqrt{\frac{1}{w} \sum_i \left( \tfrac{1}{2} \ln(h_i / l_i)^2 - (2 \ln 2 - 1) \ln(c_i / o_i)^2 \right)}
    """
    return Sqrt(RollingMean(garman_klass(), window=w))


def rogers_satchell_volatility(*, w: int = 20) -> Expr:
    r"""Volatility of a bar from the last `w`, free of their drift.

    .. math:: \sqrt{\frac{1}{w} \sum_i \left( \ln\frac{h_i}{c_i} \ln\frac{h_i}{o_i} +
              \ln\frac{l_i}{c_i} \ln\frac{l_i}{o_i} \right)}
    """
    return Sqrt(RollingMean(rogers_satchell(), window=w))


def gk_yang_zhang_volatility(*, w: int = 20) -> Expr:
    r"""Volatility between closes from the last `w` bars and the gaps before them.

    .. math:: \sqrt{\frac{1}{w} \sum_i \left( \ln(o_i / c_{i-1})^2 + \tfrac{1}{2} \ln(h_i / l_i)^2 -
              (2 \ln 2 - 1) \ln(c_i / o_i)^2 \right)}
    """
    gap = square(log_ratio(OPEN, Lag(CLOSE, ticks=1)))
    return Sqrt(RollingMean(gap + garman_klass(), window=w))


def yang_zhang_volatility(*, w: int = 20) -> Expr:
    r"""Volatility between closes from the last `w` bars, free of drift, with the least variance of its kind.

    .. math:: \sqrt{s_o^2 + k s_c^2 + (1 - k) s_{RS}^2}, \quad k = \frac{0.34}{1.34 + (w + 1) / (w - 1)}

    Notes
    -----
    :math:`s_o, s_c` are the sample deviations of :math:`\ln(o_i / c_{i-1})` and :math:`\ln(c_i / o_i)`.
    """
    weight = 0.34 / (1.34 + (w + 1) / (w - 1))
    gap, body = log_ratio(OPEN, Lag(CLOSE, ticks=1)), log_ratio(CLOSE, OPEN)
    between, within = (RollingMoments(x, window=w)["variance"] for x in (gap, body))
    ranges = RollingMean(rogers_satchell(), window=w)
    return Sqrt(between + weight * within + (1.0 - weight) * ranges)


def range_volatility_ratio_zero_drift(*, w: int = 20) -> Expr:
    r"""Variance that the ranges of the last `w` bars say by that of their returns; above 1, bars turn back.

    .. math:: \frac{\frac{1}{4 \ln 2} \sum_i \ln(h_i / l_i)^2}{\sum_i r_i^2}

    Notes
    -----
    NaN where no close moved.
    """
    return parkinson(w) / positive(RollingMean(square(log_return()), window=w))
