"""Snapshots: the states of keys as bytes.

``PENSTOCK``, the size of the header, the header as JSON, a checksum of it, then each key's cells. The header says
what the states are made of (``snapshots.schema``), whose they are, how long each is and what it sums up to. Format 1
had no checksums, held only the fingerprints of its plan, and before each key's cells how long each clock's window was.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from penstock.compile import Program
from penstock.core.errors import SnapshotError
from penstock.core.native import platform_text
from penstock.core.version import __version__
from penstock.engine.snapshots.schema import Schema, schema_of_format_1
from penstock.events import Keys

MAGIC = b"PENSTOCK"
FORMAT = 2
READABLE = (1, 2)  # formats that this release restores: its own and the previous one
COMMON = ("format", "platform", "key_columns", "keys", "numbers", "sizes")
HEADER = {1: ("fingerprints", "cells"), 2: ("schema", "sums", "origins")}
GOLDEN = 0x9E3779B97F4A7C15


@dataclass(slots=True)
class Snapshot:
    """What a snapshot holds: what states are made of, each key's state, and since when late operators run."""

    schema: Schema
    states: dict[int, np.ndarray]
    origins: dict[str, int]


def pack(keys: Keys, snapshot: Snapshot) -> bytes:
    """A snapshot as bytes."""
    states = snapshot.states
    manifest = {
        "format": FORMAT,
        "penstock": __version__,
        "platform": platform_text(),
        "schema": snapshot.schema.text,
        "origins": snapshot.origins,
        "key_columns": keys.columns,
        "keys": [list(keys.names[key]) if key < len(keys) else None for key in states],
        "numbers": list(states),
        "sizes": [state.size for state in states.values()],
        "sums": [checksum(state) for state in states.values()],
    }
    header = json.dumps(manifest).encode()
    header += b" " * (-len(header) % 8)  # so that the cells are aligned
    parts = [MAGIC, number(len(header)), header, number(zlib.crc32(header))]
    return b"".join([*parts, *(state.data for state in states.values())])


def unpack(first: Program, keys: Keys, snapshot: bytes) -> Snapshot:
    """Read a snapshot; raises SnapshotError with what is wrong."""
    manifest, position = _header(snapshot)
    _check(keys, manifest)
    if manifest["format"] == 1:
        return _unpack_1(first, keys, snapshot, manifest, position)
    try:
        schema = Schema.parse(manifest["schema"])
    except (ValueError, KeyError, TypeError) as error:
        raise SnapshotError(f"Snapshot: a schema is needed, got {error}; it is damaged") from error
    _check_size(snapshot, position, manifest["sizes"])
    states: dict[int, np.ndarray] = {}
    names, sums = _numbers(keys, manifest), manifest["sums"]
    for key, size, wanted in zip(names, manifest["sizes"], sums, strict=True):
        states[key] = np.frombuffer(snapshot, np.int64, size, position)
        position += 8 * size
        if checksum(states[key]) != wanted:
            raise SnapshotError(
                f"Snapshot: the state of key {key} must sum up to {wanted}, got {checksum(states[key])}; it is damaged"
            )
    return Snapshot(schema, states, dict(manifest["origins"]))


def checksum(state: np.ndarray) -> int:
    """A sum of cells with odd weights: no change of one cell leaves it as it was."""
    return int(np.dot(state, _weights(state.size)))


_known = np.zeros(0, np.int64)


def _weights(size: int) -> np.ndarray:
    global _known  # noqa: PLW0603  (made once, and longer when a longer state comes)
    if _known.size < size:
        steps = np.arange(2 * size, dtype=np.uint64) * np.uint64(GOLDEN)
        _known = (steps | np.uint64(1)).view(np.int64)
    return _known[:size]


def number(value: int) -> bytes:
    """Eight bytes."""
    return value.to_bytes(8, "little")


def _header(snapshot: bytes) -> tuple[Mapping[str, Any], int]:
    """The header, and where the states begin."""
    if snapshot[: len(MAGIC)] != MAGIC:
        raise SnapshotError(f"Snapshot: must begin with {MAGIC!r}, got {snapshot[:8]!r}")
    start = len(MAGIC) + 8
    size = int.from_bytes(snapshot[len(MAGIC) : start], "little")
    header = snapshot[start : start + size]
    try:
        manifest = json.loads(header)
    except ValueError as error:
        raise SnapshotError(
            f"Snapshot: a header of {size} bytes is needed, got {len(snapshot)} bytes; it is cut off or damaged"
        ) from error
    if not isinstance(manifest, dict) or manifest.get("format", 1) not in READABLE:
        found = manifest.get("format") if isinstance(manifest, dict) else manifest
        raise SnapshotError(f"Snapshot: format must be one of {READABLE}, got {found}")
    end = start + size
    if manifest.get("format") == 1:
        return manifest, end
    if snapshot[end : end + 8] != number(zlib.crc32(header)):
        raise SnapshotError(
            f"Snapshot: the header must sum up to {zlib.crc32(header)}, got {snapshot[end : end + 8]!r}; "
            "it is cut off or damaged"
        )
    return manifest, end + 8


def _check(keys: Keys, manifest: Mapping[str, Any]) -> None:
    needed = (*COMMON, *HEADER[manifest.get("format", 1)])
    missing = [name for name in needed if name not in manifest]
    if missing:
        raise SnapshotError(f"Snapshot: the header must have {missing}, got none; it is damaged")
    if manifest["platform"] != platform_text():
        raise SnapshotError(
            f"Snapshot: bits hold on one platform, {platform_text()!r}, got one of {manifest['platform']!r}"
        )
    if list(keys.columns) != manifest["key_columns"]:
        raise SnapshotError(
            f"Snapshot: key columns must be {list(keys.columns)}, got {manifest['key_columns']}"
        )


def _check_size(snapshot: bytes, position: int, sizes: list[int]) -> None:
    wanted = position + 8 * sum(sizes)
    if len(snapshot) != wanted:
        raise SnapshotError(
            f"Snapshot: {wanted} bytes are needed, got {len(snapshot)}; it is cut off or damaged"
        )


def _numbers(keys: Keys, manifest: Mapping[str, Any]) -> list[int]:
    """The keys' numbers here: by name, whatever they were there."""
    pairs = zip(manifest["keys"], manifest["numbers"], strict=True)
    return [there if name is None else keys.number(tuple(name)) for name, there in pairs]


def _unpack_1(
    first: Program, keys: Keys, snapshot: bytes, manifest: Mapping[str, Any], position: int
) -> Snapshot:
    """The first format: of the very same plan."""
    plan = first.layout.plan
    found = tuple(manifest["fingerprints"])
    if found != plan.fingerprints or manifest["cells"] != [node.cells for node in plan.nodes]:
        here = {node.fingerprint: node.text for node in plan.nodes}
        new = [text for fingerprint, text in here.items() if fingerprint not in found]
        raise SnapshotError(
            f"Snapshot: one of format 1 must be of the same plan, got one without {new[:3] or 'nothing'}"
        )
    clocks, states = len(plan.clocks), {}
    _check_size(snapshot, position, [clocks + size for size in manifest["sizes"]])
    for key, size in zip(_numbers(keys, manifest), manifest["sizes"], strict=True):
        position += 8 * clocks
        states[key] = np.frombuffer(snapshot, np.int64, size, position).copy()
        position += 8 * size
    return Snapshot(schema_of_format_1(plan, first.layout), states, {})
