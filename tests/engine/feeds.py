"""Small markets of several keys, merged feeds, and rows by key."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

import penstock as ps
from penstock.catalog import FEATURES
from penstock.core.schema import EventType
from penstock.declare import facts
from penstock.engine import Engine, Rows
from penstock.events import Block, Book, Event, Keys, Trade
from penstock.events.quarantine import Quarantine
from penstock.streams import Stream

SECOND = 1_000_000_000
START = 1_700_006_300 * SECOND  # 100 s before midnight, so that sessions roll
STREAMS = (Stream(Trade), Stream(Book))
# the features that trades and books are enough for: bars are made of the ones, quotes of the others
FED = tuple(
    f for f in FEATURES if set(facts.streams(f.expr())) <= {"trade", "bar", "book", "quote"}
)

Bits = dict[int, tuple[np.ndarray, np.ndarray]]


def market(
    size: int, *, keys: int = 1, seed: int = 1, gap: int = SECOND // 4
) -> tuple[Block, Block]:
    """Trades and books with ties in time, silences, and early on some prices that are not known."""
    rng = np.random.default_rng([seed, size, keys])
    times = START + np.cumsum(rng.choice([0, 0, 1, 1, 1, 2, 3, 30], size)) * gap
    key = rng.integers(0, keys, size)
    mid = 100.0 + 10.0 * key + np.cumsum(rng.choice([-0.01, 0.0, 0.01], size))
    is_trade = rng.random(size) < 0.5
    side = rng.choice([-1, 1], size)
    price = mid + 0.01 * side
    price[: size // 10][rng.random(size // 10) < 0.1] = np.nan
    levels = np.empty((size, 40))
    for level in range(10):
        levels[:, 4 * level] = mid - 0.01 * (level + 1)
        levels[:, 4 * level + 2] = mid + 0.01 * (level + 1)
    levels[:, 1::2] = rng.integers(1, 99, (size, 20))
    lots = rng.integers(1, 50, size)
    trades, books = np.flatnonzero(is_trade), np.flatnonzero(~is_trade)
    return (
        Block.of(
            Trade,
            time=times[trades],
            key=key[trades],
            price=price[trades],
            size=lots[trades],
            side=side[trades],
        ),
        Block.of(Book, time=times[books], key=key[books], levels=levels[books]),
    )


def merged(blocks: Sequence[Block]) -> list[tuple[int, int]]:
    """(stream, row) of every event in order of time, then stream."""
    found = [
        (time, stream, row)
        for stream, block in enumerate(blocks)
        for row, time in enumerate(block.columns["time"].tolist())
    ]
    return [(stream, row) for _, stream, row in sorted(found)]


def events(blocks: Sequence[Block]) -> list[Event]:
    """The events of some blocks in order."""
    return [Event(blocks[stream], row) for stream, row in merged(blocks)]


def before(blocks: Sequence[Block], time: int) -> tuple[Block, ...]:
    """The events of some blocks before a time."""
    return tuple(block.take(block.columns["time"] < time) for block in blocks)


def of_key(blocks: Sequence[Block], key: int) -> tuple[Block, ...]:
    """The events of one key."""
    return tuple(block.take(block.columns["key"] == key) for block in blocks)


def feed(
    engine: Engine, blocks: Sequence[Block], sizes: Sequence[int] = (), streams: Sequence = STREAMS
) -> Rows:
    """Push merged events in runs of the given sizes, then the rest; ends at the last event's time."""
    order = merged(blocks)
    slots = {s: i for i, s in enumerate(engine.plan.streams)}
    place = [slots.get(stream, -1) for stream in streams]
    order = [(place[stream], row) for stream, row in order if place[stream] >= 0]
    given = {place[i]: block for i, block in enumerate(blocks) if place[i] >= 0}
    rows, start = Rows(engine.names), 0
    for size in (*sizes, len(order)):
        part = np.array(order[start : start + size], np.int64).reshape(-1, 2)
        rows.extend(engine.push_merged(given, part[:, 0].copy(), part[:, 1].copy()))
        start += size
    return rows


def push(engine: Engine, given: Iterable[Event], stream: Stream | None = None) -> Bits:
    """Push events one by one, and take the row that is returned, or all rows where there are several."""
    found: dict[int, list[tuple[int, np.ndarray]]] = {}
    for event in given:
        row = engine.push(event, stream)
        made = engine.emitted.take()
        if made.count:
            for key, (times, values) in by_key(made).items():
                found.setdefault(key, []).extend(zip(times.tolist(), values, strict=True))
        elif row is not None:
            found.setdefault(int(event["key"]), []).append((int(event["time"]), row.copy()))
    return {
        key: (np.array([time for time, _ in rows]), np.stack([values for _, values in rows]))
        for key, rows in found.items()
    }


def end(blocks: Sequence[Block]) -> int:
    """The last event's time."""
    return max(int(block.columns["time"].max(initial=0)) for block in blocks)


def compute(
    engine: Engine, blocks: Sequence[Block], sizes: Sequence[int] = (), streams: Sequence = STREAMS
) -> Bits:
    """Everything a view makes of some events, and of the timed ticks up to the last one, by key."""
    rows = feed(engine, blocks, sizes, streams)
    rows.extend(engine.advance(end(blocks)))
    return by_key(rows)


def by_key(rows: Rows) -> Bits:
    """Times and values of each key's rows, in the order they were made."""
    keys, times, values = rows.keys(), rows.times(), rows.values()
    return {key: (times[keys == key], values[keys == key]) for key in np.unique(keys).tolist()}


def join(first: Bits, second: Bits) -> Bits:
    """The rows of two runs, one after the other."""
    both: Bits = dict(first)
    for key, (times, values) in second.items():
        old = both.get(key, (times[:0], values[:0]))
        both[key] = np.concatenate([old[0], times]), np.concatenate([old[1], values])
    return both


def assert_bits(got: Bits, wanted: Bits, names: Sequence[str] = ()) -> None:
    """The same keys, times and bits; all NaN are one."""
    assert sorted(got) == sorted(wanted)
    for key, (times, values) in wanted.items():
        assert np.array_equal(got[key][0], times), f"times of key {key}"
        for i in range(values.shape[1]):
            one, two = (canonical(side[:, i]) for side in (got[key][1], values))
            name = names[i] if names else i
            assert np.array_equal(one, two), f"key {key}, column {name}, row {differs(one, two)}"


def canonical(values: np.ndarray) -> np.ndarray:
    """The bits of floats, with one NaN."""
    return np.where(np.isnan(values), np.nan, values).view(np.int64)


def differs(one: np.ndarray, two: np.ndarray) -> int:
    """The first place where two arrays differ."""
    return int(np.flatnonzero(one != two)[0])


@dataclass(frozen=True)
class Memory:
    """Blocks in memory as a source, in chunks of some size."""

    blocks: tuple[Block, ...]
    names: tuple[tuple[str, ...], ...] = (("A",), ("B",), ("C",), ("D",))
    size: int = 100
    name: str = "memory"

    @property
    def types(self) -> tuple[EventType, ...]:
        return tuple(block.type for block in self.blocks)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        for name in self.names:
            keys.number(name)
        stamps = np.sort(np.concatenate([block.columns["time"] for block in self.blocks]))
        # a chunk never splits a time
        edges = [*np.unique(stamps[:: self.size]).tolist(), np.iinfo(np.int64).max]
        for low, high in itertools.pairwise(edges):
            parts = []
            for block in self.blocks:
                times = block.columns["time"]
                parts.append(block.take((times >= low) & (times < high)))
            yield tuple(parts)

    def content_hash(self) -> str:
        return "0" * 64


def bits_of_frame(frame, view: ps.View) -> dict[tuple[str, ...], tuple[np.ndarray, np.ndarray]]:
    """The rows of a frame by their key's name."""
    found = {}
    for name, rows in frame.group_by(list(view.key), maintain_order=True):
        found[name] = rows["ts"].to_numpy(), rows.select(list(view.columns())).to_numpy()
    return found
