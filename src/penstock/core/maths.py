"""Mathematics for kernels: the C library through ``math``, total over the reals.

Compiled and interpreted code call the same C functions, so the bits agree; ``numpy``'s own loops differ. Outside
a function's domain these return NaN or an infinity where ``math`` would raise, because kernels never raise.
"""

import math

from penstock.core.arrays import Item
from penstock.core.jit import jit


@jit
def log(x: float) -> float:
    """Natural logarithm; NaN below 0, -inf at 0."""
    if x > 0.0:
        return math.log(x)
    return -math.inf if x == 0.0 else math.nan


@jit
def log2(x: float) -> float:
    """Logarithm to base 2; NaN below 0, -inf at 0."""
    if x > 0.0:
        return math.log2(x)
    return -math.inf if x == 0.0 else math.nan


@jit
def log1p(x: float) -> float:
    """``log(1 + x)``; NaN below -1, -inf at -1."""
    if x > -1.0:
        return math.log1p(x)
    return -math.inf if x == -1.0 else math.nan


@jit
def exp(x: float) -> float:
    """Exponential; inf where it overflows."""
    return math.inf if x > 709.782712893384 else math.exp(x)


@jit
def exp2(x: float) -> float:
    """Power of two; inf where it overflows."""
    return math.inf if x >= 1024.0 else math.pow(2.0, x)


@jit
def sqrt(x: float) -> float:
    """Square root; NaN below 0."""
    return math.sqrt(x) if x >= 0.0 else math.nan


@jit
def divide(x: float, y: float) -> float:
    """Quotient; NaN where the divisor is 0 (``docs/numerics.md``)."""
    return x / y if y != 0.0 else math.nan


@jit
def is_nan(x: Item) -> bool:
    """Whether x is NaN."""
    return x != x  # noqa: PLR0124  (the comparison is the definition)


@jit
def is_finite(x: Item) -> bool:
    """Whether x is neither NaN nor infinite."""
    return x - x == 0.0


@jit
def exponent(x: float) -> int:
    """Floor of the logarithm to base 2 of a positive number, exact."""
    return math.frexp(x)[1] - 1


@jit
def two_sum(total: float, carry: float, value: float) -> tuple[float, float]:
    """Add to a sum that keeps its rounding error beside it (Neumaier); the sum is ``total + carry``."""
    added = total + value
    if abs(total) >= abs(value):
        carry += (total - added) + value
    else:
        carry += (value - added) + total
    return added, carry
