"""Realised measures: what the returns of a session so far add up to.

A return is of two closes that are both in the session, so the first bar of one has none, and neither has a bar beside
an unknown close: it is left out of all sums. M counts the returns that are known.
"""

import math
from dataclasses import dataclass

from penstock.core.errors import DefinitionError
from penstock.expr import Expr
from penstock.formulas.columns import CLOSE
from penstock.formulas.guards import NOTHING, known, one, positive, square
from penstock.formulas.returns import log_change, log_return
from penstock.formulas.sessions import bar_session
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.expm1 import Expm1
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.elementwise.modulo import Modulo
from penstock.ops.elementwise.power import Power
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.elementwise.where import Where
from penstock.ops.lag import Lag
from penstock.ops.session.cumulative_sum import CumulativeSum
from penstock.streams import Clock

TERMS = 20  # of the series of an exponential: all of a return below 1


@dataclass(frozen=True, slots=True)
class Returns:
    """The returns of a session so far."""

    reset: Clock
    r: Expr

    @property
    def count(self) -> Expr:
        """M."""
        return CumulativeSum(known(self.r), reset=self.reset)

    def total(self, x: Expr, *, least: int = 1) -> Expr:
        """The sum of what is known of `x`, where there are so many returns."""
        enough = GreaterEqual(self.count, float(least))
        return Where(enough, CumulativeSum(x, reset=self.reset), NOTHING)


def returns(W: str) -> Returns:
    """The returns of a session."""
    reset = bar_session(W)
    first = Less(CumulativeSum(one(CLOSE), reset=reset), 2.0)
    return Returns(reset, Where(first, NOTHING, log_return()))


def realized_variance(*, W: str = "session") -> Expr:
    r"""Sum of the squared log returns of a session so far, :math:`\text{RV} = \sum_i r_i^2`."""
    found = returns(W)
    return found.total(square(found.r))


def bipower_variation(*, W: str = "session") -> Expr:
    r"""Variance of a session so far that jumps do not enter.

    .. math:: \text{BV} = \frac{\pi}{2} \frac{M}{M - 1} \sum_i |r_i| |r_{i-1}|
    """
    found = returns(W)
    size, m = Abs(found.r), found.count
    return found.total(size * Lag(size, ticks=1), least=2) * (math.pi / 2 * m / (m - 1.0))


def realized_quarticity(*, W: str = "session") -> Expr:
    r"""Fourth moment of a session's returns so far, :math:`\frac{M}{3} \sum_i r_i^4`."""
    found = returns(W)
    return found.total(square(square(found.r))) * found.count / 3.0


def tripower_quarticity(*, W: str = "session") -> Expr:
    r"""Fourth moment of a session's returns so far that jumps do not enter.

    .. math:: \text{TQ} = \mu_{4/3}^{-3} \frac{M^2}{M - 2} \sum_i |r_i r_{i-1} r_{i-2}|^{4/3}, \quad
              \mu_{4/3} = 2^{2/3} \Gamma(7/6) / \Gamma(1/2)
    """
    found = returns(W)
    size, m = Power(Abs(found.r), 4.0 / 3.0), found.count
    mu = 2 ** (2 / 3) * math.gamma(7 / 6) / math.gamma(1 / 2)
    product = size * Lag(size, ticks=1) * Lag(size, ticks=2)
    return found.total(product, least=3) * (m * m / (m - 2.0)) / mu**3


def minrv(*, W: str = "session") -> Expr:
    r"""Variance of a session so far from the smaller of neighbours.

    .. math:: \frac{\pi}{\pi - 2} \frac{M}{M - 1} \sum_i \min(|r_i|, |r_{i-1}|)^2
    """
    found = returns(W)
    size, m = Abs(found.r), found.count
    least = found.total(square(Minimum(size, Lag(size, ticks=1))), least=2)
    return least * (math.pi / (math.pi - 2) * m / (m - 1.0))


def medrv(*, W: str = "session") -> Expr:
    r"""Variance of a session so far from the middle one of three neighbours.

    .. math:: \frac{\pi}{6 - 4 \sqrt 3 + \pi} \frac{M}{M - 2} \sum_i \operatorname{med}(|r_i|, |r_{i-1}|, |r_{i-2}|)^2
    """
    found = returns(W)
    a, m = Abs(found.r), found.count
    b, c = Lag(a, ticks=1), Lag(a, ticks=2)
    middle = Maximum(Minimum(a, b), Minimum(Maximum(a, b), c))
    scale = math.pi / (6 - 4 * math.sqrt(3) + math.pi)
    return found.total(square(middle), least=3) * (scale * m / (m - 2.0))


def upside_semivariance(*, W: str = "session") -> Expr:
    r"""Sum of the squared gains of a session so far, :math:`\text{RS}^+ = \sum_i r_i^2 1\{r_i > 0\}`."""
    found = returns(W)
    return found.total(square(found.r) * Greater(found.r, 0.0))


def downside_semivariance(*, W: str = "session") -> Expr:
    r"""Sum of the squared losses of a session so far, :math:`\text{RS}^- = \sum_i r_i^2 1\{r_i < 0\}`."""
    found = returns(W)
    return found.total(square(found.r) * Less(found.r, 0.0))


def signed_jump_variation(*, W: str = "session") -> Expr:
    r"""Squared gains less squared losses of a session so far, :math:`\text{RS}^+ - \text{RS}^-`."""
    return upside_semivariance(W=W) - downside_semivariance(W=W)


def realized_skewness(*, W: str = "session") -> Expr:
    r"""Skewness of a session's returns so far, around 0, :math:`\sqrt M \sum_i r_i^3 / \text{RV}^{3/2}`.

    Notes
    -----
    NaN while nothing moved.
    """
    found = returns(W)
    variance = positive(realized_variance(W=W))
    cubes = found.total(found.r * square(found.r), least=2)
    return Sqrt(found.count) * cubes / (variance * Sqrt(variance))


def realized_kurtosis(*, W: str = "session") -> Expr:
    r"""Kurtosis of a session's returns so far, around 0, :math:`M \sum_i r_i^4 / \text{RV}^2`.

    Notes
    -----
    NaN while nothing moved.
    """
    found = returns(W)
    fourth = found.total(square(square(found.r)), least=2)
    return found.count * fourth / square(positive(realized_variance(W=W)))


def relative_jump_variation(*, W: str = "session") -> Expr:
    r"""Share of a session's variance so far that came in jumps, :math:`\max(0, \text{RV} - \text{BV}) / \text{RV}`.

    Notes
    -----
    NaN while nothing moved.
    """
    variance = positive(realized_variance(W=W))
    return Maximum(variance - bipower_variation(W=W), 0.0) / variance


def bns_jump_statistic(*, W: str = "session") -> Expr:
    r"""How surely there were jumps in a session so far: normal where there were none.

    .. math:: \frac{(\text{RV} - \text{BV}) / \text{RV}}
              {\sqrt{(\pi^2 / 4 + \pi - 5) \frac{1}{M} \max(1, \text{TQ} / \text{BV}^2)}}

    Notes
    -----
    The ratio form, of which Huang and Tauchen found that its size holds. NaN while the bipower variation is 0.
    """
    variance, bipower = positive(realized_variance(W=W)), positive(bipower_variation(W=W))
    spread = Maximum(tripower_quarticity(W=W) / square(bipower), 1.0) / returns(W).count
    scale = math.pi**2 / 4 + math.pi - 5
    return (variance - bipower) / variance / Sqrt(spread * scale)


def ait_sahalia_jacod_ratio(*, p: float = 4.0, k: int = 2, W: str = "session") -> Expr:
    r"""Power variation of a session's returns over `k` bars by that over one.

    .. math:: B(p, k \Delta) / B(p, \Delta), \quad B(p, k \Delta) = \sum_j |\ln c_{jk} - \ln c_{(j-1) k}|^p

    Notes
    -----
    Near 1 with jumps, near :math:`k^{p/2 - 1}` without. Steps of `k` bars follow one another from the session's first
    bar on. NaN while nothing moved.
    """
    if k < 2 or p <= 2.0:
        raise DefinitionError(
            f"ait_sahalia_jacod_ratio: k must be at least 2 and p above 2, got k={k}, p={p}"
        )
    found = returns(W)
    place = CumulativeSum(one(CLOSE), reset=found.reset) - 1.0
    whole = Equal(Modulo(place, float(k)), 0.0) * GreaterEqual(place, float(k))
    long = Where(whole, Power(Abs(log_change(CLOSE, k=k)), p), NOTHING)
    return found.total(long, least=k) / positive(found.total(Power(Abs(found.r), p)))


def jiang_oomen_swap_variance(*, W: str = "session") -> Expr:
    r"""What simple returns have above log returns of a session so far, above its variance: 0 without jumps.

    .. math:: (\text{SwV} - \text{RV}) / \text{SwV}, \quad \text{SwV} = 2 \sum_i (R_i - r_i)

    Notes
    -----
    :math:`2 (R - r) - r^2` is summed as the series of the exponential from the third power on, since the difference of
    the sums would lose nearly all of its digits. NaN while nothing moved.
    """
    found = returns(W)
    r, rest = found.r, 1.0 / math.factorial(TERMS) + 0.0 * found.r
    for n in range(TERMS - 1, 2, -1):
        rest = 1.0 / math.factorial(n) + r * rest
    series = 2.0 * r * square(r) * rest
    excess = Where(Less(Abs(r), 1.0), series, 2.0 * (Expm1(r) - r) - square(r))
    swap = found.total(excess)
    return swap / positive(swap + realized_variance(W=W))
