"""Which price of an option its volatility is read from: on trades written by hand, against a library's root."""

import math
from statistics import NormalDist

import polars as pl
import pytest
from scipy.optimize import brentq
from tests.jobs.levels.script import NOTHING, SECOND, TEN, Script, gamma, row, stamp

from penstock.events import OptionTrade, Quarantine
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.day import run_day
from penstock.jobs.levels.exposures import exposures
from penstock.jobs.levels.greeks import with_greeks
from penstock.jobs.levels.live import LiveDay
from penstock.jobs.levels.sources import frames

SPOT, STRIKE = 600.4, 600
# contracts, what each states, and the price and the middle it was traded at: a cent or three apart, as spreads are
TRADES = {
    "of the middle": {"size": 10, "price": 1.93, "mid": 1.90},
    "of the price, as there is no middle": {"size": 20, "price": 1.93},
    "of the price, as the middle is less than the option is worth": {
        "size": 40, "price": 1.93, "mid": 0.30,
    },
    "stated": {"size": 80, "price": 1.93, "mid": 1.90, "iv": 0.31},
}  # fmt: skip
CLOCKS = [f"10:0{n}:00" for n in range(1, 5)]


def sigma_of(price: float, clock: str) -> float:
    """The root of the textbook's price of a call."""
    years = (stamp("16:00:00") - stamp(clock)) / (365 * 86_400 * SECOND)
    cdf = NormalDist().cdf

    def worth(sigma: float) -> float:
        spread = sigma * math.sqrt(years)
        first = (math.log(SPOT / STRIKE) + (0.045 - 0.013 + sigma**2 / 2) * years) / spread
        paid = STRIKE * math.exp(-0.045 * years) * cdf(first - spread)
        return SPOT * math.exp(-0.013 * years) * cdf(first) - paid

    return float(brentq(lambda sigma: worth(sigma) - price, 1e-3, 5.0, xtol=1e-14))


SIGMAS = [
    sigma_of(1.90, CLOCKS[0]),
    sigma_of(1.93, CLOCKS[1]),
    sigma_of(1.93, CLOCKS[2]),
    0.31,
]


def traded(count: int = len(TRADES), *, mids: bool = True) -> Script:
    """The first so many of the trades, after each of which the price touches 600 from above."""
    script = Script()
    script.trade("09:31:00", 550.5, 1e6)
    script.trade("10:00:00", SPOT)
    for clock, terms in list(zip(CLOCKS, TRADES.values(), strict=True))[:count]:
        mid = terms.get("mid", NOTHING) if mids else NOTHING
        iv = terms.get("iv", NOTHING)
        script.option(clock, STRIKE, 1, terms["size"], 1, iv, terms["price"], mid=mid)
    script.trade("10:05:00", STRIKE + 0.1)
    script.book("10:04:30", {6000.75: 5}, {6001.25: 5})
    return script


def held(sigmas: list[float]) -> float:
    sizes = [terms["size"] for terms in TRADES.values()]
    terms = zip(sizes, sigmas, CLOCKS, strict=False)
    return sum(100 * size * gamma(SPOT, STRIKE, clock, sigma) for size, sigma, clock in terms)


@pytest.mark.parametrize("count", range(1, 5), ids=TRADES)
def test_the_volatility_of_a_trade_is(count, tmp_path):
    found = row(traded(count).day(tmp_path), "10:05:00")
    assert found["fuel_call_gamma"] == pytest.approx(held(SIGMAS[:count]), rel=1e-9)
    assert found["gamma_exposure"] == -found["fuel_call_gamma"]


def test_three_cents_are_a_percent_of_gamma():
    # the middle and the price differ by more than any tolerance above
    assert sigma_of(1.93, CLOCKS[0]) / SIGMAS[0] > 1.01


def test_event_by_event_gives_the_same_bits(tmp_path):
    inputs = traded().inputs(tmp_path)
    whole = run_day(inputs, TEN, Carry()).signals
    events = LiveDay(inputs, TEN, Carry(), clock=lambda: 0).events()
    rows = [touch for said in events for _, touch in said]
    assert len(rows) == whole.height > 0
    for name in ("event_id", "fuel_call_gamma", "fuel_put_gamma", "gamma_exposure"):
        assert [touch[name] for touch in rows] == whole[name].to_list()


def test_a_file_without_middles_is_read_as_one_with_none(tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    known = traded(mids=False).inputs(tmp_path / "a")
    without = traded(mids=False).inputs(tmp_path / "b")
    pl.read_parquet(without.options[0]).drop("mid").write_parquet(without.options[0])
    frame = pl.concat(frames(without.options, OptionTrade, Quarantine()))
    assert frame["mid"].is_nan().all()
    assert run_day(known, TEN, Carry()).signals.equals(run_day(without, TEN, Carry()).signals)


def test_state_and_facts_read_volatilities_by_the_same_rule(tmp_path):
    inputs = traded().inputs(tmp_path)
    trades = pl.concat(frames(inputs.options, OptionTrade, Quarantine()))
    found = with_greeks(trades.with_columns(spot=pl.lit(SPOT)), TEN)
    assert found["sigma"].to_list() == pytest.approx(SIGMAS, rel=1e-9)
    path = pl.DataFrame({"time": [stamp("10:00:00")], "path": [SPOT]})
    assert exposures(inputs, TEN, path)[-1] == pytest.approx(held(SIGMAS), rel=1e-9)
