"""Snapshots: the state of keys, free of layout. Restore, growth and moving a key are this one mechanism.

A key's state is a run of cells: per clock how many ticks its window keeps; clock heads, registers and histories in
plan order; per class of columns the values still needed; then the rings that are as long as a window.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from penstock.compile.layout import TICKS
from penstock.compile.program import (
    C_CLASSES,
    C_HEAD,
    C_RETENTION,
    C_SIZE,
    CELLS,
    CLASS,
    CLOCK,
    CLOCKS,
    FIXED,
    K_COLUMNS,
    K_CURSOR,
    K_KEEP,
    K_SIZE,
    K_WINDOWED,
    RING,
    RINGS,
)
from penstock.core.errors import SnapshotError
from penstock.core.jit import jit
from penstock.core.memory import copy, i8_view, load
from penstock.core.native import compiled, platform_text
from penstock.core.version import __version__
from penstock.engine.arena import Arena
from penstock.engine.process import kept
from penstock.events import Keys
from penstock.plan import Plan
from penstock.streams import Clock

MAGIC = b"PENSTOCK"
FORMAT = 1
READABLE = (1,)  # formats that this release restores: its own and the previous one
HEADER = ("format", "platform", "fingerprints", "cells", "key_columns", "keys", "numbers", "sizes")


@jit
def gather(program: int, arena: int, out: int) -> int:  # noqa: C901  (one walk over all tables)
    """Write the state of a key to ``out``, or only count its cells where ``out`` is 0."""
    p = i8_view(program, load(program + 8 * CELLS))
    a = i8_view(arena, p[CELLS])
    n = 0
    for i in range(p[FIXED + 1]):
        base, size = p[p[FIXED] + 2 * i], p[p[FIXED] + 2 * i + 1]
        if out:
            copy(out + 8 * n, arena + 8 * base, 8 * size)
        n += size
    for i in range(p[CLOCKS + 1]):
        clock = p[CLOCKS] + CLOCK * i
        for k in range(p[clock + C_SIZE]):
            group = p[clock + C_CLASSES] + CLASS * k
            cursor, keep = a[p[group + K_CURSOR]], p[group + K_KEEP]
            if p[group + K_WINDOWED] and p[clock + C_RETENTION]:
                keep = kept(p, a, clock, group, cursor)
            if out:
                i8_view(out + 8 * n, 1)[0] = keep
            n += 1
            for j in range(p[group + K_SIZE]):
                base, cells = p[p[group + K_COLUMNS] + 2 * j], p[p[group + K_COLUMNS] + 2 * j + 1]
                if out:
                    copy(
                        out + 8 * n, arena + 8 * (base + (cursor - keep) * cells), 8 * keep * cells
                    )
                n += keep * cells
    for i in range(p[RINGS + 1]):
        ring = p[RINGS] + RING * i
        base, items, cells, tail = p[ring], p[ring + 1], p[ring + 2], a[p[ring + 3]]
        if out:
            i8_view(out + 8 * n, 1)[0] = items
            for j in range(items):
                slot = (tail + j) % items
                copy(out + 8 * (n + 1 + j * cells), arena + 8 * (base + slot * cells), 8 * cells)
        n += 1 + items * cells
    return n


@jit
def scatter(program: int, arena: int, state: int) -> int:
    """Read the state of a key into a new arena of any layout of the plan; returns the cells read."""
    p = i8_view(program, load(program + 8 * CELLS))
    a = i8_view(arena, p[CELLS])
    n = 0
    for i in range(p[FIXED + 1]):
        base, size = p[p[FIXED] + 2 * i], p[p[FIXED] + 2 * i + 1]
        copy(arena + 8 * base, state + 8 * n, 8 * size)
        n += size
    for i in range(p[CLOCKS + 1]):
        clock = p[CLOCKS] + CLOCK * i
        a[p[clock + C_HEAD] + TICKS] = 0
        for k in range(p[clock + C_SIZE]):
            group = p[clock + C_CLASSES] + CLASS * k
            keep = load(state + 8 * n)
            n += 1
            for j in range(p[group + K_SIZE]):
                base, cells = p[p[group + K_COLUMNS] + 2 * j], p[p[group + K_COLUMNS] + 2 * j + 1]
                copy(arena + 8 * base, state + 8 * n, 8 * keep * cells)
                n += keep * cells
            a[p[group + K_CURSOR]] = keep
    for i in range(p[RINGS + 1]):
        ring = p[RINGS] + RING * i
        base, items, cells, tail = p[ring], p[ring + 1], p[ring + 2], a[p[ring + 3]]
        saved = load(state + 8 * n)
        for j in range(saved):
            slot = tail - saved + j
            if saved - j <= items:
                copy(
                    arena + 8 * (base + slot % items * cells),
                    state + 8 * (n + 1 + j * cells),
                    8 * cells,
                )
        n += 1 + saved * cells
    return n


@jit
def windows(program: int, arena: int, out: int) -> None:
    """Write, per clock, how many ticks its window keeps (0: it has none)."""
    p = i8_view(program, load(program + 8 * CELLS))
    a = i8_view(arena, p[CELLS])
    keeps = i8_view(out, p[CLOCKS + 1])
    for i in range(p[CLOCKS + 1]):
        clock = p[CLOCKS] + CLOCK * i
        keeps[i] = 0
        for k in range(p[clock + C_SIZE]):
            group = p[clock + C_CLASSES] + CLASS * k
            if p[group + K_WINDOWED]:
                keeps[i] = p[group + K_KEEP]
                if p[clock + C_RETENTION]:
                    keeps[i] = kept(p, a, clock, group, a[p[group + K_CURSOR]])


@dataclass(slots=True)
class KeyState:
    """The state of one key: the ticks that each clock's window keeps, and the cells."""

    windows: np.ndarray
    cells: np.ndarray

    @classmethod
    def of(cls, arena: Arena) -> "KeyState":
        """The state of a key between two blocks."""
        program, address = arena.program.address, arena.address
        save = compiled(gather, "int64(int64, int64, int64)")
        cells = np.empty(save(program, address, 0), np.int64)
        save(program, address, cells.ctypes.data)
        keeps = np.empty(len(arena.program.layout.plan.clocks), np.int64)
        compiled(windows, "void(int64, int64, int64)")(program, address, keeps.ctypes.data)
        return cls(keeps, cells)

    def put(self, arena: Arena) -> None:
        """Write the state into a new arena."""
        read = compiled(scatter, "int64(int64, int64, int64)")(
            arena.program.address, arena.address, self.cells.ctypes.data
        )
        if read != self.cells.size:
            raise SnapshotError(
                f"Snapshot: {read} cells of state are needed, got {self.cells.size}"
            )

    def rooms(
        self, clocks: tuple[Clock, ...], capacity: int, given: dict[Clock, int]
    ) -> dict[Clock, int]:
        """Rooms that hold the windows, from the given ones up."""
        rooms = dict(given)
        for clock, keep in zip(clocks, self.windows.tolist(), strict=True):
            while clock in rooms and keep + capacity > rooms[clock] - rooms[clock] // 4:
                rooms[clock] *= 2
        return rooms


def save_state(plan: Plan, keys: Keys, arenas: dict[int, Arena]) -> bytes:
    """A snapshot of every key."""
    states = {key: KeyState.of(arena) for key, arena in sorted(arenas.items())}
    manifest = {
        "format": FORMAT,
        "penstock": __version__,
        "platform": platform_text(),
        "fingerprints": plan.fingerprints,
        "cells": [node.cells for node in plan.nodes],
        "key_columns": keys.columns,
        "keys": [list(keys.names[key]) if key < len(keys) else None for key in states],
        "numbers": list(states),
        "sizes": [state.cells.size for state in states.values()],
    }
    header = json.dumps(manifest).encode()
    parts = [MAGIC, len(header).to_bytes(8, "little"), header]
    for state in states.values():
        parts += [state.windows.tobytes(), state.cells.tobytes()]
    return b"".join(parts)


def load_state(plan: Plan, keys: Keys, snapshot: bytes) -> Iterator[tuple[int, KeyState]]:
    """The keys of a snapshot with their states; raises SnapshotError with what differs."""
    if snapshot[: len(MAGIC)] != MAGIC:
        raise SnapshotError(f"Snapshot: must begin with {MAGIC!r}, got {snapshot[:8]!r}")
    start = len(MAGIC) + 8
    size = int.from_bytes(snapshot[len(MAGIC) : start], "little")
    try:
        manifest = json.loads(snapshot[start : start + size])
    except ValueError as error:
        raise SnapshotError(
            f"Snapshot: a header of {size} bytes is needed, got {len(snapshot)} bytes; it is cut off or damaged"
        ) from error
    _check(plan, keys, manifest)
    position, clocks = start + size, len(plan.clocks)
    wanted = position + 8 * sum(clocks + cells for cells in manifest["sizes"])
    if len(snapshot) != wanted:
        raise SnapshotError(
            f"Snapshot: {wanted} bytes are needed, got {len(snapshot)}; it is cut off or damaged"
        )
    for name, number, cells in zip(
        manifest["keys"], manifest["numbers"], manifest["sizes"], strict=True
    ):
        both = np.frombuffer(snapshot, np.int64, clocks + cells, position).copy()
        position += both.nbytes
        key = number if name is None else keys.number(tuple(name))
        yield key, KeyState(both[:clocks], both[clocks:])


def _check(plan: Plan, keys: Keys, manifest: dict[str, object]) -> None:
    missing = [name for name in HEADER if name not in manifest]
    if manifest.get("format", 1) not in READABLE:
        raise SnapshotError(f"Snapshot: format must be one of {READABLE}, got {manifest['format']}")
    if missing:
        raise SnapshotError(f"Snapshot: the header must have {missing}, got none; it is damaged")
    found: tuple[str, ...] = tuple(manifest["fingerprints"])  # type: ignore[arg-type]
    if manifest["platform"] != platform_text():
        raise SnapshotError(
            f"Snapshot: bits hold on one platform, {platform_text()!r}, got one of {manifest['platform']!r}"
        )
    if list(keys.columns) != manifest["key_columns"]:
        raise SnapshotError(
            f"Snapshot: key columns must be {list(keys.columns)}, got {manifest['key_columns']}"
        )
    if found != plan.fingerprints:
        here = {node.fingerprint: node.text for node in plan.nodes}
        new = [text for fingerprint, text in here.items() if fingerprint not in found]
        gone = sum(fingerprint not in here for fingerprint in found)
        raise SnapshotError(
            f"Snapshot: must be of the same plan, got one without {new[:3] or 'nothing'} and with {gone} other steps"
        )
    cells = [node.cells for node in plan.nodes]
    if cells != manifest["cells"]:
        node, here, there = next(
            (node.text, x, y)
            for node, x, y in zip(plan.nodes, cells, manifest["cells"], strict=True)  # type: ignore[call-overload]
            if x != y
        )
        raise SnapshotError(f"Snapshot: {node} must be {here} cells wide, got {there}")
