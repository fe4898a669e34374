"""The state of a moment: what traded at each strike, by right and aggressor, and the book around a price."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from penstock.core.errors import DataError, nearest
from penstock.core.schema import EventType
from penstock.events import Book, OptionTrade, Quarantine, Quote, Trade
from penstock.events.checks import Rules
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.as_run import as_run
from penstock.jobs.levels.carry import contract
from penstock.jobs.levels.greeks import with_greeks
from penstock.jobs.levels.inputs import Inputs
from penstock.jobs.levels.price_path import price_frames
from penstock.jobs.levels.sources import frames

SHARES = 100.0  # of the underlying in a contract
AGGRESSORS = {1: "buyer", -1: "seller", 0: "unknown"}
RIGHTS = {1: "call", -1: "put"}
STRIKES = {
    "strike": pl.Float64, "right": pl.Enum(RIGHTS.values()), "aggressor": pl.Enum(AGGRESSORS.values()),
    "trades": pl.Int64, "volume": pl.Float64, "premium": pl.Float64,
    "judged": pl.Int64, "delta": pl.Float64, "gamma": pl.Float64, "last_price": pl.Float64,
}  # fmt: skip
ZONE = {
    "price": pl.Float64, "dollars": pl.Float64, "ticks": pl.Int64, "bid_size": pl.Float64, "ask_size": pl.Float64,
    "visible": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What stood at a time.

    Attributes
    ----------
    strikes
        Per strike, right and aggressor (`STRIKES`): trades and contracts of the day so far, dollars paid for them,
        their delta in shares and gamma in shares per dollar, each as it was when it was traded (of the ``judged``
        trades, whose price says a volatility; null where there are none), and the last price.
    zone
        The book at each price of the zone (`ZONE`): in points of the futures and in dollars, the distance from the
        zone's middle in ticks, the sizes, and whether the book reaches as far; a size that is not visible is null.
    spot
        The underlying in dollars; NaN where the files do not say it.
    ratio
        Points of the futures for a dollar of the underlying.
    """

    at: int
    strikes: pl.DataFrame
    zone: pl.DataFrame
    spot: float
    ratio: float


def state(
    found: Sequence[Inputs], at: int, parameters: Parameters, level: float | None = None
) -> State:
    """The state at a time, in ns UTC, from the files of its day.

    Parameters
    ----------
    found
        The dates that there are files of.
    at
        Events up to and at this time count.
    level
        The zone's middle in dollars; the last price if not said.

    Raises
    ------
    DataError
        There are no files of that day.
    """
    day = dt.datetime.fromtimestamp(at / 1e9, ZoneInfo(parameters.zone)).date()
    have = {each.date: each for each in found}
    if day not in have:
        near = nearest(str(day), [str(date) for date in have])
        raise DataError(
            f"{day}: files of this day are needed, got those of {len(have)} others{near}"
        )
    own = parameters.spot_source == "own"
    inputs = have[day].without_futures() if own else have[day]
    parameters = as_run(inputs, parameters)
    symbol = contract(inputs, parameters)
    prices = _whole(price_frames(inputs, symbol, Quarantine(), span=(0, at)), Trade)
    book = _last(inputs.books, Book, at, symbol)
    quote = _last(inputs.spy_quotes, Quote, at)
    ratio = _ratio(book, quote, parameters)
    spot = prices["price"][-1] / ratio if prices.height else float("nan")
    middle = level if level is not None else spot
    zone = _zone(book, middle * ratio, ratio, parameters)
    chunks = frames(inputs.options, OptionTrade, Quarantine(), Rules(crossed=True), span=(0, at))
    options = _whole(chunks, OptionTrade)
    path = prices.select("time", path=pl.col("price") / ratio)
    return State(at, _strikes(options, path, parameters), zone, spot, ratio)


def write_state(folder: Path, found: State) -> tuple[Path, Path]:
    """Write both tables of a state as Parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = (folder / f"strikes_{found.at}.parquet", folder / f"book_zone_{found.at}.parquet")
    for path, frame in zip(paths, (found.strikes, found.zone), strict=True):
        frame.write_parquet(path)
    return paths


def _last(
    paths: Sequence[Path], type: EventType, at: int, symbol: str | None = None
) -> pl.DataFrame:
    """The last event at or before a time."""
    last = pl.DataFrame()
    for chunk in frames(paths, type, Quarantine(), span=(0, at)):
        known = chunk if symbol is None else chunk.filter(pl.col("symbol") == symbol)
        last = known.tail(1) if known.height else last
    return last


def _ratio(book: pl.DataFrame, quote: pl.DataFrame, parameters: Parameters) -> float:
    """The ratio of the two middles, where both are known and it is not fixed."""
    if parameters.ratio == "static" or not (book.height and quote.height):
        return parameters.ratio_static
    futures = book["bid_price_0"][0] + book["ask_price_0"][0]
    underlying = quote["bid_price"][0] + quote["ask_price"][0]
    found = futures / underlying
    return found if found == found else parameters.ratio_static  # noqa: PLR0124  (NaN: a side is missing)


def _whole(chunks: Iterator[pl.DataFrame], type: EventType) -> pl.DataFrame:
    """The events of all chunks."""
    fields = {each.name: pl.Int64 if each.dtype == "i8" else pl.Float64 for each in type.fields}
    kept = [pl.DataFrame(schema={"time": pl.Int64, "symbol": pl.String} | fields)]
    return pl.concat([*kept, *(chunk.select(kept[0].columns) for chunk in chunks)])


def _strikes(options: pl.DataFrame, path: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """What traded at each strike; ``path`` is that of the underlying's price."""
    met = options.join_asof(path, on="time", check_sortedness=False)
    own = pl.col("underlying").fill_nan(None)
    spot = met.with_columns(spot=pl.coalesce(own, "path", pl.lit(float("nan"))))
    contracts = pl.col("size") * SHARES
    rows = with_greeks(spot, parameters).select(
        "strike",
        right=pl.col("right").replace_strict(RIGHTS, return_dtype=STRIKES["right"]),
        aggressor=pl.col("side").replace_strict(AGGRESSORS, return_dtype=STRIKES["aggressor"]),
        trades=pl.lit(1, pl.Int64),
        volume="size",
        premium=pl.col("price") * contracts,
        judged=pl.col("delta").is_not_null().cast(pl.Int64),
        delta=pl.col("delta") * contracts,
        gamma=pl.col("gamma") * contracts,
        last_price="price",
    )
    by = ["strike", "right", "aggressor"]
    sums = pl.col("trades", "volume", "premium", "judged", "delta", "gamma").sum()
    found = rows.group_by(by, maintain_order=True).agg(sums, pl.col("last_price").last())
    unknown = pl.when(pl.col("judged") > 0).then(pl.col("delta", "gamma"))
    found = found.with_columns(unknown)
    return found.sort(by).select(pl.col(name).cast(dtype) for name, dtype in STRIKES.items())


def _zone(book: pl.DataFrame, middle: float, ratio: float, parameters: Parameters) -> pl.DataFrame:
    """The book within the zone around a price of the futures."""
    if not book.height or middle != middle:  # noqa: PLR0124  (NaN: no price)
        return pl.DataFrame(schema=ZONE)
    tick, reach = parameters.tick, parameters.zone_ticks
    first = -(-(middle - reach * tick) // tick)
    last = (middle + reach * tick) // tick
    prices = [place * tick for place in range(int(first), int(last) + 1)]
    sides = {side: _levels(book, side) for side in ("bid", "ask")}
    rows = [
        (
            price,
            price / ratio,
            round((price - middle) / tick),
            *(_size(sides[side], price) for side in ("bid", "ask")),
            any(_reaches(found, price) for found in sides.values()),
        )
        for price in prices
    ]
    return pl.DataFrame(rows, schema=ZONE, orient="row")


def _levels(book: pl.DataFrame, side: str) -> dict[float, float]:
    """A side's sizes by price."""
    cells = ((book[f"{side}_price_{i}"][0], book[f"{side}_size_{i}"][0]) for i in range(10))
    return {price: size for price, size in cells if price == price}  # noqa: PLR0124


def _reaches(found: dict[float, float], price: float) -> bool:
    return bool(found) and min(found) <= price <= max(found)


def _size(found: dict[float, float], price: float) -> float | None:
    return found.get(price, 0.0) if _reaches(found, price) else None
