"""Clocks and repeats. A figure is the median of repeats on caches that are warm.

Cases that run in one thread are timed by that thread's processor time: what else runs on a shared
machine then costs what it takes from the caches, and no time slices. Latencies and speed-ups are
timed by the clock on the wall.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any


def seconds(work: Callable[[], Any]) -> float:
    """Processor time of this thread."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


def wall_seconds(work: Callable[[], Any]) -> float:
    """Time on the wall."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(values: Sequence[float]) -> float:
    """The median."""
    return float(statistics.median(values))


def repeated(work: Callable[[], Any], repeats: int) -> float:
    """The median of processor seconds over repeats, after one that warms up."""
    work()
    return median([seconds(work) for _ in range(repeats)])


def figures(value: float) -> float:
    """A measured number with the digits that mean something."""
    return float(f"{value:.4g}")
