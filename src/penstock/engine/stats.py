"""What an engine says of its keys."""

from dataclasses import dataclass

from penstock.engine.registry import Registry
from penstock.expr import walk


@dataclass(frozen=True, slots=True)
class Stats:
    """The keys of an engine.

    Attributes
    ----------
    keys
        Keys in memory.
    spilled
        Keys that are in the spill store.
    evicted, restored
        How often a key was evicted, and came back from the store.
    refused
        Events of keys that there was no room for.
    full
        Events of keys whose window is at its maximum.
    late
        Events left out because they were late.
    bytes
        Memory of the slabs that arenas lie in, free ones included.
    """

    keys: int
    spilled: int
    evicted: int
    restored: int
    refused: int
    full: int
    late: int
    bytes: int


def stats_of(registry: Registry, *, full: int, late: int) -> Stats:
    """How many keys are where, and what was left out."""
    idle = registry.idle
    return Stats(
        keys=len(registry.arenas),
        spilled=0 if idle.spill is None else len(idle.spill),
        evicted=idle.evicted,
        restored=idle.restored,
        refused=idle.refused,
        full=full,
        late=late,
        bytes=registry.slabs.bytes,
    )


def begun(registry: Registry) -> dict[str, int]:
    """The outputs that rest on something that began later than its key, and the time when."""
    late, found = registry.origins, dict[str, int]()
    for name, expr in registry.plan.outputs if late else ():
        times = [late[node.fingerprint] for node in walk([expr]) if node.fingerprint in late]
        if times:
            found[name] = max(times)
    return found
