"""Perpetuals and options that features are checked on: real files, and hostile cases."""

from functools import cache
from typing import Any
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

from penstock.events import (
    AccountRatio,
    Funding,
    IndexPrice,
    InsuranceFund,
    Liquidation,
    MarkPrice,
    OpenInterest,
    OptionInterest,
    Quote,
    Trade,
)
from penstock.streams import Stream

HOUR = 3_600 * SECOND
CALL, PUT = 1, -1


def candles(coin: str, count: int = 2_000) -> dict[str, np.ndarray]:
    """Hourly bars of Binance's perpetual, the last ones that the file has."""
    frame = pd.read_parquet(DATA / "crypto_perp" / "candles.parquet")
    mine = frame[(frame["venue"] == "binance") & (frame["coin"] == coin)]
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


def printed(file: str, coin: str, start: int, end: int) -> pd.DataFrame:
    """Hyperliquid's rows of a file about a coin, from after one time up to another."""
    frame = pd.read_parquet(DATA / "crypto_perp" / file)
    mine = frame[(frame["venue"] == "hyperliquid") & (frame["coin"] == coin)]
    mine = mine.assign(time=mine["timestamp"].astype("datetime64[ns, UTC]").astype(np.int64))
    return mine[(mine["time"] > start) & (mine["time"] <= end)].sort_values("time")


@cache
def venue() -> Market:
    """BTC, with funding and open interest of Hyperliquid; the rest of what venues say is drawn around it."""
    bar = candles("BTC", 1_500)
    start, end = int(bar["time"][0]) - HOUR, int(bar["time"][-1])
    rates = printed("funding_rates.parquet", "BTC", start, end)
    held = printed("open_interest.parquet", "BTC", start, end)
    price = np.interp(held["time"], bar["time"], bar["close"])
    return Market(
        "venue",
        bar=bar,
        open_interest={
            "time": held["time"].to_numpy(),
            "contracts": held["oi_usd"].to_numpy() / price,
            "value": held["oi_usd"].to_numpy(),
        },
        **drawn_trades(bar, start, end),
        others=drawn_others(bar, start, end)
        | {
            Stream(Funding): {
                "time": rates["time"].to_numpy(),
                "rate": rates["funding_rate"].to_numpy(),
                "interval": np.full(len(rates), HOUR),
                "mark": np.full(len(rates), np.nan),
            }
        },
    )


def drawn(bar: dict[str, np.ndarray], start: int, end: int, count: int, seed: int):
    """Random times, the prices that the bars say there, and where the numbers came from."""
    rng = np.random.default_rng(seed)
    time = np.sort(rng.integers(start + 1, end, count))
    price = np.interp(time, bar["time"], bar["close"]) * (1 + 1e-4 * rng.standard_normal(count))
    return time, price, rng


def drawn_trades(bar: dict[str, np.ndarray], start: int, end: int) -> dict[str, Any]:
    """Trades, books of ten levels and an instrument."""
    time, price, rng = drawn(bar, start, end, 4_000, 1)
    trade = {"time": time, "price": price, "size": rng.exponential(0.5, 4_000)}
    at, middle, rng = drawn(bar, start, end, 3_000, 2)
    levels = np.empty((3_000, 40))
    for level in range(10):
        for side, sign in ((0, -1), (2, 1)):
            away = sign * (0.5 + level * rng.integers(1, 4, 3_000))
            levels[:, 4 * level + side] = middle + away
            levels[:, 4 * level + side + 1] = rng.exponential(0.1, 3_000)
    terms = instruments(np.array([start + 1]), np.array([19_970_000.0]))
    return {
        "trade": trade | {"side": np.ones(4_000, np.int64)},
        "book": {"time": at, "levels": levels},
        "instrument": terms | {"multiplier": np.array([1.0])},
    }


def drawn_others(
    bar: dict[str, np.ndarray], start: int, end: int
) -> dict[Stream, dict[str, np.ndarray]]:
    """Forced orders in bursts, mark and index prices, ratios of accounts, an insurance fund."""
    time, price, rng = drawn(bar, start, end, 900, 3)
    time[::3] = time[::3] // (8 * HOUR) * (8 * HOUR) + 1 + rng.integers(0, 60 * SECOND, 300)
    time = np.sort(np.maximum(time, start + 1))
    forced = {
        "time": time, "price": price, "size": rng.exponential(1.0, 900),
        "side": np.where(rng.random(900) < 0.6, -1, 1),
    }  # fmt: skip
    marked, mark, _ = drawn(bar, start, end, 3_000, 4)
    indexed, index, _ = drawn(bar, start, end, 3_000, 5)
    told, _, rng = drawn(bar, start, end, 1_200, 6)
    ratio = np.exp(rng.normal(0, 0.3, 1_200))
    funds, _, rng = drawn(bar, start, end, 300, 7)
    none = np.full(1_200, np.nan)
    return {
        Stream(Liquidation): forced,
        Stream(MarkPrice): {"time": marked, "price": mark},
        Stream(IndexPrice): {"time": indexed, "price": index},
        Stream(AccountRatio): {
            "time": told, "ratio": ratio, "long": none, "short": none, "kind": rng.integers(1, 5, 1_200),
        },
        Stream(InsuranceFund): {"time": funds, "balance": 1e9 + rng.normal(0, 1e6, 300).cumsum()},
    }  # fmt: skip


@cache
def basis() -> Market:
    """BTC's hourly closes at three venues as quotes: a perpetual, the spot, and futures."""
    frame = pd.read_parquet(DATA / "crypto_perp" / "candles.parquet")
    roles = {
        "perp": "hyperliquid",
        "spot": "binance",
        "future": "okx",
        "near": "okx",
        "far": "bybit",
    }
    others: dict[Stream, dict[str, np.ndarray]] = {}
    for place, (role, venue) in enumerate(roles.items()):
        mine = frame[(frame["venue"] == venue) & (frame["coin"] == "BTC")].sort_values("timestamp")
        mine = mine.iloc[-1_000:]
        time = mine["timestamp"].astype("datetime64[ns, UTC]").astype(np.int64).to_numpy()
        close = mine["c"].to_numpy()
        # each a little later than the one before, some a minute late, some crossed
        time = (
            time
            + HOUR
            + place * SECOND
            + np.where(np.arange(len(time)) % 11 == place, 60 * SECOND, 0)
        )
        half = np.where(np.arange(len(time)) % 17 == place, -1e-5, 1e-5) * close
        others[Stream(Quote, role)] = {
            "time": time, "bid_price": close - half, "bid_size": close * 0 + 1,
            "ask_price": close + half, "ask_size": close * 0 + 1,
        }  # fmt: skip
    return Market("basis", others=others)


@cache
def venues() -> Market:
    """Two venues around one random walk that the first finds: quotes, trades, funding and open interest."""
    rng = np.random.default_rng(11)
    start, count = 1_700_000_000 * SECOND, 4_200
    walk = 1.0 + 2e-5 * rng.standard_normal(count).cumsum()
    others: dict[Stream, dict[str, np.ndarray]] = {}
    for role, late, noise in (("a", 0, 1e-6), ("b", 2, 1e-5)):
        time = start + np.arange(count) * SECOND + rng.integers(1, SECOND, count)
        time = np.delete(
            time, slice(600, 620) if role == "b" else slice(0, 0)
        )  # silent for a while
        middle = np.roll(walk, late)[: len(time)] + noise * rng.standard_normal(len(time))
        half, size = (
            np.where(np.arange(len(time)) % 97 == 5, -1e-5, 1e-5),
            rng.exponential(2.0, len(time)),
        )
        others[Stream(Quote, role)] = {
            "time": time, "bid_price": middle - half, "bid_size": size,
            "ask_price": middle + half, "ask_size": size,
        }  # fmt: skip
        some = np.sort(rng.choice(len(time), 700, replace=False))
        others[Stream(Trade, role)] = {
            "time": time[some], "price": middle[some], "size": size[some], "side": np.ones(700, np.int64),
        }  # fmt: skip
        hops = start + np.arange(1, 30) * 80 * SECOND + late
        others[Stream(Funding, role)] = {
            "time": hops, "rate": rng.normal(1e-4, 1e-5, 29), "interval": np.arange(29) % 3 * HOUR,
            "mark": np.full(29, np.nan),
        }  # fmt: skip
        value = rng.exponential(1e6, 29)
        others[Stream(OpenInterest, role)] = {"time": hops + 5, "contracts": value, "value": value}
    return Market("venues", others=others)


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


@cache
def open_options() -> Market:
    """AAPL's open interest of the same morning: 2,322 contracts of all expiries, a microsecond apart in each minute."""
    rows = []
    with ZipFile(DATA / "options" / "aapl_20140606_openinterest.zip") as archive:
        for name in archive.namelist():
            right, strike, expires = name.removesuffix(".csv").split("_")[5:8]
            ms, contracts = archive.read(name).decode().split(",")
            ends = pd.Timestamp(f"{expires} 16:00", tz="America/New_York").value
            rows.append(
                (
                    int(ms),
                    float(contracts),
                    int(strike) / 1e4,
                    ends,
                    CALL if right == "call" else PUT,
                )
            )
    frame = pd.DataFrame(rows, columns=["ms", "contracts", "strike", "expiry", "right"])
    frame = frame.sort_values("ms", kind="stable")
    time = (
        1402027200 * SECOND + frame.pop("ms").to_numpy() * 1_000_000 + np.arange(len(frame)) * 1_000
    )
    told = {name: values.to_numpy() for name, values in frame.items()}
    return Market("open_options", others={Stream(OptionInterest): {"time": time, **told}})


def expiring(start: int) -> Market:
    """Open interest of a few contracts said again and again while they expire by the hour; some numbers are bad."""
    rng, n = np.random.default_rng(11), 600
    time = start + np.sort(rng.integers(0, 9 * HOUR, n))
    contracts = np.floor(rng.exponential(300.0, n))
    contracts[::13], contracts[5::29], contracts[7::31] = np.nan, -4.0, np.inf
    right = rng.choice([CALL, PUT], n)
    right[:40], contracts[:40] = PUT, 7.0  # no calls at first
    silent = time > start + 5 * HOUR  # long after everything has expired it goes on
    strike = rng.integers(95, 106, n).astype(float)
    strike[::17] = np.nan
    return Market("", others={Stream(OptionInterest): {
        "time": time + silent * 9 * HOUR, "contracts": contracts, "strike": strike,
        "expiry": start + rng.integers(1, 6, n) * HOUR + silent * 14 * HOUR, "right": right,
    }})  # fmt: skip


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
            **dict.fromkeys(("strike", "underlying", "iv", "mid"), none),
        },
    )


def half_venues() -> Market:
    """The two venues, the second of which ends early and is crossed or empty now and then."""
    others = {stream: dict(columns) for stream, columns in venues().others.items()}
    for stream, columns in others.items():
        if stream.role == "b":
            half = len(columns["time"]) // 2
            others[stream] = {name: values[:half].copy() for name, values in columns.items()}
    quote, trade = others[Stream(Quote, "b")], others[Stream(Trade, "b")]
    quote["ask_price"][::5] = quote["bid_price"][::5] - 1e-4
    quote["bid_price"][3::50] = np.nan
    trade["size"][::4] = 0.0
    return Market("", others=others)


def quote_roles(
    one: dict[str, np.ndarray], two: dict[str, np.ndarray]
) -> dict[Stream, dict[str, np.ndarray]]:
    """Quotes in the roles of a basis, around the closes of bars."""
    found: dict[Stream, dict[str, np.ndarray]] = {}
    for role, bar in zip(
        ("perp", "spot", "future", "near", "far"), (one, two, one, two, one), strict=True
    ):
        close, size = bar["close"], np.ones(len(bar["close"]))
        found[Stream(Quote, role)] = {
            "time": bar["time"], "bid_price": close * 0.999, "bid_size": size,
            "ask_price": close * 1.001, "ask_size": size,
        }  # fmt: skip
    return found


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
    start = int(time[0]) - HOUR
    bad = drawn_others(spike, start, int(time[-1]))
    ticks = drawn_trades(hole, start, int(time[-1]))
    rates = np.where(np.arange(len(time)) % 9 == 0, np.nan, 1e-4)
    rates[20:120] = 1e-4
    bad |= {
        Stream(Funding): {
            "time": time, "rate": rates, "interval": np.arange(len(time)) % 3 * HOUR,
            "mark": np.full(len(time), np.nan),
        }
    }  # fmt: skip
    bad[Stream(Liquidation)]["size"][::5] = 0.0
    bad[Stream(Liquidation)]["time"][100:140] = bad[Stream(Liquidation)]["time"][100]
    bad[Stream(MarkPrice)]["price"][::7] = 0.0
    bad[Stream(IndexPrice)]["price"][::7] = np.nan
    bad[Stream(AccountRatio)]["ratio"][::6] = 0.0
    bad[Stream(InsuranceFund)]["balance"][::6] = 0.0
    ticks["book"]["levels"][::4, 2] -= 5.0  # crossed
    ticks["book"]["levels"][1::4, 1::4] = np.nan  # no bids
    quotes = {
        role: {name: values[: 1 if role == "spot" else None] for name, values in columns.items()}
        for role, columns in ((s.role, c) for s, c in quote_roles(spike, flat).items())
    }
    return {
        "venue_of_holes": Market(
            "",
            bar=hole,
            open_interest={"time": time, "contracts": oi, "value": oi},
            **ticks,
            others=bad,
        ),
        "half_venues": half_venues(),
        "one_spot_quote": Market("", others={Stream(Quote, r): c for r, c in quotes.items()}),
        "holes_beside_spikes": Market("", roles={"a": hole, "b": other}),
        "crossed_beside_bars": with_bars(hostile_ticks()["crossed_book"], 2 * SECOND),
        "flat_beside_spikes": Market("", roles={"a": spike, "b": flat}),
        "no_open_interest": Market(
            "",
            bar=spike,
            instrument=supply,
            open_interest={"time": time, "contracts": oi, "value": oi},
        ),
        "options_that_expire": expiring(start),
        "only_calls_at_first": option_trades(
            "",
            time[0] + np.arange(300) // 3 * 60 * SECOND,
            np.full(300, 2.0),
            np.arange(300) % 5,
            calls,
        ),
    }
