"""Features of bars and quotes where the source has only trades or only books."""

import numpy as np
import pandas as pd
import pytest
from tests.catalog import cases, market
from tests.catalog.compute import compute
from tests.catalog.market import SECOND, Market, bars
from tests.catalog.test_features import same

from penstock.declare import parse_request

SPAN = 5 * SECOND
DERIVED = tuple(
    request
    for request in cases.BARS
    if "w=" in request or request.partition(".")[0] in ("price", "volume")
)


def by_pandas(m: Market) -> Market:
    """Bars of [start, end), stamped at their end; intervals without trades have none."""
    frame = pd.DataFrame({name: m.trade[name] for name in ("time", "price", "size")})
    groups = frame.groupby(frame["time"] // SPAN)
    prices = groups["price"]
    times = (np.array(list(groups.groups)) + 1) * SPAN
    columns = (prices.first(), prices.max(), prices.min(), prices.last(), groups["size"].sum())
    whole = times <= m.trade["time"][-1]
    return Market(
        "derived", bar={name: column[whole] for name, column in bars(times, *columns).items()}
    )


def trades() -> Market:
    if not market.DATA.exists():
        pytest.skip("../shared is absent: IBM's trades are not read")
    return market.ibm_ticks().only("trade")


def test_bars_made_from_trades_give_the_features_of_bars() -> None:
    made = by_pandas(trades())
    at, got = compute(trades(), DERIVED, "bar:5s")
    assert (at == made.bar["time"]).all()
    for request in DERIVED:
        feature, params, _ = parse_request(request)
        with np.errstate(all="ignore"):
            expected = cases.HOSTILE_ORACLES[feature.name.partition(".")[2]](made, at, **params)
        same(got[request], np.asarray(expected, float), 1e-9)


def test_bars_on_a_clock_that_never_skips_are_those_that_traded() -> None:
    made = by_pandas(trades())
    at, got = compute(trades(), ("price.true_range", "volume.volume"), "every:5s")
    assert (np.diff(at) == SPAN).all()
    last = np.searchsorted(made.bar["time"], at, side="right") - 1
    assert (got["volume.volume"] == made.bar["volume"][last]).all()
    assert np.isfinite(got["price.true_range"][at >= made.bar["time"][1]]).all()


def test_quotes_made_from_books_give_the_features_of_quotes() -> None:
    if not market.DATA.exists():
        pytest.skip("../shared is absent: ESH4's books are not read")
    whole = market.es_futures()
    at, got = compute(whole.only("book"), cases.QUOTES, "book")
    _, expected = compute(whole.only("quote"), cases.QUOTES, "quote")
    assert (at == whole.book["time"]).all()
    for request in cases.QUOTES:
        np.testing.assert_array_equal(got[request], expected[request])


@pytest.mark.parametrize("on", ["tick:50", "volume:5000", "dollar:1e6"])
def test_bars_that_fill_up_add_up_to_what_traded(on: str) -> None:
    requests = ("volume.dollar_volume", "volume.volume", "volume.trade_count")
    whole = trades()
    _, got = compute(whole, requests, on)
    filled = int(got["volume.trade_count"].sum())
    assert (got["volume.dollar_volume"] > 0).all()
    assert got["volume.volume"].sum() == whole.trade["size"][:filled].sum()
    if on == "tick:50":
        assert (got["volume.trade_count"] == 50).all()


def test_a_session_may_begin_at_another_time_of_the_day() -> None:
    if not market.DATA.exists():
        pytest.skip("../shared is absent: IBM's hours are not read")
    m = market.hourly_bars()
    request = "price.overnight_return(session=1d+12h30m)"
    _, got = compute(m, (request,), "bar")
    day = (m.bar["time"] - 1 - int(12.5 * 3_600 * SECOND)) // market.DAY
    frame = m.bars().groupby(day)
    first = pd.Series(day).map(frame["open"].first()).to_numpy()
    close = pd.Series(day).map(frame["close"].last().shift(1)).to_numpy()
    same(got[request], np.log(first / close), 1e-9)
