"""The events that features are checked on: real files, hostile cases, and a golden extract."""

from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import databento_dbn
import numpy as np
import pandas as pd
import zstandard

from penstock.events import (
    Bar,
    Block,
    Book,
    Instrument,
    OpenInterest,
    OptionTrade,
    Quote,
    Trade,
)
from penstock.events.types import LLM_TYPES
from penstock.streams import Stream

ROOT = Path(__file__).resolve().parents[2]
DATA = (ROOT / ".." / "shared" / "data").resolve()
SECOND = 1_000_000_000
DAY = 86_400 * SECOND
LAST, SNAPSHOT = 128, 32
UNDEFINED = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Market:
    """The events of one symbol: columns by stream, each with ``time``."""

    name: str
    bar: dict[str, np.ndarray] = field(default_factory=dict)
    trade: dict[str, np.ndarray] = field(default_factory=dict)
    quote: dict[str, np.ndarray] = field(default_factory=dict)
    book: dict[str, np.ndarray] = field(default_factory=dict)
    instrument: dict[str, np.ndarray] = field(default_factory=dict)
    open_interest: dict[str, np.ndarray] = field(default_factory=dict)
    option_trade: dict[str, np.ndarray] = field(default_factory=dict)
    roles: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)  # bars of other symbols
    gateway: dict[str, dict[str, np.ndarray]] = field(
        default_factory=dict
    )  # by event type, or type@role
    others: dict[Stream, dict[str, np.ndarray]] = field(
        default_factory=dict
    )  # streams without a field

    def blocks(self) -> list[Block]:
        """One block per stream that has columns; trades first, so that they precede what they caused."""
        return [block for stream, block in self.streams().items() if not stream.role]

    def streams(self) -> dict[Stream, Block]:
        """The events of each stream, those in roles too."""
        kinds = (Instrument, Trade, Quote, Book, Bar, OpenInterest, OptionTrade)
        own = {Stream(kind): getattr(self, kind.name) for kind in kinds}
        roles = {Stream(Bar, role): columns for role, columns in self.roles.items()}
        types = {kind.name: kind for kind in LLM_TYPES}
        parts = {name: name.partition("@") for name in self.gateway}
        told = {Stream(types[kind], role): self.gateway[n] for n, (kind, _, role) in parts.items()}
        found = (own | roles | self.others | told).items()
        return {stream: Block.of(stream.type, **columns) for stream, columns in found if columns}

    def only(self, *streams: str) -> "Market":
        """The market without the other streams."""
        return Market(self.name, **{stream: getattr(self, stream) for stream in streams})

    def bars(self) -> pd.DataFrame:
        return pd.DataFrame(self.bar)

    def trades(self) -> pd.DataFrame:
        return pd.DataFrame(self.trade)

    def quotes(self) -> pd.DataFrame:
        return pd.DataFrame(self.quote)


def bars(time: np.ndarray, *columns: object) -> dict[str, np.ndarray]:
    """Open, high, low, close and volume; nobody counted the trades."""
    names = ("open", "high", "low", "close", "volume")
    made = {name: np.asarray(column, float) for name, column in zip(names, columns, strict=True)}
    return {"time": np.asarray(time, np.int64), **made, "trades": np.full(len(time), np.nan)}


def decode(name: str) -> list[object]:
    raw = (
        zstandard.ZstdDecompressor()
        .stream_reader((DATA / "futures_dbn" / name).read_bytes())
        .read()
    )
    decoder = databento_dbn.DBNDecoder()
    decoder.write(raw)
    return decoder.decode()[1:]


@cache
def es_futures(events: int = 6_000) -> Market:
    """The first minutes of ESH4's evening session of 25 December 2023: trades and ten levels of the book."""
    books = [r for r in decode("esh4-glbx-mdp3-20231225.mbp-10.derived.dbn.zst") if r.flags & LAST]
    books = [r for r in books if not r.flags & SNAPSHOT and r.ts_recv >= 1703545200 * SECOND][
        :events
    ]
    end = books[-1].ts_recv
    trades = [
        r for r in decode("esh4-glbx-mdp3-20231225.trades.derived.dbn.zst") if r.ts_recv <= end
    ]
    levels = np.full((len(books), 40), np.nan)
    for row, record in enumerate(books):
        for level, pair in enumerate(record.levels):
            bid = pair.bid_px / 1e9 if pair.bid_px != UNDEFINED else np.nan
            ask = pair.ask_px / 1e9 if pair.ask_px != UNDEFINED else np.nan
            levels[row, 4 * level : 4 * level + 4] = (bid, pair.bid_sz, ask, pair.ask_sz)
    return with_quotes(
        "es_futures",
        trade={
            "time": np.array([r.ts_recv for r in trades]),
            "price": np.array([r.price / 1e9 for r in trades]),
            "size": np.array([float(r.size) for r in trades]),
            "side": np.array([{"B": 1, "A": -1}.get(str(r.side), 0) for r in trades]),
        },
        book={"time": np.array([r.ts_recv for r in books]), "levels": levels},
    )


def with_quotes(name: str, trade: dict[str, np.ndarray], book: dict[str, np.ndarray]) -> Market:
    levels = book["levels"]
    names = ("bid_price", "bid_size", "ask_price", "ask_size")
    quote = {
        "time": book["time"],
        **{n: np.ascontiguousarray(levels[:, i]) for i, n in enumerate(names)},
    }
    return Market(name, trade=trade, quote=quote, book=book)


def lean(path: str, names: list[str]) -> pd.DataFrame:
    with ZipFile(DATA / path) as archive:
        return pd.read_csv(BytesIO(archive.read(archive.namelist()[0])), names=names)


@cache
def ibm_ticks(count: int = 5_000) -> Market:
    """IBM's trades of 7 October 2013, several of them with one stamp; nobody says who started them."""
    frame = lean(
        "equity_ticks/ibm_20131007_trade.zip", ["ms", "price", "size", "venue", "sale", "odd"]
    )[:count]
    midnight = 1381118400 * SECOND  # 00:00 in New York, EDT
    return Market(
        "ibm_ticks",
        trade={
            "time": midnight + frame["ms"].to_numpy() * 1_000_000,
            "price": frame["price"].to_numpy() / 1e4,
            "size": frame["size"].to_numpy(float),
            "side": np.zeros(len(frame), np.int64),
        },
    )


@cache
def minute_bars(symbol: str = "spy") -> Market:
    """Minute bars of 7 October 2013, stamped at their end."""
    frame = lean(f"equity_minute/{symbol}_20131007_trade.zip", ["ms", "o", "h", "l", "c", "v"])
    time = 1381118400 * SECOND + (frame["ms"].to_numpy() + 60_000) * 1_000_000
    prices = (frame[name].to_numpy() / 1e4 for name in "ohlc")
    return Market(f"{symbol}_minute", bar=bars(time, *prices, frame["v"].to_numpy()))


@cache
def daily_bars(symbol: str = "spy", count: int = 1_500) -> Market:
    """Daily bars of the last years, stamped at the end of their day."""
    return Market(f"{symbol}_daily", bar=dated(f"ohlcv_daily/{symbol}.zip", count, DAY))


@cache
def hourly_bars(count: int = 2_000) -> Market:
    """IBM by the hour over many sessions."""
    return Market("ibm_hourly", bar=dated("ohlcv_hourly/ibm_hour.zip", count, 3_600 * SECOND))


def dated(path: str, count: int, width: int) -> dict[str, np.ndarray]:
    frame = lean(path, ["day", "o", "h", "l", "c", "v"])[-count:]
    start = (
        pd.to_datetime(frame["day"], format="%Y%m%d %H:%M")
        .to_numpy()
        .astype("datetime64[ns]")
        .astype(np.int64)
    )
    return bars(
        start + width, *(frame[name].to_numpy() / 1e4 for name in "ohlc"), frame["v"].to_numpy()
    )


def hostile_bars() -> dict[str, Market]:
    """Bars as they should not be, by what is wrong with them."""
    n = 150
    time = 1_700_000_000 * SECOND // DAY * DAY + np.arange(1, n + 1) * 3_600 * SECOND
    walk = 100 + np.cumsum(np.random.default_rng(7).normal(0, 0.5, n))
    volume = np.random.default_rng(8).integers(1, 1_000, n).astype(float)

    def market(name: str, close: np.ndarray, volume: np.ndarray, width: float = 0.3) -> Market:
        first = np.concatenate([close[:1], close[:-1]])
        high, low = np.maximum(first, close) + width, np.minimum(first, close) - width
        return Market(name, bar=bars(time[: len(close)], first, high, low, close, volume))

    spike, hole, gap, quiet = walk.copy(), walk.copy(), walk.copy(), volume.copy()
    spike[40] *= 1e6
    hole[[30, 31, 75]] = np.nan
    gap[60:] += 40
    quiet[20:90] = 0
    cases = (
        market("equal_prices", np.full(n, 100.0), volume, width=0.0),
        market("flat_part", np.where(np.arange(n) < 70, walk, walk[70]), volume, width=0.0),
        market("spike", spike, volume),
        market("nan_prices", hole, volume),
        market("gap", gap, volume),
        market("zero_volume", walk, quiet),
        market("one_bar", walk[:1], volume[:1]),
    )
    return {case.name: case for case in cases}


def hostile_ticks() -> dict[str, Market]:
    """Trades and books as they should not be, by what is wrong with them."""
    n, rng = 400, np.random.default_rng(9)
    start = 1_700_000_000 * SECOND
    time = start + np.cumsum(rng.integers(0, SECOND, n))
    price = 100 + np.cumsum(rng.choice([-0.01, 0.0, 0.01], n))
    trade = {
        "time": time,
        "price": price,
        "size": rng.integers(1, 50, n).astype(float),
        "side": rng.choice([-1, 1], n),
    }
    levels = np.full((n, 40), np.nan)
    levels[:, 1::2] = 0.0
    for level in range(10):
        levels[:, 4 * level] = price - 0.01 * (level + 1)
        levels[:, 4 * level + 2] = price + 0.01 * (level + 1)
        levels[:, 4 * level + 1] = rng.integers(2, 100, n)
        levels[:, 4 * level + 3] = rng.integers(2, 100, n)
    book = {"time": time + 1_000, "levels": levels}
    thin, crossed = levels.copy(), levels.copy()
    thin[100:200, 12::2], thin[100:200, 13::2] = np.nan, 0.0  # three levels are left
    thin[150:160, 2::4], thin[150:160, 3::4] = np.nan, 0.0  # and here no asks
    crossed[50:60, 0] += 0.05
    same = {
        **trade,
        "time": start + np.arange(n) // 8 * 3 * SECOND,
        "size": np.full(n, 5.0),
        "price": np.full(n, 7.0),
    }
    silent = {**trade, "time": time + (np.arange(n) > 200) * 900 * SECOND}
    one = {name: column[:1] for name, column in trade.items()}
    cases = (
        with_quotes("thin_book", trade, {**book, "levels": thin}),
        with_quotes("crossed_book", trade, {**book, "levels": crossed}),
        with_quotes("equal_times_and_values", same, {**book, "time": same["time"] + 1}),
        with_quotes("long_silence", silent, {**book, "time": silent["time"] + 1_000}),
        with_quotes("one_trade", one, {**book, "time": time}),
    )
    return {case.name: case for case in cases}
