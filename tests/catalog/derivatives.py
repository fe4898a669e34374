"""Perpetuals and options that features are checked on: real files, and hostile cases."""

from functools import cache
from zipfile import ZipFile

import numpy as np
import pandas as pd
from tests.catalog.market import (
    DATA,
    SECOND,
    Market,
    bars,
    es_futures,
    hostile_bars,
    hostile_ticks,
)

HOUR = 3_600 * SECOND
CALL, PUT = 1, -1


def candles(coin: str, count: int = 2_000) -> dict[str, np.ndarray]:
    """Hourly bars of Hyperliquid's perpetual, the last ones that the file has."""
    frame = pd.read_parquet(DATA / "crypto_perp" / "candles.parquet")
    mine = frame[(frame["venue"] == "hyperliquid") & (frame["coin"] == coin)]
    mine = mine.sort_values("timestamp").iloc[-count:]
    start = mine["timestamp"].astype("datetime64[ns, UTC]").astype(np.int64).to_numpy()
    return bars(start + HOUR, *(mine[name].to_numpy() for name in "ohlcv"))


@cache
def perpetual() -> Market:
    """BTC by the hour with its open interest, in coins, and the coins that there are."""
    bar = candles("BTC")
    frame = pd.read_parquet(DATA / "crypto_perp" / "open_interest.parquet")
    mine = frame[(frame["venue"] == "hyperliquid") & (frame["coin"] == "BTC")]
    value = mine.set_index(mine["timestamp"].astype("datetime64[ns, UTC]").astype(np.int64))
    value = value["oi_usd"].sort_index()
    at = value.index.to_numpy()
    price = bar["close"][np.searchsorted(bar["time"], at).clip(0, len(bar["time"]) - 1)]
    days = np.arange(bar["time"][0] - HOUR, bar["time"][-1], 24 * HOUR)
    supply = 19_970_000.0 + 450.0 * np.arange(len(days))  # 144 blocks of 3.125 coins a day
    return Market(
        "perpetual",
        bar=bar,
        instrument=instruments(days, supply),
        open_interest={
            "time": at,
            "contracts": value.to_numpy() / price,
            "value": value.to_numpy(),
        },
    )


def instruments(time: np.ndarray, supply: np.ndarray) -> dict[str, np.ndarray]:
    """What is known of an instrument from some times on: only its supply matters here."""
    none = dict.fromkeys(
        (
            "tick",
            "lot",
            "multiplier",
            "initial_margin",
            "maintenance_margin",
            "maker_fee",
            "taker_fee",
            "strike",
        ),
        np.full(len(time), np.nan),
    )
    whole = dict.fromkeys(("expiry", "right"), np.zeros(len(time), np.int64))
    return {"time": time, "supply": supply, **none, **whole}


@cache
def pair() -> Market:
    """BTC and ETH by the hour, in two roles."""
    return Market("pair", roles={"a": candles("ETH"), "b": candles("BTC")})


@cache
def options(count: int = 4_000) -> Market:
    """AAPL's option trades of 6 June 2014 by the minute, all contracts in order of time."""
    parts = []
    with ZipFile(DATA / "options" / "aapl_20140606_trade.zip") as archive:
        for name in archive.namelist():
            part = pd.read_csv(archive.open(name), names=["ms", "o", "h", "l", "c", "v"])
            right, strike = name.split("_")[5:7]
            parts.append(
                part.assign(right=CALL if right == "call" else PUT, strike=int(strike) / 1e4)
            )
    frame = pd.concat(parts).sort_values("ms", kind="stable").iloc[:count]
    midnight = 1402027200 * SECOND  # 00:00 in New York, EDT
    time = midnight + (frame["ms"].to_numpy() + 60_000) * 1_000_000
    return option_trades("options", time, frame["c"] / 1e4, frame["v"], frame["right"])


def option_trades(
    name: str, time: np.ndarray, price: object, size: object, right: object
) -> Market:
    """Option trades of which price, size and right are known."""
    none = np.full(len(time), np.nan)
    return Market(
        name,
        option_trade={
            "time": time,
            "price": np.asarray(price, float),
            "size": np.asarray(size, float),
            "right": np.asarray(right, np.int64),
            "side": np.zeros(len(time), np.int64),
            "expiry": np.zeros(len(time), np.int64),
            **dict.fromkeys(("strike", "underlying", "iv"), none),
        },
    )


def with_bars(m: Market, width: int) -> Market:
    """A market of quotes and trades, and bars of its trades beside them."""
    frame = pd.DataFrame({name: m.trade[name] for name in ("time", "price", "size")})
    groups = frame.groupby(frame["time"] // width)
    prices = groups["price"]
    columns = (prices.first(), prices.max(), prices.min(), prices.last(), groups["size"].sum())
    made = bars((np.array(list(groups.groups)) + 1) * width, *columns)
    return Market(f"{m.name}_bars", bar=made, trade=m.trade, quote=m.quote)


@cache
def quoted() -> Market:
    """ESH4's quotes, and its bars of five seconds."""
    return with_bars(es_futures(), 5 * SECOND)


def hostile() -> dict[str, Market]:
    """Derivatives as they should not be."""
    cases = hostile_bars()
    spike, hole, flat = (cases[name].bar for name in ("spike", "nan_prices", "equal_prices"))
    time = spike["time"]
    other = {name: values if name == "time" else values[::-1] for name, values in spike.items()}
    oi = np.where(np.arange(len(time)) % 7 == 0, 0.0, 1_000.0 + np.arange(len(time)))
    oi[30:40] = np.nan
    supply = instruments(time[20:21], np.array([5e6]))
    calls = np.where(np.arange(300) < 200, CALL, PUT)
    return {
        "holes_beside_spikes": Market("", roles={"a": hole, "b": other}),
        "crossed_beside_bars": with_bars(hostile_ticks()["crossed_book"], 2 * SECOND),
        "flat_beside_spikes": Market("", roles={"a": spike, "b": flat}),
        "no_open_interest": Market(
            "",
            bar=spike,
            instrument=supply,
            open_interest={"time": time, "contracts": oi, "value": oi},
        ),
        "only_calls_at_first": option_trades(
            "",
            time[0] + np.arange(300) // 3 * 60 * SECOND,
            np.full(300, 2.0),
            np.arange(300) % 5,
            calls,
        ),
    }
