"""Every feature of the catalogue against its independent oracle, on real and on hostile data."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.catalog import cases, derivatives, gateway, levels_day, market, moods, received
from tests.catalog.compute import compute
from tests.catalog.market import DATA, Market
from tests.catalog.oracles import micro

import penstock.catalog
from penstock.declare import parse_request

REAL: dict[str, Callable[[], Market]] = {
    "es_futures": market.es_futures,
    "ibm_ticks": market.ibm_ticks,
    "spy_minute": market.minute_bars,
    "spy_daily": market.daily_bars,
    "ibm_hourly": market.hourly_bars,
    "perpetual": derivatives.perpetual,
    "venue": derivatives.venue,
    "basis": derivatives.basis,
    "venues": derivatives.venues,
    "captured": received.captured,
    "clock_behind": received.clock_behind,
    "two_feeds": received.two_feeds,
    "pair": derivatives.pair,
    "quoted": derivatives.quoted,
    "options": derivatives.options,
    "open_options": derivatives.open_options,
    "gateway": gateway.gateway,
    "moods": moods.moods,
    "moody": moods.moody,
    "session_day": levels_day.session_day,
}


class Check(NamedTuple):
    """One request on one market, sampled on one clock."""

    market: str
    on: str
    request: str


def checks(table: dict[tuple[str, str], tuple[str, ...]]) -> list[Check]:
    return [
        Check(name, on, request) for (name, on), requests in table.items() for request in requests
    ]


@cache
def results(name: str, on: str, table: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """All columns of one view over one market, computed once."""
    if table == "real" and not DATA.exists():
        pytest.skip(f"../shared is absent: {name} is not read")
    requests = (cases.REAL if table == "real" else cases.HOSTILE)[name, on]
    return compute(source(name, table), requests, on)


@cache
def source(name: str, table: str) -> Market:
    return (
        REAL[name]()
        if table == "real"
        else {
            **market.hostile_bars(),
            **market.hostile_ticks(),
            **derivatives.hostile(),
            **gateway.hostile(),
            **moods.hostile(),
            **levels_day.hostile(),
            **received.hostile(),
        }[name]
    )


def compare(check: Check, table: str) -> None:
    at, columns = results(check.market, check.on, table)
    oracles = cases.ORACLES if table == "real" else cases.HOSTILE_ORACLES
    agree(check.request, source(check.market, table), at, columns[check.request], oracles)


def agree(
    request: str, events: Market, at: np.ndarray, got: np.ndarray, oracles: dict[str, Any]
) -> None:
    """Assert that a column is what the oracle says of the events, inside the promised range."""
    feature, params, _ = parse_request(request)
    low, high = feature.range
    assert not (got < low - 1e-12).any(), "below the promised range"
    assert not (got > high + 1e-12).any(), "above the promised range"
    if feature.name in cases.RANK:
        defaults = {name: parameter.default for name, parameter in feature.parameters.items()}
        most = cases.RANK[feature.name][0]
        cases.same_rank(got, events, defaults["x"], defaults.get("q", 0.5), most)
        return
    with np.errstate(all="ignore"):
        expected = np.asarray(oracles[feature.name.partition(".")[2]](events, at, **params), float)
    same(got, expected, cases.TOLERANCE.get(feature.name, (1e-9, ""))[0])


def same(got: np.ndarray, expected: np.ndarray, tolerance: float) -> None:
    """Assert that both are finite in the same rows and close there."""
    assert got.shape == expected.shape
    known = np.isfinite(expected)
    assert (np.isfinite(got) == known).all(), (
        f"rows {np.flatnonzero(np.isfinite(got) != known)[:5]}"
    )
    if known.any():
        size = np.abs(expected)
        scale = np.median(size[known & (size > 0)]) if (size[known] > 0).any() else 0.0
        bound = tolerance * np.maximum(size, scale)
        excess = np.where(known, np.abs(got - expected) - bound, -1.0)
        worst = int(np.argmax(excess))
        assert excess[worst] <= 0, f"row {worst}: got {got[worst]!r}, expected {expected[worst]!r}"


@pytest.mark.parametrize(
    "check", checks(cases.REAL), ids=lambda check: f"{check.market}-{check.on}-{check.request}"
)
def test_a_feature_equals_its_oracle_on_real_data(check: Check) -> None:
    compare(check, "real")


@pytest.mark.parametrize(
    "check", checks(cases.HOSTILE), ids=lambda check: f"{check.market}-{check.on}-{check.request}"
)
def test_a_feature_equals_its_oracle_on_hostile_data(check: Check) -> None:
    compare(check, "hostile")


@pytest.mark.parametrize("feature", penstock.catalog.FEATURES, ids=lambda feature: feature.name)
def test_a_feature_is_checked_with_its_defaults_on_real_and_on_hostile_data(feature) -> None:
    for table in (cases.REAL, cases.HOSTILE):
        named = {request.partition("(")[0] for requests in table.values() for request in requests}
        assert feature.name in named


def test_what_the_maker_kept_and_the_taker_knew_is_what_the_trades_cost() -> None:
    ticks = market.hostile_ticks()["thin_book"]
    names = ("microstructure.realized_spread", "microstructure.price_impact_spread")
    at, got = compute(ticks, tuple(f"{name}(tau=2s, W=9s)" for name in names), "every:1s")
    kept, known = got.values()
    cost = ticks.trade["price"] - micro.mid_before_trades(ticks)
    cost[np.isnan(micro.mid_later(ticks, "2s"))] = np.nan
    wanted = micro.matured(ticks, at, "2s", "9s", cost)
    assert np.isfinite(wanted).sum() > 5
    np.testing.assert_allclose(kept + known, wanted, rtol=1e-9, atol=1e-6)
