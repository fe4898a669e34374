"""Mathematics for kernels: the C library through ``math``, total over the reals.

Compiled and interpreted code call the same C functions, so the bits agree; ``numpy``'s own loops differ. Outside
a function's domain these return NaN or an infinity where ``math`` would raise, because kernels never raise.
"""

import math

from penstock.core.arrays import Item
from penstock.core.jit import jit

FIRST_WHOLE = 4_503_599_627_370_496.0  # from 2**52 on every float is an integer


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
def log10(x: float) -> float:
    """Logarithm to base 10; NaN below 0, -inf at 0."""
    if x > 0.0:
        return math.log10(x)
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
def expm1(x: float) -> float:
    """``exp(x) - 1``; inf where it overflows."""
    return math.inf if x > 709.782712893384 else math.expm1(x)


@jit
def exp2(x: float) -> float:
    """Power of two; inf where it overflows."""
    # not pow(2, x): the compiler makes exp2 of that, whose last bit may differ
    return math.inf if x >= 1024.0 else math.exp2(x)


@jit
def sqrt(x: float) -> float:
    """Square root; NaN below 0."""
    return math.sqrt(x) if x >= 0.0 else math.nan


@jit
def cbrt(x: float) -> float:
    """Cube root: a power, then one step of Newton's."""
    size = abs(x)
    if size == 0.0 or not is_finite(x):
        return x
    root = math.pow(size, 1.0 / 3.0)
    root -= (root - size / (root * root)) / 3.0
    return -root if x < 0.0 else root


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
def rint(x: float) -> float:
    """Nearest integer, a tie to the even one: an addition that pushes the fraction out."""
    size = abs(x)
    whole = (size + FIRST_WHOLE) - FIRST_WHOLE
    whole = -whole if x < 0.0 else whole
    return whole if size < FIRST_WHOLE else x  # x where it is NaN


@jit
def floor(x: float) -> float:
    """Largest integer that is not above."""
    whole = rint(x)
    return whole - 1.0 if whole > x else whole


@jit
def ceil(x: float) -> float:
    """Smallest integer that is not below."""
    whole = rint(x)
    return whole + 1.0 if whole < x else whole


@jit
def trunc(x: float) -> float:
    """Integer part."""
    size = abs(x)
    whole = floor(size)
    return -whole if x < 0.0 else whole


@jit
def modulo(x: float, y: float) -> float:
    """Remainder with the sign of the divisor; NaN unless both are finite and the divisor is not 0."""
    return x % y if is_finite(x) and is_finite(y) and y != 0.0 else math.nan


@jit
def wrap(x: float, low: float, high: float) -> float:
    """The value moved by whole periods to where it is at least `low` and below `high`."""
    period = high - low
    past = modulo(x, period) - modulo(low, period)
    past = past + period if past < 0.0 else past
    value = low + past
    return low if value >= high else value


@jit
def hypot(x: float, y: float) -> float:
    """Length of a vector; no square overflows."""
    big, small = max(abs(x), abs(y)), min(abs(x), abs(y))
    share = small / big if 0.0 < big < math.inf else 0.0
    length = big * math.sqrt(1.0 + share * share)
    return math.nan if is_nan(x) or is_nan(y) else length


@jit
def power(x: float, y: float) -> float:
    """Power; NaN for 0 to a negative one and for a negative number to one that is no integer.

    Infinite from 2**1024 (1 - 7e-7) on: ``math`` raises where the C library overflows.
    """
    if is_nan(x) or is_nan(y) or (x == 0.0 and y < 0.0):
        return math.nan
    if x == 0.0 or not is_finite(x) or not is_finite(y):
        return math.pow(x, y)
    if x < 0.0 and rint(y) != y:
        return math.nan
    if y * math.log2(abs(x)) > 1023.999999:
        return -math.inf if x < 0.0 and y % 2.0 == 1.0 else math.inf
    return math.pow(x, y)


@jit
def logistic(x: float) -> float:
    """``1 / (1 + exp(-x))``, from the side where the exponential is small."""
    fading = exp(-abs(x))
    return fading / (1.0 + fading) if x < 0.0 else 1.0 / (1.0 + fading)


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
