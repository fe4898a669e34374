"""A run's rows as Parquet, written as they are made."""

import json
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core.errors import DataError
from penstock.declare import View
from penstock.engine import Rows
from penstock.events.quarantine import Quarantine
from penstock.jobs import sheets
from penstock.jobs.lineage import content_hashes, lineage
from penstock.jobs.run import History
from penstock.jobs.sheets import METADATA, OneFile, Partitions
from penstock.jobs.wiring import Sources

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Written:
    """What a run wrote: the files, their rows, and where these come from."""

    files: tuple[Path, ...]
    rows: int
    lineage: dict[str, Any]


def write(
    history: History, path: str | Path, *, end: int | None = None, progress: Progress | None = None
) -> Written:
    """Write the rows of a run.

    Each file holds the key columns, ``ts`` and one column per feature, in order of time within each part of some
    megabytes, and the lineage as JSON under ``penstock`` in its metadata. A run that stops leaves nothing behind. Where
    the run has threads, it goes on while rows are written.

    Parameters
    ----------
    history
        The run; it is used up.
    path
        A file ending in ``.parquet``, or a directory that gets ``symbol=…/date=…/part.parquet``: partitions that were
        there are replaced, others stay.
    end
        Time in ns up to which timed ticks are made; the last event's time by default.
    progress
        Called with (events, rows) after each chunk.
    """
    path = Path(path)
    kind = OneFile if path.suffix == ".parquet" else Partitions
    count = 0
    waiting, sums = Rows(history.engine.names), dict[str, str]()
    with kind(path, schema(history), history.view.key) as out:

        def add(rows: Rows) -> None:
            out.add(rows.frame(history.keys))

        with beside(history.threads) as do:
            do(lambda: sums.update(content_hashes(history)))
            for rows in chunks(history, end):
                waiting.extend(rows)
                count += rows.count
                # to make a frame costs 10 us a column
                if waiting.count * len(waiting.names) >= sheets.CELLS // 4:
                    do(partial(add, waiting.take()))
                if progress is not None:
                    progress(history.events, count)
            if waiting.count:
                do(partial(add, waiting))
        found = lineage(history, sums)
        files = out.finish(found)
    return Written(files, count, found)


def write_view(  # noqa: PLR0913  (keyword options, as in run)
    view: View,
    source: Sources,
    path: str | Path,
    *,
    end: int | None = None,
    threads: int = 1,
    quarantine: Quarantine | None = None,
    progress: Progress | None = None,
) -> Written:
    """Compute a view over recorded sources into Parquet, in bounded memory: `run` and `write` in one call.

    The arguments are those of `penstock.run` and of `write`.
    """
    kept = Quarantine() if quarantine is None else quarantine
    history = History(view, source, kept, threads=threads)
    return write(history, path, end=end, progress=progress)


@contextmanager
def beside(threads: int) -> Generator[Callable[[Callable[[], None]], None]]:
    """What makes calls one after the other: at once, or with several threads in one that the caller is ahead of by one.

    All calls are made when the block ends.
    """
    if threads == 1:
        yield lambda call: call()
        return
    with ThreadPoolExecutor(1, "penstock-write") as pool:
        last: Future[None] | None = None

        def do(call: Callable[[], None]) -> None:
            nonlocal last
            if last is not None:
                last.result()
            last = pool.submit(call)

        yield do
        if last is not None:
            last.result()


def chunks(history: History, end: int | None) -> Iterator[Rows]:
    """The rows of each chunk, then those of the timed ticks after the last event."""
    yield from history
    yield history.finish(end)


def schema(history: History) -> pa.Schema:
    """The columns of a run, each feature with its unit."""
    keys = [pa.field(name, pa.string()) for name in history.view.key]
    stamp = pa.field("ts", pa.int64(), metadata={"unit": "ns UTC"})
    features = [
        pa.field(name, pa.float64(), metadata={"unit": expr.unit})
        for name, expr in history.plan.outputs
    ]
    return pa.schema([*keys, stamp, *features])


def read_lineage(path: str | Path) -> dict[str, Any] | None:
    """The lineage in a Parquet file's metadata; None in a file that Penstock did not write."""
    try:
        found = (pq.read_metadata(path).metadata or {}).get(METADATA)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path}: must be a Parquet file, got {error}") from error
    return None if found is None else json.loads(found)
