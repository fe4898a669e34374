"""Rows of a live view on their way into a store: a thread of its own pushes what has gathered."""

import queue
import threading
import time
from collections.abc import Sequence

import numpy as np
import polars as pl

from penstock.core.errors import StoreError
from penstock.declare import Schema
from penstock.jobs.feature_store.sync import FeatureStore

ROOM = 10_000  # rows that may wait; whoever adds one more waits too
BATCH = 2_000  # rows of one push
PATIENCE = 30.0  # seconds that a store may be away
PAUSE = 0.2

Cells = tuple[tuple[str, ...], int, np.ndarray]  # key, time, values


class Sink:
    """Pushes rows in the order in which they are added.

    Parameters
    ----------
    store, schema
        Where, and the version of the view.

    Attributes
    ----------
    accepted, rejected
        Rows that are kept, and rows that the view's checks did not let in.
    """

    def __init__(self, store: FeatureStore, schema: Schema) -> None:
        self.store, self.schema = store, schema
        self.accepted = self.rejected = 0
        self._rows: queue.Queue[Cells | None] = queue.Queue(ROOM)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="penstock-sink", daemon=True)
        self._thread.start()

    def add(self, key: tuple[str, ...], ts: int, values: np.ndarray) -> None:
        """Add a row; ``values`` are copied.

        Raises
        ------
        StoreError
            The store has not taken rows for half a minute.
        """
        self._check()
        self._rows.put((key, ts, values.copy()))

    def settle(self) -> None:
        """Wait until the store has confirmed all rows."""
        self._rows.join()
        self._check()

    def close(self) -> None:
        """Settle, and end the thread."""
        try:
            self.settle()
        finally:
            self._rows.put(None)
            self._thread.join()

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while True:
            batch = [self._rows.get()]
            while len(batch) < BATCH and not self._rows.empty():
                batch.append(self._rows.get())
            rows = [row for row in batch if row is not None]
            try:
                if rows and self._error is None:
                    self._push(rows)
            except BaseException as error:  # noqa: BLE001  (raised where the next row is added)
                self._error = error
            for _ in batch:
                self._rows.task_done()
            if len(rows) < len(batch):
                return

    def _push(self, rows: Sequence[Cells]) -> None:
        frame = self._frame(rows)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                pushed = self.store.push(self.schema.id, frame)
                break
            except StoreError:
                if time.monotonic() > until:
                    raise
                time.sleep(PAUSE)
        self.accepted += pushed.accepted
        self.rejected += len(pushed.rejected)

    def _frame(self, rows: Sequence[Cells]) -> pl.DataFrame:
        """Rows as a table: of each key and time the last one, which is what stands."""
        last = list({(key, ts): values for key, ts, values in rows}.items())
        keys = {
            name: pl.Series(name, [spot[0][i] for spot, _ in last], pl.String)
            for i, name in enumerate(self.schema.key)
        }
        table = np.stack([values for _, values in last])
        columns = {name: table[:, i] for i, name in enumerate(self.schema.names)}
        return pl.DataFrame(keys | {"ts": [spot[1] for spot, _ in last]} | columns)
