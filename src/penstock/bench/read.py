"""The suite ``read``: files into blocks and into an engine, and order messages into books.

Readers work in threads of their own, so everything is timed on the wall. Files are in the page
cache: what is measured is decoding and checking, not the disk.
"""

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from penstock.bench.captures import captures, recordings
from penstock.bench.child import child
from penstock.bench.messages import recorded, repeated
from penstock.bench.recordings import Repeated, gathered
from penstock.bench.table_files import EXCHANGE, LOBSTER, write_json, write_lobster, write_tbbo
from penstock.bench.timing import figures, median, wall_seconds
from penstock.declare import View
from penstock.events import Book, Keys, Quarantine, Source, Trade
from penstock.events.books.builder import BookBuilder
from penstock.events.readers import open_source
from penstock.events.simulator import simulate
from penstock.events.writers import write_arrow, write_csv, write_dbn, write_parquet
from penstock.expr import book, trade
from penstock.jobs.run import History
from penstock.ops.book.depth_imbalance import DepthImbalance
from penstock.ops.book.depth_weighted_mid import DepthWeightedMid
from penstock.ops.ema import Ema
from penstock.ops.rolling.rolling_sum import RollingSum

SYMBOLS = ("A", "B", "C", "D")
ON_TRADES = View(
    "small",
    {"ema": Ema(trade.price, span=20.0), "sum": RollingSum(trade.size, window=100)},
    on="trade",
)
ON_BOOKS = View(
    "small",
    {
        "mid": DepthWeightedMid(book.levels, depth=1),
        "imbalance": DepthImbalance(book.levels, depth=5),
    },
    on="book",
)
# file to the view that reads it and the peer that does
FILES = {
    "trades.dbn": (ON_TRADES, "databento_read"),
    "trades.dbn.zst": (ON_TRADES, "databento_read"),
    "mbp-10.dbn": (ON_BOOKS, "databento_read"),
    "mbp-10.dbn.zst": (ON_BOOKS, "databento_read"),
    "mbo.dbn": (ON_BOOKS, "databento_read"),
    "mbo.dbn.zst": (ON_BOOKS, "databento_read"),
    "tbbo.dbn": (ON_TRADES, "databento_read"),
    "trades.parquet": (ON_TRADES, "polars_read"),
    "trades.arrow": (ON_TRADES, "polars_read"),
    "trades.csv": (ON_TRADES, "polars_read"),
    "trades.jsonl": (ON_TRADES, "polars_read"),
    LOBSTER: (ON_BOOKS, "polars_read"),
}
OPTIONS: dict[str, dict[str, Any]] = {"trades.jsonl": {"type": "trade", "mapping": EXCHANGE}}
TARGET = 8_000_000  # messages a second, from a file to books
Result = dict[str, Any]


def read(*, quick: bool) -> list[Result]:
    """The cases of the suite."""
    rows, repeats = (2_000, 1) if quick else (1_000_000, 9)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        source = recorded()
        write_files(folder, rows, source)
        files = [of_file(folder / name, repeats) for name in FILES]
        books = [
            to_book(folder / name, Path(source.name).name, 3 * repeats)
            for name in ("mbo.dbn", "mbo.dbn.zst")
        ]
        depth = captures(folder, 100 if quick else 5_000, repeats)
    return files + books + depth + ([] if quick else recordings(repeats))


def write_files(folder: Path, rows: int, day: Source) -> None:
    """Write files of about so many rows, of books a quarter; the messages are those of a day."""
    # four instruments, 300 records a second in all
    market = simulate(SYMBOLS, seconds=max(20, rows // 1_200), rate=60.0)
    block, names = gathered(market, Trade)
    trades = Repeated("trades", names, block, block, max(1, round(rows / len(block))))
    messages = repeated(day, rows)
    for packed in ("", ".zst"):
        write_dbn(folder / f"trades.dbn{packed}", trades)
        write_dbn(folder / f"mbp-10.dbn{packed}", market)
        write_dbn(folder / f"mbo.dbn{packed}", messages)
    write_parquet(folder / "trades.parquet", trades)
    write_arrow(folder / "trades.arrow", trades)
    write_csv(folder / "trades.csv", trades)
    many, names = gathered(trades, Trade)
    write_tbbo(folder / "tbbo.dbn", many)
    write_json(folder / "trades.jsonl", many, [parts[0] for parts in names])
    write_lobster(folder / LOBSTER, gathered(market, Book)[0])


def of_file(path: Path, repeats: int) -> Result:
    """Rows a second of a file, by our reader alone, into an engine, and by a peer's reader."""
    view, peer = FILES[path.name]
    aside, options = Quarantine(), OPTIONS.get(path.name, {})
    for _ in open_source(path, **options).chunks(Keys(), aside):
        pass
    rows = aside.read[str(path)]

    def engine() -> History:
        source = open_source(path, **options)
        return History(view, BookBuilder(source) if path.name.startswith("mbo") else source)

    return {
        "case": path.name,
        "rows": rows,
        "file_bytes": path.stat().st_size,
        "bad_rows": aside.total,
        "reader_rows_per_s": figures(
            rows / median(timed(lambda: chunks(open_source(path, **options)), repeats))
        ),
        "engine_rows_per_s": figures(rows / median(timed(lambda: iter(engine()), repeats))),
        "peers": child(f"peers.{peer}", str(path)),
    }


def to_book(path: Path, messages: str, repeats: int) -> Result:
    """Messages a second from a file to trades and books, decoding and checking included."""
    aside = Quarantine()
    source = BookBuilder(open_source(path))
    books = sum(len(blocks[1]) for blocks in source.chunks(Keys(), aside))
    rows = aside.read[str(path)]
    spent = timed(lambda: chunks(BookBuilder(open_source(path))), repeats)
    return {
        "case": f"{path.name} to book",
        "of": messages,
        "messages": rows,
        "books": books,
        "books_aside": aside.total,
        "messages_per_s": figures(rows / median(spent)),
        "least_disturbed_messages_per_s": figures(rows / min(spent)),
        "target_messages_per_s": TARGET,
    }


def chunks(source: Source) -> Iterator[Any]:
    """A pass over a source."""
    return source.chunks(Keys(), Quarantine())


def timed(make: Callable[[], Iterator[Any]], repeats: int) -> list[float]:
    """Seconds that what ``make`` gives takes to the end, each time, after one pass that warms up."""
    passes = [partial(exhaust, make()) for _ in range(1 + repeats)]
    return [wall_seconds(work) for work in passes][1:]


def exhaust(items: Iterator[Any]) -> None:
    """Take all and keep none."""
    for _ in items:
        pass
