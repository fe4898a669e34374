"""A run that can be killed anywhere: rows go to one file, snapshots to another, which is replaced whole.

``python -m tests.engine.resumable FOLDER DIES`` goes on from the folder's last snapshot and kills itself (SIGKILL) at
its step DIES, counting every event, every write of rows, and both halves of every write of a snapshot.
"""

import os
import signal
import sys
from pathlib import Path

import numpy as np
from tests.engine import feeds

from penstock.core.model import Model
from penstock.engine import Engine
from penstock.expr import BOOK, TRADE, Column
from penstock.ops import AsOf, Cell, Ema, Fitted, Level, RollingMedian, WindowMax, WindowSum
from penstock.plan import build
from penstock.streams import Every

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
EVENTS = feeds.market(600, keys=2, seed=9)
EACH = 25  # events between two snapshots


def mean_and_spread(window: np.ndarray) -> np.ndarray:
    return np.array([window.mean(), window.std()])


FIT = Fitted(PRICE, Model("mean_and_spread.v1", 2, mean_and_spread), window=20, every=10)
COLUMNS = {
    "sum": WindowSum(SIZE, "30s"),
    "high": WindowMax(PRICE, "60s"),
    "ema": AsOf(Ema(PRICE, 4.0)),
    "median": AsOf(RollingMedian(PRICE, 11)),
    "fit": AsOf(Cell(FIT, 1)),
    "bid": AsOf(Level(Column(BOOK, "levels"), level=1, field="bid_price")),
}
RECORD = np.dtype([("key", "i8"), ("time", "i8"), ("values", "f8", (len(COLUMNS),))])


def engine() -> Engine:
    return Engine(build(COLUMNS, Every("1s"), feeds.STREAMS))


class Run:
    """The run in a folder."""

    def __init__(self, folder: Path, dies: int) -> None:
        self.snapshot, self.rows, self.left = folder / "snapshot", folder / "rows", dies
        self.engine, self.done = engine(), 0
        size = 0
        if self.snapshot.exists():
            saved = self.snapshot.read_bytes()
            self.done, size = np.frombuffer(saved[:16], np.int64).tolist()
            self.engine.restore(saved[16:])
        self.rows.touch()
        os.truncate(self.rows, size)  # what came after the snapshot is made again

    def step(self) -> None:
        """One more place to die at."""
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self, rows: feeds.Rows) -> None:
        made = np.zeros(rows.count, RECORD)
        made["key"], made["time"], made["values"] = rows.keys(), rows.times(), rows.values()
        with self.rows.open("ab") as file:
            file.write(made.tobytes())
        self.step()

    def save(self) -> None:
        head = np.array([self.done, self.rows.stat().st_size], np.int64).tobytes()
        whole, scratch = head + self.engine.snapshot(), self.snapshot.with_suffix(".new")
        with scratch.open("wb") as file:
            file.write(whole[: len(whole) // 2])
            file.flush()
            self.step()
            file.write(whole[len(whole) // 2 :])
        self.step()
        scratch.replace(self.snapshot)

    def go(self) -> None:
        for event in feeds.events(EVENTS)[self.done :]:
            self.engine.push(event)
            self.done += 1
            self.step()
            self.write(self.engine.emitted.take())
            if self.done % EACH == 0:
                self.save()
        self.write(self.engine.advance(feeds.end(EVENTS)))


if __name__ == "__main__":
    Run(Path(sys.argv[1]), int(sys.argv[2])).go()
