"""Raw files of a date to bronze Parquet, once: options with their terms and aggressors, futures and the underlying."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from penstock.core.errors import DataError
from penstock.core.schema import EventType
from penstock.events import (
    Book,
    OptionInterest,
    OptionQuote,
    OptionTrade,
    Quarantine,
    Quote,
    Statistic,
    Trade,
)
from penstock.events.checks import Rules
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.bronze import Bronze, Write
from penstock.jobs.levels.contracts import contracts, expiry
from penstock.jobs.levels.inputs import QUOTED, WORDS, Inputs, date_of, files, find, is_raw_options
from penstock.jobs.levels.signing import RULES, sign
from penstock.jobs.levels.sources import broken, frames

WORDED = {"definition": "definitions", "statistics": "statistics"}
OPEN_INTEREST, NEW = 9, 1  # a kind of statistic, and what is done with it
ANY = Rules(crossed=True)  # options' quotes lock and cross: signing has a rule for those


@dataclass(frozen=True, slots=True)
class Raw:
    """The raw files of a date."""

    date: dt.date
    trades: tuple[Path, ...] = ()
    quotes: tuple[Path, ...] = ()
    definitions: tuple[Path, ...] = ()
    statistics: tuple[Path, ...] = ()
    other: Inputs | None = None

    @property
    def options(self) -> tuple[Path, ...]:
        """The files of options that trades are made of."""
        return (*self.trades, *self.quotes, *self.definitions)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is made of raw files: the contracts of which roots, of the date's expiry alone or of all, and books too."""

    out: Path
    parameters: Parameters
    roots: tuple[str, ...]
    all_expiries: bool = False
    books: bool = False
    force: bool = False


@dataclass(slots=True)
class Ingested:
    """What became of a date.

    Attributes
    ----------
    rows
        By file; empty where the files were there already.
    signed
        Option trades by the rule that gave their side.
    left
        Rows that were left out, by reason.
    """

    date: dt.date
    rows: dict[str, int] = field(default_factory=dict)
    signed: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


def find_raw(source: Path, prefix: str) -> list[Raw]:
    """The raw files of a directory by date, in order."""
    found: dict[dt.date, dict[str, list[Path]]] = {}
    for path in files(source):
        date, words = date_of(path.name), WORDS.split(path.name.lower())
        if date is None or not is_raw_options(path.name):
            continue
        quoted = "quotes" in words or any(word in QUOTED for word in words)
        told = next((role for word, role in WORDED.items() if word in words), None)
        role = told or ("quotes" if quoted else "trades")
        found.setdefault(date, {}).setdefault(role, []).append(path)
    others = {each.date: each for each in find(source, prefix=prefix)}
    dates = sorted({*found, *others})
    options = {date: {k: tuple(v) for k, v in found.get(date, {}).items()} for date in dates}
    return [Raw(date, **options[date], other=others.get(date)) for date in dates]


def ingest(job: tuple[Raw, Wanted], tell: Callable[[Any], None]) -> Ingested:
    """Write a date's bronze files, but for those that were made of the same files before.

    Raises
    ------
    DataError
        A file is cut off or damaged: nothing of it is kept.
    """
    raw, wanted = job
    tell(None)
    said = [wanted.roots, wanted.all_expiries, wanted.parameters.calendar, wanted.parameters.zone]
    bronze = Bronze(wanted.out / "bronze", said, force=wanted.force)
    made, quarantine = Ingested(raw.date), Quarantine()
    if raw.trades or raw.quotes:
        _options(raw, wanted, bronze, made, quarantine)
    if raw.statistics:
        _open_interest(raw, wanted, bronze, made, quarantine)
    for name, paths, type_ in _others(raw, wanted):
        if paths and not bronze.has(name, paths):
            with bronze.file(name, paths, type_) as write:
                chunks = frames(paths, type_, quarantine)
                made.rows[name] = sum(write(chunk.rename({"time": "ts"})) for chunk in chunks)
                _whole(raw.date, quarantine)
    for (_, reason), count in quarantine.counts.items():
        made.left[reason] = made.left.get(reason, 0) + count
    return made


def _others(raw: Raw, wanted: Wanted) -> Iterator[tuple[str, Sequence[Path], EventType]]:
    """The files of futures and underlying that are raw: name, sources and type."""
    have, prefix = raw.other or Inputs(raw.date), wanted.parameters.symbol.lower()
    yield f"es_{raw.date}.trades.parquet", have.trades, Trade
    yield f"{prefix}_quotes_{raw.date}.parquet", have.spy_quotes, Quote
    yield f"{prefix}_trades_{raw.date}.parquet", have.spy_trades, Trade
    if wanted.books:
        yield f"es_{raw.date}.mbp-10.parquet", have.books, Book


def _options(
    raw: Raw, wanted: Wanted, bronze: Bronze, made: Ingested, quarantine: Quarantine
) -> None:
    """Option trades with terms and aggressors, and the quotes that these were judged by."""
    prefix, sources = wanted.parameters.symbol.lower(), raw.options
    name, quoted = (
        f"{prefix}_options_{raw.date}.parquet",
        f"{prefix}_option_quotes_{raw.date}.parquet",
    )
    if bronze.has(name, sources):
        return
    terms = _Terms(raw, wanted)
    chunks = frames(raw.trades or raw.quotes, Trade, quarantine, ANY)
    trades = pl.concat([terms.none(Trade), *(terms.of(chunk, made.left) for chunk in chunks)])
    with ExitStack() as stack:
        write = stack.enter_context(bronze.file(name, sources, OptionTrade))
        quotes: Iterable[pl.DataFrame] = ()
        if raw.quotes:
            made.rows[quoted] = 0
            write_quote = stack.enter_context(bronze.file(quoted, sources, OptionQuote))
            found = chain([terms.none(Quote)], _quotes(raw, terms, quarantine))
            quotes = _passing(found, write_quote, made.rows, quoted)
        signed = sign(trades, quotes).with_columns(pl.col("signed_by").cast(pl.String))
        _whole(raw.date, quarantine)
        made.rows[name] = write(signed)
    made.signed = dict.fromkeys(RULES, 0) | dict(signed["signed_by"].value_counts().iter_rows())


def _open_interest(
    raw: Raw, wanted: Wanted, bronze: Bronze, made: Ingested, quarantine: Quarantine
) -> None:
    """Open interest of contracts, as published; what each exchange says again of a contract is left out."""
    name = f"{wanted.parameters.symbol.lower()}_open_interest_{raw.date}.parquet"
    sources = (*raw.statistics, *raw.definitions)
    if bronze.has(name, sources):
        return
    terms, left = _Terms(raw, wanted), dict[str, int]()
    rows = [terms.none(Statistic)]
    for chunk in frames(raw.statistics, Statistic, quarantine):
        meant = (pl.col("kind") == OPEN_INTEREST) & (pl.col("action") == NEW)
        rows.append(terms.of(chunk.filter(meant & pl.col("quantity").is_finite()), left))
    contracts, before = pl.col("quantity"), pl.col("quantity").shift().over("contract")
    told = pl.concat(rows).filter(contracts.ne_missing(before)).rename({"quantity": "contracts"})
    names = ("ts", "receive", "symbol", "contract", *(each.name for each in OptionInterest.fields))
    with bronze.file(name, sources, OptionInterest) as write:
        _whole(raw.date, quarantine)
        made.rows[name] = write(told.select(names))
    for reason, count in left.items():
        made.left[reason] = made.left.get(reason, 0) + count


def _quotes(raw: Raw, terms: "_Terms", quarantine: Quarantine) -> Iterator[pl.DataFrame]:
    for chunk in frames(raw.quotes, Quote, quarantine, ANY):
        yield terms.of(chunk, {})


def _passing(
    chunks: Iterable[pl.DataFrame], write: Write, rows: dict[str, int], name: str
) -> Iterator[pl.DataFrame]:
    """Frames that are written as they pass, so that quotes are read once."""
    for chunk in chunks:
        rows[name] += write(chunk)
        yield chunk


class _Terms:
    """The terms of a date's contracts, looked up as their symbols are met."""

    def __init__(self, raw: Raw, wanted: Wanted) -> None:
        self._raw, self._wanted = raw, wanted
        self._known = contracts(())
        self._seen: set[str] = set()

    def of(self, chunk: pl.DataFrame, left: dict[str, int]) -> pl.DataFrame:
        """A chunk's rows with the terms of their contracts, under the underlying's symbol."""
        new = set(chunk["symbol"].unique().to_list()) - self._seen
        if new:
            self._seen |= new
            self._known = pl.concat([self._known, contracts(sorted(new), self._raw.definitions)])
        rows = chunk.rename({"symbol": "contract", "time": "ts"})
        joined = rows.join(self._known, on="contract", how="left", maintain_order="left")
        unknown = pl.col("root").is_null()
        other = ~pl.col("root").is_in(self._wanted.roots)
        later = (
            pl.col("expires") != self._raw.date
            if not self._wanted.all_expiries
            else pl.lit(value=False)
        )
        why = (
            pl.when(unknown).then(pl.lit("unknown contract"))
            .when(other).then(pl.lit("other roots"))
            .when(later).then(pl.lit("other expiries"))
        )  # fmt: skip
        joined = joined.with_columns(why=why)
        for reason, count in joined["why"].drop_nulls().value_counts().iter_rows():
            left[reason] = left.get(reason, 0) + count
        kept = joined.filter(pl.col("why").is_null())
        days = {
            day: expiry(day, self._wanted.parameters) for day in kept["expires"].unique().to_list()
        }
        stamps = (
            pl.col("expires").replace_strict(days, return_dtype=pl.Int64)
            if days
            else pl.lit(0, pl.Int64)
        )
        return kept.with_columns(symbol=pl.lit(self._wanted.parameters.symbol), expiry=stamps).drop(
            "why", "root", "expires"
        )

    def none(self, type: EventType) -> pl.DataFrame:
        """No rows of a type, with its columns."""
        fields = {f.name: pl.Int64 if f.dtype == "i8" else pl.Float64 for f in type.fields}
        empty = {"time": pl.Int64, "receive": pl.Int64, "symbol": pl.String} | fields
        return self.of(pl.DataFrame(schema=empty), {})


def _whole(date: dt.date, quarantine: Quarantine) -> None:
    cut = broken(quarantine)
    if cut:
        raise DataError(f"{date}: each file must be whole, got {'; '.join(cut)}; get it again")
