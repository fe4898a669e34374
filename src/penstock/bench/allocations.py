"""What the engine allocates for an event: run as a module, it compiles everything anew and looks.

Three ways, because each alone is blind to something: symbols of Numba's allocator in the machine
code of every wrapper, the allocator's own counts, and the peak of Python's memory.
"""

import json
import sys
import tracemalloc
from typing import Any

from numba.core.runtime import _nrt_python  # pyright: ignore[reportAttributeAccessIssue]  (compiled)
from numba.core.runtime.nrt import rtsys

from penstock.bench.mix import BOOKS, ON, TRADES, mix
from penstock.bench.pushing import push_all, warmed
from penstock.core.native import cache_directory
from penstock.engine import Engine
from penstock.events import Event
from penstock.plan import build

EVENTS = 1_000
ALLOCATOR = "NRT_"


def compiled_modules() -> list[Any]:
    """Every wrapper and entry that this process has made."""
    place = str(cache_directory())
    loaded = list(sys.modules.values())
    return [
        module for module in loaded if (getattr(module, "__file__", None) or "").startswith(place)
    ]


def code(module: Any) -> str:
    """The LLVM IR of a wrapper or of an entry."""
    made = module.wrapper if hasattr(module, "wrapper") else module.compiled
    return "".join(made.inspect_llvm().values())


def peak(engine: Engine, events: list[Event]) -> int:
    """The most that Python's memory grew by while events were pushed."""
    work = push_all(engine, events)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def measure() -> dict[str, Any]:
    """What 1,000 pushes allocate, and another 1,000 in Python's memory."""
    plan = build({n: x for group in mix().values() for n, x in group.items()}, ON, (TRADES, BOOKS))
    engine, events = warmed(plan, 2 * EVENTS)
    symbols = {module.__name__: code(module).count(ALLOCATOR) for module in compiled_modules()}
    _nrt_python.memsys_enable_stats()
    before = rtsys.get_allocation_stats()
    push_all(engine, events[:EVENTS])()
    after = rtsys.get_allocation_stats()
    return {
        "allocations_per_event": (after.alloc - before.alloc) / EVENTS,
        "modules": len(symbols),
        "modules_with_nrt_symbols": sum(count > 0 for count in symbols.values()),
        "tracemalloc_peak_bytes": peak(engine, events[EVENTS:]),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
