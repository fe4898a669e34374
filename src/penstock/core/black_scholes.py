r"""The model of Black, Scholes and Merton for kernels: European options on an asset with a dividend yield.

With :math:`d_{1,2} = \frac{\ln(S/K) + (r - q \pm \sigma^2/2) T}{\sigma \sqrt{T}}` a call is worth
:math:`S e^{-qT} N(d_1) - K e^{-rT} N(d_2)`. Early exercise is not in the model: for American options it is an
approximation. Of options that expire the same day a call is never exercised early and a put 10 dollars in the money at
600 is worth 1.5 cents more, at the money 0.06 cents; but such a put trades at its intrinsic value, of which
the model reads too high a volatility. Times are in years, rates and volatilities per year; NaN where a
value is not defined.

References
----------
Black, F. and Scholes, M. (1973). The pricing of options and corporate liabilities. JPE 81(3), 637-654.
Merton, R. (1973). Theory of rational option pricing. Bell Journal of Economics 4(1), 141-183.
Haug, E. (2007). The complete guide to option pricing formulas, 2nd ed. McGraw-Hill.
"""

import math

from penstock.core import maths, normal
from penstock.core.jit import jit

ITERATIONS = 100  # of the root; some 6 are needed
PRECISION = 1e-15


@jit
def d1(
    spot: float, strike: float, years: float, sigma: float, rate: float, dividend: float
) -> float:
    """The first argument of the normal distribution; NaN unless price, strike, time and volatility are above 0."""
    if not (spot > 0.0 and strike > 0.0 and years > 0.0 and sigma > 0.0):
        return math.nan
    spread = sigma * maths.sqrt(years)
    return (maths.log(spot / strike) + (rate - dividend + 0.5 * sigma * sigma) * years) / spread


@jit
def price(  # noqa: PLR0913, PLR0917  (what the model is of)
    spot: float, strike: float, years: float, sigma: float, rate: float, dividend: float, right: int
) -> float:
    """The value of a call (right 1) or a put (right -1)."""
    first = d1(spot, strike, years, sigma, rate, dividend)
    second = first - sigma * maths.sqrt(years)
    asset = spot * maths.exp(-dividend * years) * normal.cdf(right * first)
    return right * (asset - strike * maths.exp(-rate * years) * normal.cdf(right * second))


@jit
def delta(  # noqa: PLR0913, PLR0917  (what the model is of)
    spot: float, strike: float, years: float, sigma: float, rate: float, dividend: float, right: int
) -> float:
    """The change of the value with the asset's price: between 0 and 1 for a call, -1 and 0 for a put."""
    first = d1(spot, strike, years, sigma, rate, dividend)
    return right * maths.exp(-dividend * years) * normal.cdf(right * first)


@jit
def gamma(
    spot: float, strike: float, years: float, sigma: float, rate: float, dividend: float
) -> float:
    """The change of delta with the asset's price, the same for calls and puts."""
    first = d1(spot, strike, years, sigma, rate, dividend)
    if maths.is_nan(first):
        return math.nan
    spread = spot * sigma * maths.sqrt(years)
    return maths.exp(-dividend * years) * normal.density(first) / spread


@jit
def vega(
    spot: float, strike: float, years: float, sigma: float, rate: float, dividend: float
) -> float:
    """The change of the value with the volatility, for 1.00 of it."""
    first = d1(spot, strike, years, sigma, rate, dividend)
    return spot * maths.exp(-dividend * years) * normal.density(first) * maths.sqrt(years)


@jit
def implied_volatility(  # noqa: PLR0913, PLR0917  (what the model is of)
    value: float, spot: float, strike: float, years: float, rate: float, dividend: float, right: int
) -> float:
    r"""The volatility at which an option is worth what was paid.

    NaN for a value at or below what it is worth without volatility, or at or above what it can be worth at all.

    The value is turned into that of the option out of the money, by parity, and divided by the discounted geometric
    mean of forward and strike, which leaves one equation :math:`b(x, s) = \beta` in :math:`s = \sigma \sqrt{T}`. Below
    its inflection at :math:`\sqrt{2 |x|}` the logarithm of both sides is solved, above it the equation itself, by
    Newton's steps that a bracket holds.

    References
    ----------
    Manaster, S. and Koehler, G. (1982). The calculation of implied variances from the Black-Scholes model. JF 37(1),
    227-230.
    Jäckel, P. (2015). Let's be rational. Wilmott 2015(75), 40-53.
    """
    if not (value > 0.0 and spot > 0.0 and strike > 0.0 and years > 0.0):
        return math.nan
    asset, paid = spot * maths.exp(-dividend * years), strike * maths.exp(-rate * years)
    inside = max(right * (asset - paid), 0.0)
    mean = maths.sqrt(asset * paid)
    beta, x = (value - inside) / mean, -abs(maths.log(asset / paid))
    if not 0.0 < beta < maths.exp(0.5 * x):
        return math.nan
    return _root(beta, x) / maths.sqrt(years)


@jit
def traded_volatility(  # noqa: PLR0913, PLR0917  (what the model is of)
    stated: float,
    mid: float,
    paid: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    dividend: float,
    right: int,
) -> float:
    """The volatility of a trade: what it states, else that of the middle of its quotes, else that of its price.

    A trade at the bid or the ask is half a spread from what the option is worth; the middle is not. A middle that says
    no volatility, such as one below what the option can be worth, is passed over as a missing one is.
    """
    if maths.is_finite(stated) and stated > 0.0:
        return stated
    found = implied_volatility(mid, spot, strike, years, rate, dividend, right)
    if maths.is_nan(found):
        found = implied_volatility(paid, spot, strike, years, rate, dividend, right)
    return found


@jit
def _normalised(x: float, s: float) -> float:
    """The normalised value of an option out of the money."""
    grown = maths.exp(0.5 * x)
    return grown * normal.cdf(x / s + 0.5 * s) - normal.cdf(x / s - 0.5 * s) / grown


@jit
def _root(beta: float, x: float) -> float:
    bend = maths.sqrt(-2.0 * x)
    s = bend if bend > 0.0 else beta * normal.ROOT_TAU
    low, high = 0.0, max(s, 1.0)
    while _normalised(x, high) < beta and high < 1e3:
        low, high = high, 2.0 * high
    below = bend > 0.0 and beta < _normalised(x, bend)
    if s <= low or s >= high:
        s = 0.5 * (low + high)
    for _ in range(ITERATIONS):
        found = _normalised(x, s)
        slope = maths.exp(0.5 * x) * normal.density(x / s + 0.5 * s)
        if found < beta:
            low = s
        else:
            high = s
        step = found - beta
        if below:
            step = found * maths.log(found / beta) if found > 0.0 else math.nan
        after = s - step / slope if slope > 0.0 else math.nan
        if not low < after < high:
            after = 0.5 * (low + high)
        if abs(after - s) <= PRECISION * s:
            return after
        s = after
    return s
