"""What a date leaves to the next ones, and what a date needs of those before it.

Dates are not independent: a mean of 400 closes of two minutes reaches into the day before, and the ratio of futures and
underlying starts from where it ended. Both are few events of the files, which are taken out once per date and kept by
the files' hashes, so that dates run apart.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from penstock.core.arrays import I8
from penstock.core.errors import DataError
from penstock.core.time import NANOSECONDS, duration
from penstock.events import Book, Keys, Quarantine, Quote, Trade
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.as_run import as_run
from penstock.jobs.levels.exposures import exposures
from penstock.jobs.levels.inputs import Inputs
from penstock.jobs.levels.price_path import price_frames
from penstock.jobs.levels.sources import blocks, broken, frames
from penstock.streams.calendars import hours, session_days
from penstock.streams.zones import changes

VERSION = 3  # of what is taken out; raised when it changes
OPENING = 570 * NANOSECONDS["m"]  # 09:30
RATIO = 10 * NANOSECONDS["m"]  # ten half-lives of the ratio: what is older weighs a thousandth
MOST = 400  # closes of the longest mean
LOOK_BACK = 5  # trading days that are read for them: holidays and thin days included
SESSIONS = 20  # that a quantile of dealers' gamma is over
TRADES = {"ts": pl.Int64, "price": pl.Float64, "size": pl.Float64, "side": pl.Int64}
QUOTES = {"ts": pl.Int64, "bid_price": pl.Float64, "bid_size": pl.Float64, "ask_price": pl.Float64,
          "ask_size": pl.Float64}  # fmt: skip
MIDS = {"ts": pl.Int64, "mid": pl.Float64}
GAMMA = {"gamma": pl.Float64}


@dataclass(frozen=True, slots=True, eq=False)
class DailyFacts:
    """What one date leaves.

    Attributes
    ----------
    trades
        The last price of each of its last bars that count (`TRADES`): the futures', or the underlying's own.
    spy
        The last ten minutes of the underlying's quotes (`QUOTES`); empty where there are none.
    book_mids
        The middles of the futures' book in the same minutes (`MIDS`).
    gamma
        The size of dealers' gamma near the price, minute by minute (`GAMMA`); only where ``fuel_quantile`` asks for it.
    contract
        The futures contract that these are of; empty where the date has no futures.
    """

    date: dt.date
    trades: pl.DataFrame
    spy: pl.DataFrame
    book_mids: pl.DataFrame
    gamma: pl.DataFrame
    contract: str


@dataclass(frozen=True, slots=True, eq=False)
class Carry:
    """What a date needs of those before it; empty frames where there are none.

    Attributes
    ----------
    trades, spy, book_mids
        As in `DailyFacts`: the bars of all these dates, the quotes and books of the last.
    gamma
        The sizes of dealers' gamma in the last 20 sessions.
    contract
        The futures contract of the last date before; the ratio starts anew where the date has another.
    dates
        The dates that it comes from.
    """

    trades: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TRADES))
    spy: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=QUOTES))
    book_mids: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MIDS))
    gamma: tuple[float, ...] = ()
    contract: str = ""
    dates: tuple[dt.date, ...] = ()

    def lacking(self, parameters: Parameters) -> list[str]:
        """What is not warm at the beginning of the date, and what that leaves null."""
        bars = self.trades.height
        days = f"{len(self.dates)} date{'s' * (len(self.dates) != 1)} before it"
        found = [
            f"{bars} of {need} bars of {parameters.sma_bar} from {days}: sma_{need} is null until the date has the rest"
            for need in parameters.sma
            if bars < need
        ]
        if parameters.fuel_quantile is not None and len(self.dates) < SESSIONS:
            found.append(
                f"{len(self.dates)} of {SESSIONS} sessions before it: the quantile of dealers' gamma is over those"
            )
        return found


def carry(facts: Sequence[DailyFacts]) -> Carry:
    """What the date after some consecutive dates needs of them; they are in order."""
    if not facts:
        return Carry()
    last = facts[-1]
    trades = pl.concat([day.trades for day in facts]).tail(MOST)
    gamma = pl.concat([day.gamma for day in facts[-SESSIONS:]])["gamma"].to_list()
    dates = tuple(day.date for day in facts)
    return Carry(trades, last.spy, last.book_mids, tuple(gamma), last.contract, dates)


def look_back(parameters: Parameters) -> int:
    """Trading days before a date that something is carried from."""
    return LOOK_BACK if parameters.fuel_quantile is None else SESSIONS


def before(
    found: Sequence[Inputs], date: dt.date, calendar: str, most: int = LOOK_BACK
) -> tuple[list[Inputs], str]:
    """The trading days right before a date that have files, in order, and why there are no more of them.

    A trading day without files ends them: a mean over a hole would be of other days than it says. So does one whose
    prices are the futures' where the date's are the underlying's own, or the other way round.
    """
    days, _ = session_days(calendar)
    have = {each.date: each for each in found if each.prices}
    alone = date in have and not have[date].trades
    chain: list[Inputs] = []
    at = int(np.searchsorted(days, ordinal(date)))
    for place in range(at - 1, max(at - 1 - most, -1), -1):
        day = dt.date.fromordinal(int(days[place]) + EPOCH)
        if day not in have:
            return chain[::-1], f"{day}, a trading day, has no files"
        if alone is bool(have[day].trades):
            which = (
                "futures, and this date has none" if alone else "no futures, and this date has them"
            )
            return chain[::-1], f"{day} has {which}: their closes are not of one price"
        chain.append(have[day])
    return chain[::-1], ""


def daily(inputs: Inputs, parameters: Parameters) -> DailyFacts:
    """What a date leaves to the next ones.

    Raises
    ------
    DataError
        A file is cut off or damaged.
    """
    quarantine, parameters = Quarantine(), as_run(inputs, parameters)
    chosen = contract(inputs, parameters)
    kept = [_closes(chunk, parameters) for chunk in price_frames(inputs, chosen, quarantine)]
    closes = pl.concat([pl.DataFrame(schema={**TRADES, "bar": pl.Int64}), *kept])
    trades = closes.unique("bar", keep="last", maintain_order=True).tail(MOST).select(*TRADES)
    spy = _quotes(inputs.spy_quotes if inputs.trades else (), quarantine)
    mids = _mids(inputs, chosen, spy, quarantine)
    cut = broken(quarantine)
    if cut:
        raise DataError(f"{inputs.date}: each file must be whole, got {'; '.join(cut)}")
    gamma = _gamma(inputs, parameters, chosen, _ratio(spy, mids, parameters))
    return DailyFacts(inputs.date, trades, spy, mids, gamma, chosen)


def contract(inputs: Inputs, parameters: Parameters) -> str:
    """The futures contract of a date: the one of which most was traded until the market opened; empty without futures.

    What trades later decides only where nothing traded before, so that no touch depends on what came after it.
    """
    if not inputs.trades:
        return ""
    zone, start = changes(parameters.zone), ordinal(inputs.date) * NANOSECONDS["d"] + OPENING
    early: dict[str, float] = {}
    late: dict[str, float] = {}
    for chunk in frames(inputs.trades, Trade, Quarantine()):
        local = _local(chunk["time"].to_numpy(), zone.starts, zone.offsets)
        first = pl.Series(local < start)
        for sizes, mask in ((early, first), (late, ~first)):
            for name, size in (
                chunk.filter(mask).group_by("symbol").agg(pl.col("size").sum()).iter_rows()
            ):
                sizes[name] = sizes.get(name, 0.0) + size
        if early and not first.any():
            break
    sizes = early or late
    if not sizes:
        raise DataError(f"{inputs.date}: at least one trade of the futures is needed, got none")
    return min(sizes, key=lambda name: (-sizes[name], name))


def _closes(chunk: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """The last trade of each bar of a chunk that counts; `Universe.mean` says which do."""
    width = duration(parameters.sma_bar)
    ends = (chunk["time"].to_numpy() // width + 1) * width
    counted = (
        _regular(ends, parameters)
        if parameters.sma_sessions == "rth"
        else _extended(ends, parameters)
    )
    kept = chunk.rename({"time": "ts"}).with_columns(bar=pl.Series(ends)).filter(pl.Series(counted))
    return kept.unique("bar", keep="last", maintain_order=True).select(*TRADES, "bar")


def _extended(ends: I8, parameters: Parameters) -> np.ndarray:
    """Which bars are of the extended hours of days with a session."""
    zone = changes(parameters.zone)
    day, clock = np.divmod(_local(ends, zone.starts, zone.offsets), NANOSECONDS["d"])
    low, high = (_clock(text) for text in parameters.extended)
    known, _ = session_days(parameters.calendar)
    return (clock > low) & (clock <= high) & np.isin(day, known)


def _regular(ends: I8, parameters: Parameters) -> np.ndarray:
    """Which bars are of a session."""
    opens, closes = hours(parameters.calendar)
    at = np.maximum(np.searchsorted(opens, ends, side="right") - 1, 0)
    return (ends > opens[at]) & (ends <= closes[at])


def _quotes(paths: Sequence[Path], quarantine: Quarantine) -> pl.DataFrame:
    """The last minutes of the underlying's quotes."""
    last = pl.DataFrame(schema=QUOTES)
    for chunk in frames(paths, Quote, quarantine):
        last = _tail(pl.concat([last, chunk.rename({"time": "ts"}).select(*QUOTES)]))
    return last


def _mids(inputs: Inputs, contract: str, spy: pl.DataFrame, quarantine: Quarantine) -> pl.DataFrame:
    """The middles of the book in the minutes of those quotes."""
    if not spy.height:
        return pl.DataFrame(schema=MIDS)
    keys, kept = Keys(), [pl.DataFrame(schema=MIDS)]
    span = np.array([spy["ts"][0] - NANOSECONDS["s"], spy["ts"][-1] + 1])
    for block in blocks(inputs.books, Book, quarantine, keys, since=int(span[0])):
        first, last = np.searchsorted(block.columns["time"], span)
        names = np.array([name for (name,) in keys.names] or [""], object)
        mine = np.flatnonzero(names[block.columns["key"][first:last]] == contract) + first
        cells = block.columns["levels"][mine]
        kept.append(
            pl.DataFrame(
                {"ts": block.columns["time"][mine], "mid": (cells[:, 0] + cells[:, 2]) / 2.0}
            )
        )
    return pl.concat(kept).filter(pl.col("mid").is_finite())


def _ratio(spy: pl.DataFrame, mids: pl.DataFrame, parameters: Parameters) -> float:
    """The ratio of futures and underlying as the date ended, where both are known and it is not fixed."""
    if parameters.ratio == "static" or not (spy.height and mids.height):
        return parameters.ratio_static
    return 2.0 * mids["mid"][-1] / (spy["bid_price"][-1] + spy["ask_price"][-1])


def _gamma(inputs: Inputs, parameters: Parameters, contract: str, ratio: float) -> pl.DataFrame:
    """Dealers' gamma near the price, where a quantile of it is asked for."""
    if parameters.fuel_quantile is None:
        return pl.DataFrame(schema=GAMMA)
    chunks = price_frames(inputs, contract, Quarantine())
    none = pl.DataFrame(schema={"time": pl.Int64, "path": pl.Float64})
    path = pl.concat([none, *(c.select("time", path=pl.col("price") / ratio) for c in chunks)])
    return pl.DataFrame({"gamma": exposures(inputs, parameters, path)}, schema=GAMMA)


def _tail(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("ts") > frame["ts"][-1] - RATIO)


def _local(stamps: I8, starts: I8, offsets: I8) -> I8:
    """Times in ns by a zone's clocks."""
    return stamps + offsets[np.searchsorted(starts, stamps, side="right") - 1]


def _clock(text: str) -> int:
    """Text such as 09:30 in ns since midnight."""
    hours, minutes = text.split(":")
    return (int(hours) * 60 + int(minutes)) * NANOSECONDS["m"]


EPOCH = dt.date(1970, 1, 1).toordinal()


def ordinal(date: dt.date) -> int:
    """A date in days since 1970."""
    return date.toordinal() - EPOCH
