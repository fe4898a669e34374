"""Dates made up from a seed: futures, their book, quotes of the underlying and its options, as the real files are.

The book has ten levels a side. An event adds or cancels at one of them, or a trade takes from the best; where the
best is gone the price moves. Sizes return to their mean, so that nothing trends. The underlying is quoted at the
future over a ratio that drifts slowly, and options that expire that day are traded around it at Black-Scholes prices
with a smile. What was open in them the evening before is published three hours before the opening.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from penstock.core import black_scholes as model
from penstock.core.arrays import F8, I8
from penstock.core.errors import DefinitionError
from penstock.core.jit import jit
from penstock.core.native import compiled
from penstock.core.schema import EventType
from penstock.events import Block, Book, Keys, Quarantine, Trade
from penstock.events.writers import write_dbn
from penstock.events.writers.packing import finished
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.exposures import session

HOUR = 3_600_000_000_000
TICK, FUTURE, CHUNK = 0.25, "ESZ5", 1 << 16
MEAN_SIZE = 25.0
FILES = 5  # of a date
PUBLISHED = -3  # hours from the opening: open interest
REACH = 40  # strikes on each side of the price that have any
# hours from the opening, and how busy the market is from then on
SHAPE = (
    (-5.5, 0.03), (-1.0, 0.10), (0.0, 2.2), (0.75, 1.0), (3.0, 0.6), (5.0, 1.0), (6.0, 2.0), (6.5, 0.1), (10.5, 0.0),
)  # fmt: skip
Progress = Callable[[str, int, int], None]


@jit
def _trade(  # noqa: PLR0913, PLR0917
    bid: F8, ask: F8, state: I8, buys: int, size: float, refill: float, deep: float
) -> float:
    """Take from the best price; where it is gone the price moves. What was executed."""
    side, other = (ask, bid) if buys else (bid, ask)
    done = min(size, side[0])
    side[0] -= done
    if side[0] > 0.0:
        return done
    for k in range(9):
        side[k] = side[k + 1]
    side[9] = deep
    for k in range(9, 0, -1):
        other[k] = other[k - 1]
    other[0] = refill
    state[0] += 1 if buys else -1
    return done


@jit
def _simulate(  # noqa: PLR0913, PLR0917
    books: F8,
    trades: F8,
    counts: I8,
    draws: F8,
    bid: F8,
    ask: F8,
    state: I8,
    share: float,
    mean: float,
) -> None:
    """The book after each event, and the trades among them: (event, price, size, side)."""
    n = 0
    for i in range(books.shape[0]):
        u, v, w, z = draws[i, 0], draws[i, 1], draws[i, 2], draws[i, 3]
        if u < share:
            buys = 1 if v < 0.5 else 0
            price = float(state[0] + 1 if buys else state[0]) * 0.25
            size = 1.0 + float(int(-4.0 * np.log(1.0 - w)))
            done = _trade(bid, ask, state, buys, size, 1.0 + float(int(z * mean)), mean)
            trades[n, 0], trades[n, 1], trades[n, 2] = float(i), price, done
            trades[n, 3] = 1.0 if buys else -1.0
            n += 1
        else:
            side, k = (bid if v < 0.5 else ask), int(20.0 * abs(v - 0.5)) % 10
            size = 1.0 + float(int(z * 8.0))
            if w < 0.5 + 0.25 * (1.0 - side[k] / (mean * (1.0 + 0.15 * k))):
                side[k] += size
            else:
                side[k] = max(side[k] - size, 1.0)
        for k in range(10):
            books[i, 4 * k], books[i, 4 * k + 1] = float(state[0] - k) * 0.25, bid[k]
            books[i, 4 * k + 2], books[i, 4 * k + 3] = float(state[0] + 1 + k) * 0.25, ask[k]
    counts[0] = n


@jit
def _worth(out: F8, spot: F8, strike: F8, years: F8, sigma: F8, right: I8) -> None:
    for i in range(out.size):
        out[i] = model.price(spot[i], strike[i], years[i], sigma[i], 0.045, 0.013, right[i])


@dataclass
class _Future:
    """A date of the future, drawn anew in the same way each time it is read."""

    date: dt.date
    span: tuple[int, int]  # when the session opens and closes
    trades: int
    books: int
    seed: int
    start: int  # the first price in ticks
    type: EventType
    name: str = FUTURE

    @property
    def types(self) -> tuple[EventType, ...]:
        return (Trade, Book) if self.type is Book else (Trade,)

    def drawn(self) -> Iterator[tuple[I8, F8, F8]]:
        """Times, books and trades of each chunk."""
        rng = np.random.default_rng([self.seed, self.date.toordinal()])
        grid = np.array([self.span[0] + int(hour * HOUR) for hour, _ in SHAPE])
        busy = np.array([level for _, level in SHAPE[:-1]])
        weights = np.concatenate([[0.0], np.cumsum(busy * np.diff(grid))])
        bid, ask = (rng.integers(5, int(2 * MEAN_SIZE), 10).astype(float) for _ in range(2))
        state, counts = np.array([self.start]), np.zeros(1, np.int64)
        share, done = self.trades / self.books, 0
        # gaps of a Poisson stream on the scale of business time
        while done < self.books:
            size = min(CHUNK, self.books - done)
            places = (done + np.sort(rng.random(size) * size)) / self.books
            times = (
                np.interp(places * weights[-1], weights, grid - grid[0]).astype(np.int64) + grid[0]
            )
            rows, found = np.empty((size, 40)), np.empty((size, 4))
            compiled(_simulate)(
                rows, found, counts, rng.random((size, 4)), bid, ask, state, share, MEAN_SIZE
            )
            done += size
            yield times, rows, found[: counts[0]]

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:  # noqa: ARG002
        """Trades, and books where they are asked for."""
        number = keys.number((FUTURE,))
        for times, rows, found in self.drawn():
            at = times[found[:, 0].astype(np.int64)]
            made = Block.of(
                Trade, time=at, receive=at, key=np.full(at.size, number),
                price=found[:, 1].copy(), size=found[:, 2].copy(), side=found[:, 3].astype(np.int64),
            )  # fmt: skip
            if self.type is Trade:
                yield (made,)
                continue
            book = Block.of(
                Book, time=times, receive=times, key=np.full(times.size, number), levels=rows
            )
            # a record tells of a trade or of a book: both of a time would be two records
            yield (made.take(slice(0, 0)), book)

    def content_hash(self) -> str:
        """What the events go by."""
        return f"{self.seed} {self.date} {self.trades} {self.books}"


def simulate_dates(  # noqa: PLR0913  (keyword options)
    out: Path,
    dates: Sequence[dt.date],
    *,
    trades: int = 600_000,
    books: int = 5_000_000,
    options: int = 400_000,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Path]:
    """Write dates that go on from one to the next.

    Parameters
    ----------
    out
        The folder that the files are written to.
    dates
        Trading days of New York, in order.
    trades, books, options
        Trades of the future, updates of its book and trades of options, of each date, about.
    seed
        What is drawn.
    progress
        Called with (file, files so far, files in all).

    Returns
    -------
    list of Path
        The files.
    """
    if not books > trades > 0:
        raise DefinitionError(
            f"Simulated dates: books must be more than trades, got {books} and {trades}"
        )
    out.mkdir(parents=True, exist_ok=True)
    price, ratio, written = 6_000 * 4, 10.03, []
    for date in dates:
        span = session(date, Parameters())
        if span is None:
            raise DefinitionError(
                f"Simulated dates: a date must be a trading day of XNYS, got {date}"
            )
        rng = np.random.default_rng([seed, date.toordinal(), 1])
        own = (date, span, trades, books, seed, price)
        stem = out / f"glbx-mdp3-{date:%Y%m%d}"
        for kind, given in (("trades", Trade), ("mbp-10", Book)):
            path = Path(f"{stem}.{kind}.dbn.zst")
            write_dbn(path, _Future(*own, given), schema=kind, dataset="GLBX.MDP3")
            written.append(path)
            if progress is not None:
                progress(path.name, len(written), FILES * len(dates))
        mids = [(times, rows[:, 0] + TICK / 2.0) for times, rows, _ in _Future(*own, Book).drawn()]
        times, mid = (np.concatenate(part) for part in zip(*mids, strict=True))
        at = np.arange(times[0], times[-1], 500_000_000)
        future = mid[np.searchsorted(times, at, side="right") - 1]
        ratios = ratio + np.cumsum(rng.normal(0.0, 2e-6, at.size))
        quotes = _quotes(at, np.round(future / ratios * 100.0) / 100.0)
        traded = _options(rng, span, at, future / ratios, options)
        told = span[0] + PUBLISHED * HOUR
        middle = float(future[np.searchsorted(at, told)] / ratios[np.searchsorted(at, told)])
        opened = _open_interest(
            np.random.default_rng([seed, date.toordinal(), 2]), span[1], told, middle
        )
        tables = {"spy_quotes": quotes, "spy_options": traded, "spy_open_interest": opened}
        for name, frame in tables.items():
            path = out / f"{name}_{date}.parquet"
            with finished(path) as part:
                frame.write_parquet(part, compression="zstd")
            written.append(path)
            if progress is not None:
                progress(path.name, len(written), FILES * len(dates))
        price, ratio = round(float(mid[-1]) / TICK), float(ratios[-1])
    return written


def _quotes(at: I8, mid: F8) -> pl.DataFrame:
    """Quotes of a cent around a middle."""
    return pl.DataFrame(
        {
            "ts": at, "symbol": ["SPY"] * at.size,
            "bid_price": np.round(mid - 0.01, 2), "bid_size": np.full(at.size, 500.0),
            "ask_price": np.round(mid + 0.01, 2), "ask_size": np.full(at.size, 500.0),
        }
    )  # fmt: skip


def _options(
    rng: np.random.Generator, span: tuple[int, int], at: I8, path: F8, size: int
) -> pl.DataFrame:
    """Trades of options that expire at the close: around the money, dearer away from it."""
    times = np.sort(rng.integers(span[0], span[1], size))
    spot = path[np.clip(np.searchsorted(at, times, side="right") - 1, 0, at.size - 1)]
    strike = np.round(spot + rng.normal(0.0, 2.5, size))
    right = rng.choice(np.array([-1, 1]), size)
    years = np.maximum(span[1] - times, 60_000_000_000) / (365 * 24 * HOUR)
    sigma = 0.14 + 0.8 * (np.log(strike / spot) - 0.01) ** 2 / np.sqrt(years) / 10.0
    worth = np.empty(size)
    compiled(_worth)(worth, spot, strike, years, sigma, right)
    side = rng.choice(np.array([-1, 1]), size)
    mid = np.maximum(np.round(worth, 2), 0.01)
    return pl.DataFrame(
        {
            "ts": times, "symbol": ["SPY"] * size,
            "price": np.maximum(mid + 0.01 * side, 0.01), "size": 1.0 + np.floor(rng.exponential(4.0, size)),
            "side": side, "strike": strike, "expiry": np.full(size, span[1]), "right": right,
            "underlying": np.full(size, np.nan), "iv": np.full(size, np.nan), "mid": mid,
        }
    )  # fmt: skip


def _open_interest(rng: np.random.Generator, close: int, told: int, middle: float) -> pl.DataFrame:
    """Contracts open at strikes around a price, of this day's expiry and the next: calls above it and puts below."""
    strikes = np.round(middle) + np.arange(-REACH, REACH + 1.0)
    strike = np.tile(strikes, 4)
    right = np.repeat(np.array([1, -1, 1, -1]), strikes.size)
    expiry = np.repeat(np.array([close, close + 24 * HOUR]), 2 * strikes.size)
    away = right * (strike - middle)
    usual = (
        4_000.0 * np.exp(-(((away - 5.0) / 12.0) ** 2)) * np.where(strike % 5.0 == 0.0, 3.0, 1.0)
    )
    return pl.DataFrame(
        {
            "ts": told + 1_000_000 * np.arange(strike.size), "symbol": ["SPY"] * strike.size,
            "contracts": np.floor(rng.exponential(usual)), "strike": strike, "expiry": expiry, "right": right,
        }
    )  # fmt: skip
