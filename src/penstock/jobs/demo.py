"""The main job on a small simulated market: real files, history, a snapshot half-way, live from there, equal bits."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

import penstock.catalog  # noqa: F401  # pyright: ignore[reportUnusedImport]  (requests find its features)
from penstock.core.schema import EventType
from penstock.declare import View
from penstock.engine import Engine
from penstock.events import Event, Keys, Quarantine, Source
from penstock.events.readers import open_source
from penstock.events.simulator import simulate
from penstock.events.types import Trade
from penstock.events.writers import write_csv, write_dbn, write_parquet
from penstock.jobs.run import History
from penstock.jobs.wiring import plan_of
from penstock.jobs.write import Written, write
from penstock.streams.merge import merge

Ranked = Sequence[tuple[Source, Mapping[EventType, int]]]
SYMBOLS = ("AURA", "BOLT", "CRUX", "DUNE")
SECONDS = 3_600
SEED = 7
ON = "any(trade,book)"
BATCH = 4_096  # events between two looks at the live table
FEATURES = (
    "microstructure.mid_price",
    "microstructure.weighted_mid_price",
    "microstructure.bid_ask_spread",
    "microstructure.relative_spread",
    "microstructure.queue_imbalance",
    "microstructure.depth_imbalance(L=5)",
    "microstructure.distance_weighted_imbalance",
    "microstructure.depth_weighted_mid",
    "microstructure.depth_within_bps(bps=20)",
    "microstructure.total_depth",
    "microstructure.order_book_slope",
    "microstructure.order_book_entropy",
    "microstructure.cost_of_round_trip(notional=20000)",
    "microstructure.effective_spread(W=1m)",
    "microstructure.roll_spread(w=50)",
    "microstructure.quote_intensity",
    "microstructure.quote_to_trade_ratio",
    "microstructure.trade_duration_mean(w=50)",
    "microstructure.trade_size_mean_log(w=100)",
    "microstructure.trade_size_skewness(w=100)",
    "microstructure.trade_size_entropy(w=100)",
    "price.anchored_vwap_distance",
    "price.distance_to_round_number",
    "volume.twap(W=1m)",
    "streaming_stats.time_decayed_mean(x=price)",
    "streaming_stats.reservoir_median",
)
SHOWN = FEATURES[:1] + FEATURES[2:3] + FEATURES[5:6] + FEATURES[13:14] + FEATURES[23:24]


@dataclass(frozen=True, slots=True)
class Files:
    """What the demo writes."""

    folder: Path

    @property
    def market(self) -> Path:
        """Trades and books of ten levels, as Databento writes them."""
        return self.folder / "market.mbp-10.dbn.zst"

    @property
    def trades(self) -> tuple[Path, Path]:
        """The trades alone, as Parquet and as CSV."""
        return self.folder / "trades.parquet", self.folder / "trades.csv"

    @property
    def history(self) -> Path:
        """The features over history."""
        return self.folder / "history.parquet"

    @property
    def snapshot(self) -> Path:
        """The state of the engine half-way."""
        return self.folder / "half-way.snapshot"


@dataclass(slots=True)
class Half:
    """Where a run over history stood when its snapshot was taken."""

    events: int = 0
    rows: int = 0
    snapshot: bytes = b""


@dataclass(slots=True)
class Live:
    """What the live engine made: rows with their events, and the seconds that the pushes took."""

    keys: Keys = field(default_factory=Keys)
    events: list[Event] = field(default_factory=list)
    rows: list[np.ndarray] = field(default_factory=list)
    pushed: int = 0
    seconds: float = 0.0

    def frame(self) -> pl.DataFrame:
        """The rows as a run over history gives them."""
        names = [self.keys.names[int(event["key"])][0] for event in self.events]
        stamps = [int(event["time"]) for event in self.events]
        values = np.stack(self.rows) if self.rows else np.empty((0, len(FEATURES)))
        columns = {name: values[:, i] for i, name in enumerate(FEATURES)}
        return pl.DataFrame({"symbol": names, "ts": stamps, **columns})


def view() -> View:
    """The demo's features, with a row at every event."""
    return View("demo", FEATURES, on=ON)


def write_market(files: Files, seconds: int = SECONDS) -> int:
    """Simulate the market and write it; returns how many records the DBN file has."""
    files.folder.mkdir(parents=True, exist_ok=True)
    market = simulate(SYMBOLS, seconds=seconds, seed=SEED)
    records = write_dbn(files.market, market)
    write_parquet(files.trades[0], market, type=Trade)
    write_csv(files.trades[1], market, type=Trade)
    return records


def run_history(files: Files, records: int) -> tuple[Written, Half, float]:
    """The features over the file, block by block, with a snapshot about half-way; and the seconds it took."""
    history, half = History(view(), open_source(files.market)), Half()

    def look(events: int, rows: int) -> None:
        if not half.snapshot and 2 * events >= records:
            half.events, half.rows, half.snapshot = events, rows, history.engine.snapshot()
            files.snapshot.write_bytes(half.snapshot)

    started = time.perf_counter()
    written = write(history, files.history, progress=look)
    return written, half, time.perf_counter() - started


def run_live(files: Files, half: Half, look: Callable[[Live], None] = lambda _: None) -> Live:
    """Another engine, in the live layout, goes on from the snapshot event by event.

    Parameters
    ----------
    look
        Called every few thousand events; its time does not count.
    """
    source, live = open_source(files.market), Live()
    plan, ranked = plan_of(view(), source)
    engine = Engine(plan, live.keys, capacity=1)
    engine.restore(files.snapshot.read_bytes())
    push, events, rows = engine.push, live.events.append, live.rows.append
    for batch in batches(ranked, live.keys, half.events):
        started = time.perf_counter()
        for event in batch:
            row = push(event)
            if row is not None:
                events(event)
                rows(row.copy())
        live.seconds += time.perf_counter() - started
        live.pushed += len(batch)
        look(live)
    return live


def batches(ranked: Ranked, keys: Keys, skip: int) -> Iterator[list[Event]]:
    """The events of the sources in order, without the first ones."""
    for merged in merge(ranked, keys, Quarantine()):
        for start in range(0, len(merged.rows), BATCH):
            part = slice(start, start + BATCH)
            pairs = zip(merged.streams[part].tolist(), merged.rows[part].tolist(), strict=True)
            events = [Event(merged.blocks[stream], row) for stream, row in pairs]
            left, skip = events[skip:], max(skip - len(events), 0)
            if left:
                yield left


def bits_equal(files: Files, half: Half, live: Live) -> bool:
    """Whether the rows on disk after the snapshot and the live ones are the same, bit by bit; all NaN are one."""
    # equal times of two keys may stand in either order: each key's own order counts
    stored, made = (
        frame.sort("symbol", maintain_order=True)
        for frame in (pl.read_parquet(files.history).slice(half.rows), live.frame())
    )
    names = ("symbol", "ts")
    return stored.select(names).equals(made.select(names)) and np.array_equal(
        bits(stored), bits(made)
    )


def bits(frame: pl.DataFrame) -> np.ndarray:
    """The features' values as bits, with one NaN."""
    values = frame.select(FEATURES).to_numpy()
    return np.where(np.isnan(values), np.nan, values).view(np.uint64)
