"""Single jumps: returns that are too large for the bars before them."""

import math

from penstock.core.errors import DefinitionError
from penstock.expr import Expr
from penstock.formulas.columns import CLOSE
from penstock.formulas.guards import positive
from penstock.formulas.returns import log_return
from penstock.ops.elapsed import Elapsed
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.sign import Sign
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_sum import RollingSum

A_DAY = 86_400.0


def lee_mykland_statistic(*, K: int = 78) -> Expr:
    r"""A return by the volatility of the bars before it, which jumps do not enter.

    .. math:: L_t = r_t / \hat\sigma_t, \quad
              \hat\sigma_t^2 = \frac{1}{K - 2} \sum_{j=t-K+2}^{t-1} |r_j| |r_{j-1}|

    Notes
    -----
    Without jumps :math:`\sqrt{2 / \pi} L` is close to normal. NaN where nothing moved before.
    """
    if K < 3:
        raise DefinitionError(f"lee_mykland_statistic: K must be at least 3, got {K}")
    size = Abs(log_return())
    before = Lag(RollingSum(size * Lag(size, ticks=1), window=K - 2), ticks=1)
    return log_return() / Sqrt(positive(before / (K - 2.0)))


def jump_flag_lee_mykland(*, alpha: float = 0.01, K: int = 78, n: int = 78) -> Expr:
    r"""1 for a jump up, -1 for one down, else 0; without jumps a share `alpha` of spans of `n` bars has a flag.

    .. math:: 1\{(|L_t| - C_n) / S_n > -\ln(-\ln(1 - \alpha))\} \operatorname{sgn} r_t, \quad
              C_n = \frac{\sqrt{2 \ln n}}{c} - \frac{\ln \pi + \ln \ln n}{2 c \sqrt{2 \ln n}}, \quad
              S_n = \frac{1}{c \sqrt{2 \ln n}}, \quad c = \sqrt{2 / \pi}

    Notes
    -----
    78 bars of five minutes are a session of six and a half hours.
    """
    found = lee_mykland_statistic(K=K)
    return Greater(Abs(found), threshold(alpha, n)) * Sign(log_return())


def threshold(alpha: float, n: int) -> float:
    """What the largest of so many statistics is below, but for a share of spans."""
    if not 0.0 < alpha < 1.0 or n < 3:
        raise DefinitionError(
            f"jump_flag_lee_mykland: alpha must be between 0 and 1 and n at least 3, got {alpha} and {n}"
        )
    c, root = math.sqrt(2 / math.pi), math.sqrt(2 * math.log(n))
    centre = root / c - (math.log(math.pi) + math.log(math.log(n))) / (2 * c * root)
    return centre - math.log(-math.log(1 - alpha)) / (c * root)


def jump_intensity(*, w: int = 1000, alpha: float = 0.01, K: int = 78, n: int = 78) -> Expr:
    r"""Jumps a day among the last `w` bars, :math:`\sum_i |J_i| / (\tau_t - \tau_{t-w})`.

    Notes
    -----
    Jumps are those of `jump_flag_lee_mykland`; a day has 24 hours, whether a market is open or not.
    """
    count = RollingSum(Abs(jump_flag_lee_mykland(alpha=alpha, K=K, n=n)), window=w)
    return count / (RollingSum(Elapsed(CLOSE), window=w) / A_DAY)


def average_jump_size(*, w: int = 1000, alpha: float = 0.01, K: int = 78, n: int = 78) -> Expr:
    r"""Mean size of the jumps among the last `w` bars, :math:`\sum_i |J_i| |r_i| / \sum_i |J_i|`.

    Notes
    -----
    Jumps are those of `jump_flag_lee_mykland`; NaN without one.
    """
    jump = Abs(jump_flag_lee_mykland(alpha=alpha, K=K, n=n))
    sizes = RollingSum(jump * Abs(log_return()), window=w)
    return sizes / positive(RollingSum(jump, window=w))
