"""How a peer's statistics are timed: value by value from Python, and over a whole array.

Over arrays it is the processor time of all threads: some peers work in threads of their own.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from penstock.bench.series import bars
from penstock.bench.timing import figures, median, seconds

WARM = 1_500
CHUNK = 1_000
REPEATS = 5
ROWS = 20_000
Columns = dict[str, np.ndarray]


def series() -> Columns:
    """The bars that ours run over."""
    return bars(ROWS)


def live(update: Callable[..., Any], columns: Iterable[np.ndarray]) -> float:
    """Nanoseconds of one call of ``update`` with the values of a row, the loop included."""
    values = [column.tolist() for column in columns]
    rows = list(zip(*values, strict=True))
    chunks = [rows[start : start + CHUNK] for start in range(0, (REPEATS + 1) * CHUNK, CHUNK)]

    def work(part: list[tuple[float, ...]]) -> None:
        if len(values) == 1:
            for (value,) in part:
                update(value)
        else:
            for row in part:
                update(*row)

    work(rows[-WARM:])
    spent = [seconds(lambda part=part: work(part)) / len(part) for part in chunks]
    return figures(median(spent) * 1e9)


def batch(work: Callable[[], Any], rows: int = ROWS, repeats: int = REPEATS) -> float:
    """Nanoseconds of a row when all are given at once."""
    work()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return figures(median(spent) / rows * 1e9)
