"""Bars of time, trades, volume and value from a recorded tape, against grouping by pandas."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from tests.catalog import cases
from tests.catalog.compute import by_symbol
from tests.catalog.market import SECOND, Market, bars
from tests.catalog.recorded import amzn
from tests.catalog.test_features import agree, same

MINUTE = 60 * SECOND
FILLED = {"tick:100": "one", "volume:1000": "size", "dollar:1e6": "value"}
CLOCKS = ("bar:1m", *FILLED)
OF_BARS = tuple(
    request
    for request in cases.CORE
    if "w=" in request or request.partition(".")[0] in ("price", "volume")
)
OF_TRADES = {
    "volume.dollar_volume": lambda groups: groups["value"].sum() / 1e4,
    "volume.trade_count": lambda groups: groups.size(),
    "volume.average_trade_size": lambda groups: groups["size"].mean(),
    "volume.vwap": lambda groups: groups["value"].sum() / groups["size"].sum() / 1e4,
}


def tape() -> pd.DataFrame:
    """The trades, with prices and values as whole numbers: 1/10,000 dollar."""
    frame = pd.DataFrame(amzn().markets["AMZN"].trade)
    frame["units"] = np.rint(frame["price"] * 1e4).astype("int64")
    frame["one"], frame["size"] = 1, frame["size"].astype("int64")
    return frame.assign(value=frame["units"] * frame["size"])


def filled(amounts: pd.Series, limit: int) -> np.ndarray:
    """The bar of each trade: a bar ends with the trade that reaches the limit, and the next begins at 0."""
    numbers, number, total = [], 0, 0
    for amount in amounts.tolist():
        numbers.append(number)
        total += amount
        if total >= limit:
            number, total = number + 1, 0
    return np.array(numbers)


@cache
def grouped(on: str) -> tuple[Market, dict[str, np.ndarray]]:
    """Finished bars, and what their trades add up to."""
    frame = tape()
    if on in FILLED:
        limit = float(on.partition(":")[2]) * (10_000 if on.startswith("dollar") else 1)
        number = filled(frame[FILLED[on]], int(limit))
        last = frame["time"].groupby(number).last()
        whole = frame[FILLED[on]].groupby(number).sum() >= limit
    else:
        number = frame["time"].to_numpy() // MINUTE
        ends = (np.unique(number) + 1) * MINUTE
        last = pd.Series(ends, index=np.unique(number))
        whole = last <= frame["time"].iloc[-1]
    groups = frame.groupby(number)
    prices = groups["price"]
    made = (prices.first(), prices.max(), prices.min(), prices.last(), groups["size"].sum())
    bar = {name: column[whole] for name, column in bars(last, *made).items()}
    sums = {name: of(groups).to_numpy(float)[whole] for name, of in OF_TRADES.items()}
    return Market(on, bar=bar), sums


@cache
def results(on: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    requests = (*OF_BARS, *OF_TRADES)
    return by_symbol(amzn().sources, requests, on)["AMZN"]


@pytest.mark.parametrize("on", CLOCKS)
def test_bars_of_a_tape_end_where_pandas_ends_them_and_hold_the_same_trades(on: str) -> None:
    made, sums = grouped(on)
    at, got = results(on)
    assert len(at) > 100
    assert (at == made.bar["time"]).all()
    for name, expected in sums.items():
        same(got[name], expected, 1e-12)
    assert (got["volume.trade_count"] == sums["volume.trade_count"]).all()


@pytest.mark.parametrize("on", CLOCKS)
@pytest.mark.parametrize("request_", OF_BARS)
def test_a_feature_of_bars_of_a_tape_equals_its_oracle(request_: str, on: str) -> None:
    at, got = results(on)
    agree(request_, grouped(on)[0], at, got[request_], cases.HOSTILE_ORACLES)
