"""States of single keys, kept aside and put back."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from penstock.engine.due import BEGINNING, FLOOR
from penstock.engine.registry import Registry
from penstock.engine.snapshots.snapshot import Snapshot, pack
from penstock.engine.snapshots.state import Source


@dataclass(frozen=True, slots=True)
class Kept:
    """The state of one key that can be put back, the latest time that it knows, and its size in bytes."""

    state: np.ndarray
    latest: int
    size: int


def keep(registry: Registry, key: int) -> Kept | None:
    """A copy of a key's state; None where it has none yet."""
    arena = registry.arenas.get(key)
    if arena is None:
        return None
    state = registry.states.save(arena)
    return Kept(state, registry.latest(key), state.nbytes)


def put_back(registry: Registry, key: int, kept: Kept | None) -> None:
    """Give a key the state that it had, and no other key; None: it begins anew."""
    registry.full.pop(key, None)
    if key in registry.arenas:
        registry.forget(key)
    if kept is not None:
        registry.put(key, Source(registry.states.schema, kept.state))
        registry.due.look(registry.address, key)


@contextmanager
def in_the_past(registry: Registry) -> Generator[None]:
    """A key that was put back may be given again what was before the time that all were advanced to."""
    floor = int(registry.table[FLOOR])
    registry.table[FLOOR] = BEGINNING
    try:
        yield
    finally:
        registry.table[FLOOR] = floor


def save_kept(registry: Registry, states: dict[int, Kept]) -> bytes:
    """A snapshot of kept states."""
    given = {key: kept.state for key, kept in states.items()}
    return pack(registry.keys, Snapshot(registry.states.schema, given, registry.origins))


def read_kept(registry: Registry, snapshot: bytes) -> dict[int, Kept]:
    """The kept states of a snapshot."""
    other = Registry(registry.plan, registry.keys, registry.capacity, registry.maximum_room)
    other.restore(snapshot)
    found = ((key, keep(other, key)) for key in other.arenas)
    return {key: kept for key, kept in found if kept is not None}
