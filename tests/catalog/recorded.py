"""Recorded files twice: through the readers, for the features, and through pandas, for the oracles."""

import gzip
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from tests.catalog.market import DATA, Market, with_quotes

from penstock.events.readers import Dialect, open_source
from penstock.events.source import Source

BARE = Dialect(header=False)
MESSAGES = "lobster/AAPL_2012-06-21_34200000_57600000_message_10.csv"
BOOKS = "lobster/AAPL_2012-06-21_34200000_57600000_orderbook_10.csv.gz"
TAPE = "lobster/amzn_20120621_trades_fmlpy.csv.gz"
GOLD = "futures_lean/gc_tick_20131007_trade.zip"
NEW_YORK = "America/New_York"
NO_ASK, NO_BID = 9_999_999_999, -9_999_999_999  # what LOBSTER writes for a level that is not there
# a row of LOBSTER's book is each level's ask and bid
CELLS = tuple(
    f"{cell}_{level}"
    for level in range(10)
    for cell in ("ask_price", "ask_size", "bid_price", "bid_size")
)


@dataclass(frozen=True)
class Recording:
    """What the readers make of some files, and the events that are in them, by symbol."""

    sources: tuple[Source, ...]
    markets: dict[str, Market]

    def only(self, *streams: str) -> tuple[Source, ...]:
        """The sources of these streams."""
        return tuple(s for s in self.sources if s.types[0].name in streams)


def shared(name: str) -> Path:
    """A file of ../shared/data, or a skip that names it."""
    if not (DATA / name).exists():
        pytest.skip(f"../shared is absent: data/{name} is not read")
    return DATA / name


def local(stamps: pd.Series) -> np.ndarray:
    """Clock times of New York as ns UTC."""
    return stamps.dt.tz_localize(NEW_YORK).dt.tz_convert("UTC").dt.as_unit("ns").astype("int64")


def read_messages() -> tuple[np.ndarray, pd.DataFrame]:
    """LOBSTER's messages, and their times: seconds since midnight, taken as decimals."""
    names = ["seconds", "type", "order", "size", "price", "direction"]
    frame = pd.read_csv(shared(MESSAGES), names=names, dtype={"seconds": str})
    # pandas' to_timedelta is a nanosecond off for some
    after = [int(Decimal(text).scaleb(9)) for text in frame["seconds"]]
    return local(pd.Timestamp("2012-06-21") + pd.Series(pd.to_timedelta(after))).to_numpy(), frame


def executions() -> dict[str, np.ndarray]:
    """The messages that are trades: a resting sell order that is executed has a buyer as aggressor."""
    time, frame = read_messages()
    traded = frame["type"].isin([4, 5]).to_numpy()
    return {
        "time": time[traded],
        "price": frame["price"].to_numpy()[traded] / 1e4,
        "size": frame["size"].to_numpy(float)[traded],
        "side": np.where(frame["direction"].to_numpy()[traded] == -1, 1, -1),
    }


def read_books(*, thin: bool) -> pd.DataFrame:
    """LOBSTER's books as they stand; thin: with the deeper levels gone for a while, the last ask too."""
    frame = pd.read_csv(shared(BOOKS), names=list(CELLS))
    if thin:
        for level, rows in ((7, slice(100, 400)), (8, slice(100, 400)), (9, slice(50, 600))):
            cells = [name for name in CELLS if name.endswith(f"_{level}")]
            frame.loc[rows, cells] = [NO_ASK, 0, NO_BID, 0]
        frame.loc[300:320, [name for name in CELLS if name.startswith("ask_price")]] = NO_ASK
        frame.loc[300:320, [name for name in CELLS if name.startswith("ask_size")]] = 0
    return frame


def levels_of(frame: pd.DataFrame) -> np.ndarray:
    """Levels as the package has them, cell by cell."""
    order = ("bid_price", "bid_size", "ask_price", "ask_size")
    cells = frame[[f"{cell}_{level}" for level in range(10) for cell in order]].to_numpy(float)
    cells[np.abs(cells) == NO_ASK] = np.nan
    cells[:, 0::2] /= 1e4
    return cells


def lobster(folder: Path, *, thin: bool = False) -> Recording:
    """AAPL's first 49 seconds: executions, and the book after each message.

    The book's file has no times; message and book are row by row the same event, so their lines are put side by side.
    """
    books, time = read_books(thin=thin), read_messages()[0]
    lines = shared(MESSAGES).read_text().splitlines()
    rows = books.to_csv(index=False, header=False).splitlines()
    pasted = folder / f"aapl_{'thin' if thin else 'whole'}.csv.gz"
    with gzip.open(pasted, "wt") as file:
        file.writelines(f"{a.partition(',')[0]},{b}\n" for a, b in zip(lines, rows, strict=True))
    stamp = f":s:{NEW_YORK}:2012-06-21"
    named = Dialect(header=False, names=("seconds", *CELLS))
    items = [
        f"time=seconds{stamp}",
        f"absent={NO_ASK},{NO_BID}",
        "symbol==AAPL",
        *(f"{side}_price={side}_price_{{level}}*1e-4" for side in ("bid", "ask")),
    ]
    best = [item.replace("{level}", "0") for item in items]
    best += ["bid_size=bid_size_0", "ask_size=ask_size_0"]
    took = [f"time=0{stamp}", "price=4*1e-4", "size=3", "side=5*-1", "symbol==AAPL", "where=1:4,5"]
    sources = (
        open_source(shared(MESSAGES), type="trade", mapping=took, dialect=BARE),
        open_source(pasted, type="quote", mapping=best, dialect=named),
        open_source(pasted, type="book", mapping=items, dialect=named),
    )
    book = {"time": time, "levels": levels_of(books)}
    return Recording(sources, {"AAPL": with_quotes("aapl", executions(), book)})


def tape() -> dict[str, np.ndarray]:
    """AMZN's trades of 21 June 2012; nobody says who started them."""
    frame = pd.read_csv(shared(TAPE), parse_dates=["Time"])
    return {
        "time": local(frame["Time"]).to_numpy(),
        "price": frame["Price"].to_numpy() / 1e4,
        "size": frame["Volume"].to_numpy(float),
        "side": np.zeros(len(frame), np.int64),
    }


@cache
def amzn() -> Recording:
    """AMZN's trades of one day."""
    items = [f"time=Time:iso:{NEW_YORK}", "price=Price*1e-4", "size=Volume", "symbol==AMZN"]
    source = open_source(shared(TAPE), type="trade", mapping=items)
    return Recording((source,), {"AMZN": Market("amzn", trade=tape())})


def gold() -> Recording:
    """Gold futures of 7 October 2013, one file per expiry; some trades have no size."""
    path, sources, markets = shared(GOLD), [], {}
    midnight = pd.Timestamp("2013-10-07", tz="UTC").value
    with ZipFile(path) as archive:
        for member in archive.namelist():
            symbol = f"GC{member[-10:-4]}"
            items = ["time=0:ms:UTC:2013-10-07", "price=1", "size=2", f"symbol=={symbol}"]
            dialect = Dialect(header=False, member=member)
            sources.append(open_source(path, type="trade", mapping=items, dialect=dialect))
            with archive.open(member) as file:
                frame = pd.read_csv(file, names=["ms", "price", "size", "venue", "sale", "odd"])
            markets[symbol] = Market(
                symbol,
                trade={
                    "time": midnight + frame["ms"].to_numpy() * 1_000_000,
                    "price": frame["price"].to_numpy(float),
                    "size": frame["size"].to_numpy(float),
                    "side": np.zeros(len(frame), np.int64),
                },
            )
    return Recording(tuple(sources), markets)


def thin_lobster(folder: Path) -> Recording:
    """AAPL with levels missing, as LOBSTER writes them."""
    return lobster(folder, thin=True)


RECORDINGS = {
    "aapl": lobster,
    "aapl_thin": thin_lobster,
    "amzn": lambda folder: amzn(),
    "gold": lambda folder: gold(),
}
