"""Black, Scholes and Merton against mpmath, by parity, by differences, and back from the price."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from penstock.core import black_scholes as model
from penstock.core import native
from penstock.jobs.levels import greeks


def exact(spot, strike, years, sigma, rate, dividend, right):
    """The value with 50 digits, and its first two derivatives in the asset's price."""
    with mpmath.workdps(50):
        s, k, t, v, r, q = map(mpmath.mpf, (spot, strike, years, sigma, rate, dividend))
        spread = v * mpmath.sqrt(t)
        first = (mpmath.log(s / k) + (r - q + v * v / 2) * t) / spread
        cdf = mpmath.ncdf
        value = right * (
            s * mpmath.exp(-q * t) * cdf(right * first)
            - k * mpmath.exp(-r * t) * cdf(right * (first - spread))
        )
        slope = right * mpmath.exp(-q * t) * cdf(right * first)
        bend = mpmath.exp(-q * t) * mpmath.npdf(first) / (s * spread)
        grown = s * mpmath.exp(-q * t) * mpmath.npdf(first) * mpmath.sqrt(t)
        return float(value), float(slope), float(bend), float(grown)


terms = st.tuples(
    st.floats(50, 200), st.floats(50, 200), st.floats(1e-5, 2), st.floats(0.02, 2), st.floats(-0.02, 0.1),
    st.floats(0, 0.05),
)  # fmt: skip
rights = st.sampled_from([1, -1])


@settings(max_examples=200, deadline=None)
@given(terms, rights)
def test_values_and_greeks_are_those_of_fifty_digits(given_terms, right):
    value, slope, bend, grown = exact(*given_terms, right)
    assert model.price(*given_terms, right) == pytest.approx(value, rel=1e-9, abs=1e-10)
    assert model.delta(*given_terms, right) == pytest.approx(slope, rel=1e-9, abs=1e-12)
    assert model.gamma(*given_terms) == pytest.approx(bend, rel=1e-9, abs=1e-12)
    assert model.vega(*given_terms) == pytest.approx(grown, rel=1e-9, abs=1e-10)


@settings(max_examples=300, deadline=None)
@given(terms, rights)
def test_the_volatility_comes_back_from_the_price(given_terms, right):
    spot, strike, years, sigma, rate, dividend = given_terms
    value = model.price(*given_terms, right)
    inside = max(
        right * (spot * math.exp(-dividend * years) - strike * math.exp(-rate * years)), 0.0
    )
    # what rounding leaves of the price must say something of the volatility
    assume(value - inside > 1e-8 and model.vega(*given_terms) > 1e-4)
    found = model.implied_volatility(value, spot, strike, years, rate, dividend, right)
    rounding = 1e-14 * max(spot, strike) / model.vega(*given_terms)
    assert found == pytest.approx(sigma, rel=1e-9, abs=10 * rounding)


def test_the_book_example_of_haug():
    # Haug (2007), 1.1.1: S 60, X 65, T 0.25, r 8 %, v 30 %: 2.1334
    assert model.price(60, 65, 0.25, 0.3, 0.08, 0.0, 1) == pytest.approx(2.1334, abs=5e-5)
    assert model.implied_volatility(2.1334, 60, 65, 0.25, 0.08, 0.0, 1) == pytest.approx(
        0.3, abs=1e-4
    )


@pytest.mark.parametrize(
    ("value", "right"),
    [(0.0, 1), (-1.0, 1), (9.9, 1), (100.0, 1), (math.nan, 1), (0.0, -1), (math.inf, 1)],
)
def test_a_price_that_no_volatility_gives_has_none(value, right):
    # a call 10 in the money is worth more than 9.9 and less than the asset
    assert math.isnan(model.implied_volatility(value, 100.0, 90.0, 0.5, 0.0, 0.0, right))


def test_nothing_is_defined_without_time_or_volatility():
    for years, sigma in ((0.0, 0.2), (-1.0, 0.2), (1.0, 0.0), (1.0, math.nan), (math.nan, 0.2)):
        assert math.isnan(model.price(100.0, 100.0, years, sigma, 0.0, 0.0, 1))
        assert math.isnan(model.gamma(100.0, 100.0, years, sigma, 0.0, 0.0))


def test_compiled_code_gives_the_same_bits():
    trades = np.array(
        [[600.0, 601.0, 0.001, math.nan, math.nan, 0.5], [600.0, 590.0, 0.002, 0.2, 1.0, 1.0]]
    )
    right, made = np.array([1, -1]), []
    for fill in (greeks._fill, native.compiled(greeks._fill)):
        made.append(np.empty((2, 3)))
        fill(made[-1], trades, right, 0.045, 0.013)
    assert made[0].tobytes() == made[1].tobytes()
    assert np.isfinite(made[0]).all()
