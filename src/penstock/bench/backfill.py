"""Backfill: recorded events into history and online, beside a run that keeps nothing; part of the suite ``store``."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import penstock as ps
from penstock.bench.timing import figures, wall_seconds
from penstock.expr import TRADE, Column
from penstock.jobs.backfill import backfill
from penstock.ops import Ema

Result = dict[str, Any]

DAY = 86_400_000_000_000
BEGIN = 1_704_153_600_000_000_000
FEATURES, KEYS, DAYS = 50, 100, 10
PRICE = Column(TRADE, "price")


def measure_backfill(*, quick: bool) -> list[Result]:
    """Events a second: computed alone, filled in by one thread and by two, found done, and with a day more."""
    events = 20_000 if quick else 2_000_000
    view = ps.View("fill", {f"f{i}": Ema(PRICE, span=2 + i) for i in range(FEATURES)}, on="trade")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trades.parquet"
        frame = trades(events)
        last = BEGIN + (DAYS - 1) * DAY
        frame.write_parquet(path)
        ps.run(view, str(path), end=BEGIN)  # compiled before it is timed
        alone = wall_seconds(lambda: ps.run(view, str(path)))
        spent: dict[str, float] = {}
        for threads in (1, 2):
            with ps.FeatureStore(
                Path(folder) / f"store{threads}", clock=lambda: last + DAY
            ) as store:
                store.apply([view])
                spent[f"threads_{threads}"] = wall_seconds(
                    lambda store=store, threads=threads: backfill(
                        store, view, str(path), threads=threads
                    )
                )
                if threads == 1:
                    continue
                spent["unchanged"] = wall_seconds(lambda: backfill(store, view, str(path)))
                pl.concat([frame, trades(events // DAYS, first=DAYS, days=1)]).write_parquet(path)
                spent["one_day_more"] = wall_seconds(lambda: backfill(store, view, str(path)))
    return [
        {
            "case": "backfill",
            "events": events,
            "features": FEATURES,
            "keys": KEYS,
            "days": DAYS,
            "run_events_per_second": figures(events / alone),
            **{f"{name}_seconds": figures(seconds) for name, seconds in spent.items()},
            "rows_per_second": figures(events / spent["threads_2"]),
        }
    ]


def trades(count: int, first: int = 0, days: int = DAYS) -> pl.DataFrame:
    """Trades of many keys over some days."""
    rng = np.random.default_rng(first)
    times = BEGIN + first * DAY + np.sort(rng.integers(0, days * DAY, count))
    prices = 100 + rng.normal(0, 0.01, count).cumsum()
    who = rng.integers(0, KEYS, count).astype("U4")
    return pl.DataFrame({"symbol": who, "time": times, "price": prices, "size": 1.0, "side": 1})
