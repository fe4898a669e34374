"""Circular and hyperbolic functions for kernels, total over the reals as in ``penstock.core.maths``."""

import math

from penstock.core import maths
from penstock.core.jit import jit

SINH_ENDS = 710.4758600739439  # beyond it sinh and cosh overflow


@jit
def sin(x: float) -> float:
    """Sine; NaN of an infinity."""
    return math.sin(x) if maths.is_finite(x) else math.nan


@jit
def cos(x: float) -> float:
    """Cosine; NaN of an infinity."""
    return math.cos(x) if maths.is_finite(x) else math.nan


@jit
def tan(x: float) -> float:
    """Tangent; NaN of an infinity."""
    return math.tan(x) if maths.is_finite(x) else math.nan


@jit
def asin(x: float) -> float:
    """Arc sine; NaN outside -1 to 1."""
    return math.asin(x) if abs(x) <= 1.0 else math.nan


@jit
def acos(x: float) -> float:
    """Arc cosine; NaN outside -1 to 1."""
    return math.acos(x) if abs(x) <= 1.0 else math.nan


@jit
def atan(x: float) -> float:
    """Arc tangent."""
    return math.atan(x)


@jit
def atan2(y: float, x: float) -> float:
    """Angle of the point (x, y)."""
    return math.atan2(y, x)


@jit
def sinh(x: float) -> float:
    """Hyperbolic sine; infinite where it overflows."""
    if abs(x) > SINH_ENDS:
        return math.inf if x > 0.0 else -math.inf
    return math.sinh(x)


@jit
def cosh(x: float) -> float:
    """Hyperbolic cosine; inf where it overflows."""
    return math.inf if abs(x) > SINH_ENDS else math.cosh(x)


@jit
def tanh(x: float) -> float:
    """Hyperbolic tangent."""
    return math.tanh(x)


@jit
def asinh(x: float) -> float:
    """Inverse hyperbolic sine."""
    return math.asinh(x)


@jit
def atanh(x: float) -> float:
    """Inverse hyperbolic tangent; NaN outside -1 to 1, infinite at both ends."""
    if abs(x) == 1.0:
        return math.inf if x > 0.0 else -math.inf
    return math.atanh(x) if abs(x) < 1.0 else math.nan
