"""Black, Scholes and Merton against QuantLib and vollib, and how far American options are from the model."""

import itertools
import math

import numpy as np
import pytest
import QuantLib
from vollib.black_scholes_merton import black_scholes_merton as vollib_price
from vollib.black_scholes_merton.greeks import analytical
from vollib.black_scholes_merton.implied_volatility import implied_volatility as vollib_implied

from penstock.core import black_scholes as model
from penstock.ops import OptionGreeks
from penstock.ops.harness import run

SPOT = 600.0
SECOND = 1.0 / (365.0 * 86_400.0)
HOUR = 3_600.0 * SECOND
YEARS = (SECOND, 60.0 * SECOND, HOUR, 6.5 * HOUR, 30.0 / 365.0, 1.0)
STRIKES = (420.0, 540.0, 590.0, 599.0, 600.0, 601.0, 610.0, 660.0, 780.0)
RATES = ((0.045, 0.013), (0.0, 0.0), (-0.01, 0.013), (0.045, 0.0), (0.0, 0.06))
GRID = [
    (SPOT, strike, years, sigma, rate, dividend, right)
    for strike, years, sigma, (rate, dividend), right in itertools.product(
        STRIKES, YEARS, (0.05, 0.2, 0.9), RATES, (1, -1)
    )
]


def quantlib(spot, strike, years, sigma, rate, dividend, right):
    """Value, delta, gamma and vega by QuantLib."""
    kind = QuantLib.Option.Call if right > 0 else QuantLib.Option.Put
    forward, discount = spot * math.exp((rate - dividend) * years), math.exp(-rate * years)
    payoff = QuantLib.PlainVanillaPayoff(kind, strike)
    made = QuantLib.BlackCalculator(payoff, forward, sigma * math.sqrt(years), discount)
    return made.value(), made.delta(spot), made.gamma(spot), made.vega(years)


def vollib(spot, strike, years, sigma, rate, dividend, right):
    """The same by vollib, whose vega is for 0.01 of volatility."""
    flag = "c" if right > 0 else "p"
    terms = spot, strike, years, rate, sigma, dividend
    greeks = (getattr(analytical, name)(flag, *terms) for name in ("delta", "gamma", "vega"))
    delta, gamma, vega = greeks
    return vollib_price(flag, *terms), delta, gamma, vega * 100.0


def ours(*terms):
    return (
        model.price(*terms), model.delta(*terms), model.gamma(*terms[:-1]), model.vega(*terms[:-1]),
    )  # fmt: skip


@pytest.mark.parametrize("peer", [quantlib, vollib])
def test_values_and_greeks_are_the_peers(peer):
    got = np.array([ours(*terms) for terms in GRID])
    wanted = np.array([peer(*terms) for terms in GRID])
    # cents of a billionth: a value in the money is a difference of two of some hundred dollars
    np.testing.assert_allclose(got[:, 0], wanted[:, 0], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(got[:, 1:], wanted[:, 1:], rtol=1e-8, atol=1e-10)
    assert (got[:, 0] > 1e-3).sum() > 800  # most of the grid is worth something


def valued():
    """The terms of the grid whose value says the volatility: enough of it is not the intrinsic value."""
    for terms in GRID:
        spot, strike, years, _, rate, dividend, right = terms
        value = model.price(*terms)
        inside = right * (spot * math.exp(-dividend * years) - strike * math.exp(-rate * years))
        if value - max(inside, 0.0) > 1e-6 and model.vega(*terms[:-1]) > 1e-4:
            yield terms, value


@pytest.mark.parametrize("peer", ["quantlib", "vollib"])
def test_implied_volatilities_are_the_peers(peer):
    found = 0
    for (spot, strike, years, sigma, rate, dividend, right), value in valued():
        got = model.implied_volatility(value, spot, strike, years, rate, dividend, right)
        if peer == "vollib":
            flag = "c" if right > 0 else "p"
            wanted = vollib_implied(value, spot, strike, years, rate, dividend, flag)
        else:
            kind = QuantLib.Option.Call if right > 0 else QuantLib.Option.Put
            forward, discount = spot * math.exp((rate - dividend) * years), math.exp(-rate * years)
            spread = QuantLib.blackFormulaImpliedStdDev(
                kind, strike, forward, value, discount, 0.0, QuantLib.nullDouble(), 1e-15, 1_000
            )
            wanted = spread / math.sqrt(years)
        # a value is known to some 1e-13 dollars, a volatility to that over vega
        rounding = 1e-12 / model.vega(spot, strike, years, sigma, rate, dividend)
        assert got == pytest.approx(wanted, rel=1e-7, abs=10 * rounding)
        found += 1
    assert found > 500


def test_the_operator_values_trades_of_a_day_as_quantlib_does():
    day = [
        (one, value)
        for one, value in valued()
        if 60.0 * SECOND <= one[2] <= 6.5 * HOUR and one[4] == 0.045 and one[5] == 0.013
    ]
    ends = np.array([round(one[2] / SECOND) * 1_000_000_000 for one, _ in day])
    columns = {
        "price": np.array([value for _, value in day]), "strike": np.array([one[1] for one, _ in day]),
        "right": np.array([one[6] for one, _ in day]), "expiry": ends, "iv": np.full(len(day), np.nan),
        "mid": np.full(len(day), np.nan), "spot": np.full(len(day), SPOT),
    }  # fmt: skip
    still = np.zeros(len(day), np.int64)
    node = OptionGreeks(**OptionGreeks.example | {"rate": 0.045, "dividend": 0.013})
    got = run(node, columns, ts=still, at=still)
    for i, (terms, _) in enumerate(day):
        spot, strike, years, sigma, rate, dividend, right = terms
        _, delta, gamma, _ = quantlib(spot, strike, years, sigma, rate, dividend, right)
        assert got["sigma"][i] == pytest.approx(sigma, rel=1e-5)
        assert got["delta"][i] == pytest.approx(delta, rel=1e-5, abs=1e-7)
        assert got["gamma"][i] == pytest.approx(gamma, rel=1e-4, abs=1e-8)
    assert len(day) > 20


def american(strike, years, sigma, rate, dividend, right):
    """An American option by QuantLib: time scaled to a year, as its dates know no hours."""
    today = QuantLib.Date(2, 1, 2025)
    QuantLib.Settings.instance().evaluationDate = today
    days = QuantLib.Actual365Fixed()

    def flat(x):
        return QuantLib.YieldTermStructureHandle(QuantLib.FlatForward(today, x * years, days))

    spread = QuantLib.BlackConstantVol(
        today, QuantLib.NullCalendar(), sigma * math.sqrt(years), days
    )
    process = QuantLib.BlackScholesMertonProcess(
        QuantLib.QuoteHandle(QuantLib.SimpleQuote(SPOT)), flat(dividend), flat(rate),
        QuantLib.BlackVolTermStructureHandle(spread),
    )  # fmt: skip
    kind = QuantLib.Option.Call if right > 0 else QuantLib.Option.Put
    option = QuantLib.VanillaOption(
        QuantLib.PlainVanillaPayoff(kind, strike), QuantLib.AmericanExercise(today, today + 365)
    )
    option.setPricingEngine(
        QuantLib.QdFpAmericanEngine(process, QuantLib.QdFpAmericanEngine.accurateScheme())
    )
    return option.NPV()


def premium(strike, years, right, sigma=0.15):
    """What the right to exercise early is worth, and the volatility that the model reads out of the whole."""
    value = american(strike, years, sigma, 0.045, 0.013, right)
    implied = model.implied_volatility(value, SPOT, strike, years, 0.045, 0.013, right)
    return value - model.price(SPOT, strike, years, sigma, 0.045, 0.013, right), implied


def test_early_exercise_of_the_days_options_is_worth_what_the_documentation_says():
    day = 6.5 * HOUR
    strikes = np.arange(SPOT - 10.0, SPOT + 11.0)
    calls = [premium(k, day, 1)[0] for k in strikes]
    puts = np.array([premium(k, day, -1)[0] for k in strikes])
    assert max(calls) < 1e-9  # above the dividend's rate nobody exercises a call early
    assert puts.argmax() == strikes.size - 1
    # at most what the strike less the asset earns until the close: 610 * 0.045 T - 600 * 0.013 T = 0.0146
    assert puts.max() == pytest.approx((610 * 0.045 - 600 * 0.013) * day, rel=0.01)
    assert puts.max() < 0.015
    at_spot, implied = premium(SPOT, day, -1)
    assert at_spot == pytest.approx(0.0006, abs=0.00005)
    assert implied - 0.15 == pytest.approx(0.0001, abs=0.00002)


def test_a_put_far_in_the_money_says_too_high_a_volatility():
    # it trades at its intrinsic value, above all that the model gives without much volatility
    volatilities = [premium(k, 6.5 * HOUR, -1)[1] for k in (600.0, 602.0, 605.0, 610.0)]
    assert volatilities == sorted(volatilities)
    assert volatilities[1] == pytest.approx(0.1504, abs=0.0001)
    assert volatilities[2] == pytest.approx(0.1575, abs=0.0005)
    assert volatilities[3] == pytest.approx(0.26, abs=0.01)
