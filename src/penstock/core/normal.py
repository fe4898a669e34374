"""The normal distribution for kernels."""

import math

from penstock.core import maths
from penstock.core.jit import jit

HALF_ROOT = 0.7071067811865476  # 1 / sqrt(2)
ROOT_TAU = 2.5066282746310002  # sqrt(2 pi)


@jit
def density(x: float) -> float:
    """Standard normal density."""
    return maths.exp(-0.5 * x * x) / ROOT_TAU


@jit
def cdf(x: float) -> float:
    """Standard normal distribution function; the tail keeps its digits."""
    return 0.5 * math.erfc(-x * HALF_ROOT)


@jit
def quantile(p: float) -> float:
    """Standard normal quantile; NaN outside 0 to 1, infinite at both ends.

    Acklam's rational approximation (9 digits), then two steps of Halley's from the side of the tail.
    """
    if not 0.0 < p < 1.0:
        ends = -math.inf if p == 0.0 else math.inf
        return ends if p in (0.0, 1.0) else math.nan
    tail = min(p, 1.0 - p)
    x = _start(tail)
    for _ in range(2):
        error = (cdf(x) - tail) / density(x)
        x -= error / (1.0 + 0.5 * x * error)
    return x if p <= 0.5 else -x


@jit
def _start(p: float) -> float:
    if p < 0.02425:
        q = math.sqrt(-2.0 * math.log(p))
        top = ((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838) * q
        top = ((top - 2.549732539343734) * q + 4.374664141464968) * q + 2.938163982698783
        low = ((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996) * q
        return top / ((low + 3.754408661907416) * q + 1.0)
    q = p - 0.5
    r = q * q
    top = ((-3.969683028665376e01 * r + 2.209460984245205e02) * r - 2.759285104469687e02) * r
    top = ((top + 1.383577518672690e02) * r - 3.066479806614716e01) * r + 2.506628277459239
    low = ((-5.447609879822406e01 * r + 1.615858368580409e02) * r - 1.556989798598866e02) * r
    return top * q / (((low + 6.680131188771972e01) * r - 1.328068155288572e01) * r + 1.0)
