"""Files of many symbols into a view and onto disk, in one thread and then in two; part of the suite ``engine``."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from penstock.bench.mix import mix
from penstock.bench.timing import figures, wall_seconds
from penstock.declare import View
from penstock.events import Trade
from penstock.events.simulator import simulate
from penstock.events.writers import write_dbn, write_parquet
from penstock.jobs.run import History
from penstock.jobs.write import write
from penstock.ops.asof import AsOf
from penstock.streams import Every

STEP = 2  # of the mix's columns, every second
Result = dict[str, Any]


def files_2(symbols: int, seconds: int, repeats: int) -> Result:
    """Trades in Parquet and books in DBN to rows of each second in Parquet; the least disturbed run of each.

    All of a run is timed: decoding, merging, the engine, rows made into a file, the files' hashes. Decoding
    has a thread of its own in both, which leaves less than half to gain.
    """
    view, spent = sampled(), {1: list[float](), 2: list[float]()}
    events = 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        market = simulate([f"S{i:03}" for i in range(symbols)], seconds=seconds, rate=20.0)
        write_dbn(folder / "mbp-10.dbn", market)
        write_parquet(folder / "trades.parquet", market, type=Trade)
        sources = [folder / "trades.parquet", folder / "mbp-10.dbn"]
        for _ in range(1 + repeats):
            for threads, found in spent.items():
                history = History(view, sources, threads=threads)
                found.append(wall_seconds(partial(write, history, folder / "rows.parquet")))
                events = history.events
    one, two = (min(found[1:]) for found in spent.values())
    return {
        "case": "files_2",
        "symbols": symbols,
        "columns": len(view.columns()),
        "events": events,
        "seconds_one_thread": figures(one),
        "seconds_two_threads": figures(two),
        "speed_up": figures(one / two),
        "target_speed_up": 1.7,
    }


def sampled() -> View:
    """Half of the mix's columns as they are each second; windows of time tick by themselves and are left out."""
    groups = [group for name, group in mix().items() if not name.startswith("time")]
    columns = [x for group in groups for x in group.items()][::STEP]
    each = Every("1s")
    return View("sampled", {name: AsOf(x, on=each) for name, x in columns}, on=each)
