"""What an engine may be told."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from penstock.core.errors import DefinitionError
from penstock.engine.idle import Idle

MAXIMUM_CAPACITY = 1_024  # refits have room for those of one such block (``ops.fitted``)


def check(capacity: int, threads: int, on_late: str, on_full: str, idle: Idle) -> None:
    """Refuse options that cannot be."""
    for name, value in (("on_late", on_late), ("on_full", on_full)):
        if value not in ("count", "error"):
            raise DefinitionError(f"Engine: {name} must be 'count' or 'error', got {value!r}")
    if not 1 <= capacity <= MAXIMUM_CAPACITY:
        raise DefinitionError(
            f"Engine: capacity must be from 1 to {MAXIMUM_CAPACITY}, got {capacity}"
        )
    if idle.active and threads > 1:
        raise DefinitionError(
            f"Engine: ttl and maximum_keys need threads=1, got {threads}; give each engine keys of its own"
        )


def pool_of(threads: int, affinity: Sequence[int] | None) -> ThreadPoolExecutor | None:
    """The threads of an engine, each on a processor of its own where ``affinity`` names them; none for one thread."""
    if affinity is None:
        return ThreadPoolExecutor(threads) if threads > 1 else None
    if not hasattr(os, "sched_setaffinity"):
        raise DefinitionError("Engine: affinity needs Linux, got a system that cannot pin threads")
    allowed = sorted(os.sched_getaffinity(0))
    if threads < 2 or len(affinity) != threads or not set(affinity) <= set(allowed):
        raise DefinitionError(
            f"Engine: affinity must name a processor of {allowed} for each of 2 or more threads, "
            f"got {tuple(affinity)} for {threads}"
        )
    left = SimpleQueue[int]()
    for processor in affinity:
        left.put(processor)
    return ThreadPoolExecutor(threads, initializer=lambda: os.sched_setaffinity(0, {left.get()}))
