"""The simulated market as a source of order messages."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

from penstock.core.errors import DefinitionError, nearest
from penstock.core.native import compiled
from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.books.builder import BookBuilder
from penstock.events.keys import Keys
from penstock.events.quarantine import Quarantine
from penstock.events.simulator.factor import DRAWS as FACTOR_DRAWS
from penstock.events.simulator.factor import factor
from penstock.events.simulator.flow import STEP, advance, open_market
from penstock.events.simulator.market import (
    CLEAR,
    CURSOR,
    M_ACTION,
    M_FLAGS,
    M_ORDER,
    M_SEQUENCE,
    M_SIDE,
    M_SIZE,
    M_TICK,
    M_TIME,
    ROWS,
    Market,
    new_market,
)
from penstock.events.types import Mbo

VERSION = 1  # raised when the events of a seed change
SECOND = 1_000_000_000
START = 1_704_119_400 * SECOND  # 2024-01-01 14:30 UTC
TICKS = (10_000_000, 50_000_000, 250_000_000)  # of 1e-9: 0.01, 0.05, 0.25
LOTS = (1, 100)
BATCH = 16_384  # messages of one instrument at a time
UNIFORMS = 65_536


class Uniforms:
    """Uniform numbers in [0, 1) by a counter: Philox 4x64 (Salmon et al., 2011), a key per stream.

    The 53 high bits of each word: no method whose stream NumPy may change.
    """

    def __init__(self, seed: int, stream: int) -> None:
        self._bits = np.random.Philox(key=np.array([seed, stream], np.uint64))

    def take(self, count: int) -> np.ndarray:
        """The next numbers."""
        return (self._bits.random_raw(count) >> np.uint64(11)) * 2.0**-53


class _Instrument:
    """One instrument on its way through time."""

    def __init__(self, simulator: "Simulator", index: int) -> None:
        self.uniforms = Uniforms(simulator.seed, index + 1)
        u = self.uniforms.take(8)
        self.tick = TICKS[int(u[0] * len(TICKS))]
        lot = LOTS[int(u[1] * len(LOTS))]
        values = np.zeros(9)
        values[2:] = (
            3_000 + int(u[2] * 9_000),  # price in ticks
            0.5 + u[3],  # loading on the market factor
            5e-5 * (0.5 + u[4]),  # own volatility over a second
            simulator.rate * (0.5 + u[5]),
            lot,
            simulator.start,
            simulator.seconds * SECOND,
        )
        self.market: Market = new_market(values)
        self.numbers = self.uniforms.take(UNIFORMS)
        self.opened = False

    def until(self, time: int, path: np.ndarray) -> np.ndarray:
        """The messages before a time, as rows."""
        parts = []
        done = False
        while not done:
            out = np.empty((BATCH, 8), np.int64)
            self.market.state[ROWS] = 0
            if not self.opened:
                compiled(open_market)(self.market, self.numbers, out)
                self.opened = True
            done = compiled(advance)(self.market, self.numbers, out, path, time)
            parts.append(out[: self.market.state[ROWS]])
            self._refill()
        return np.concatenate(parts)

    def _refill(self) -> None:
        used = int(self.market.state[CURSOR])
        if 2 * used > UNIFORMS:
            self.numbers = np.concatenate((self.numbers[used:], self.uniforms.take(used)))
            self.market.state[CURSOR] = 0


class Simulator:
    """A seeded market of many instruments, as order messages (MBO).

    Parameters
    ----------
    symbols
        The instruments. One of them has the same events whatever others there are after it.
    seconds
        How long the market is open; activity is U-shaped over it.
    seed
        All random numbers come from Philox with this key.
    start
        Time of the opening, ns UTC.
    rate
        Events a second of an average instrument at an average hour, before clustering.
    venue
        The venue's name, for keys that have one.

    Notes
    -----
    A run opens with a clear and a snapshot (flag 32) of every instrument, as Databento's files do.
    A trade stands at the book's price: a market order gives per price one T, its fills, and the
    cancels that take them off the orders, all of one time; with bursts that makes about 35 % of
    consecutive messages share their time. Times are both event and receive times.
    """

    types: tuple[EventType, ...] = (Mbo,)

    def __init__(
        self,
        symbols: Sequence[str] = ("SIM0",),
        *,
        seconds: int = 3_600,
        seed: int = 7,
        start: int = START,
        rate: float = 6.0,
        venue: str = "XSIM",
    ) -> None:
        if not symbols or len(set(symbols)) < len(symbols):
            raise DefinitionError(f"Simulator: symbols must be different, got {tuple(symbols)}")
        if seconds < 1:
            raise DefinitionError(f"Simulator: seconds must be at least 1, got {seconds}")
        if not 0 <= seed < 2**63:
            raise DefinitionError(f"Simulator: seed must be from 0 to 2^63 - 1, got {seed}")
        if not 0.0 < rate <= 10_000.0:
            raise DefinitionError(f"Simulator: rate must be above 0, at most 10000, got {rate}")
        self.symbols = tuple(symbols)
        self.seconds = seconds
        self.seed = seed
        self.start = start
        self.rate = rate
        self.venue = venue

    @property
    def name(self) -> str:
        """The name of the run."""
        return f"simulation of seed {self.seed}"

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """The messages from the opening; no time is split between chunks."""
        numbers = [keys.number(self._key(symbol, keys.columns)) for symbol in self.symbols]
        steps = self.seconds * SECOND // STEP + 1
        path = factor(Uniforms(self.seed, 0).take(steps * FACTOR_DRAWS))
        instruments = [_Instrument(self, index) for index in range(len(numbers))]
        # one event is about two messages
        span = max(1, int(BATCH / (2.0 * self.rate * len(numbers))))
        end = self.start + self.seconds * SECOND
        for time in range(self.start, end, span * SECOND):
            until = min(time + span * SECOND, end)
            parts = [instrument.until(until, path) for instrument in instruments]
            block = _block(parts, numbers, [instrument.tick for instrument in instruments])
            quarantine.saw(self.name, len(block))
            yield (block,)

    def content_hash(self) -> str:
        """The hash of what determines the events."""
        what = (VERSION, self.symbols, self.seconds, self.seed, self.start, self.rate, self.venue)
        return hashlib.sha256(repr(what).encode()).hexdigest()

    def _key(self, symbol: str, columns: tuple[str, ...]) -> tuple[str, ...]:
        parts = {"symbol": symbol, "venue": self.venue}
        for column in columns:
            if column not in parts:
                raise DefinitionError(
                    f"Simulator: a key column must be one of {', '.join(parts)}, "
                    f"got {column!r}{nearest(column, parts)}"
                )
        return tuple(parts[column] for column in columns)


def _block(parts: list[np.ndarray], keys: list[int], ticks: list[int]) -> Block:
    """The messages of all instruments in order of time, then of instrument."""
    sizes = [len(part) for part in parts]
    rows = np.concatenate(parts)
    order = np.argsort(rows[:, M_TIME], kind="stable")
    rows = rows[order]
    # whole multiples of 1e-9 divided once: the double nearest to the decimal price
    price = rows[:, M_TICK] * np.repeat(np.array(ticks), sizes)[order] / 1e9
    price[rows[:, M_ACTION] == CLEAR] = np.nan
    time = np.ascontiguousarray(rows[:, M_TIME])
    return Block(
        Mbo,
        {
            "time": time,
            "receive": time,
            "key": np.repeat(np.array(keys, np.int64), sizes)[order],
            "order": rows[:, M_ORDER].copy(),
            "price": price,
            "size": rows[:, M_SIZE].astype(np.float64),
            "action": rows[:, M_ACTION].copy(),
            "side": rows[:, M_SIDE].copy(),
            "flags": rows[:, M_FLAGS].copy(),
            "sequence": rows[:, M_SEQUENCE].copy(),
        },
    )


def simulate(
    symbols: Sequence[str] = ("SIM0",),
    *,
    seconds: int = 3_600,
    seed: int = 7,
    start: int = START,
    rate: float = 6.0,
) -> BookBuilder:
    """The trades and books of a simulated market (`Simulator`).

    Examples
    --------
    >>> from penstock.events import Keys, Quarantine
    >>> source = simulate(("A", "B"), seconds=2)
    >>> trades, books = next(source.chunks(Keys(), Quarantine()))
    >>> bool((books.columns["levels"][:, 0] < books.columns["levels"][:, 2]).all())
    True
    """
    return BookBuilder(Simulator(symbols, seconds=seconds, seed=seed, start=start, rate=rate))
