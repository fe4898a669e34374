"""Snapshots of a live view: the engine's, and around it what waits, what was counted, and how far the journal is.

``MAGIC, SHA-256 of the body, body``; the body is a header in JSON with its length before it, then the engine's
snapshot as it is, the packed events that wait, and the histories that late events are put into. A plain snapshot of
an engine is read too, also with the number of events that it has seen before it: nothing waits then.
"""

import hashlib
import itertools
import json
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from penstock.core.errors import SnapshotError
from penstock.core.version import __version__
from penstock.engine.rebuilding.history_state import pack_histories, read_histories
from penstock.events import Block, Event, Keys
from penstock.streams.journal import Position

if TYPE_CHECKING:
    from penstock.jobs.live.live import Live

MAGIC = b"PENLIVE1"
ENGINE = b"PENSTOCK"  # what an engine's own begins with
DIGEST = 32
FORMAT = 1


def pack(live: "Live") -> bytes:
    """The snapshot of a live view."""
    engine, waiting = live.engine.snapshot(), live.admission.waiting
    records = b"".join(item[3].record() for item in waiting)
    about, histories = (None, b"") if live.rebuild is None else pack_histories(live.rebuild)
    header: dict[str, Any] = {
        "format": FORMAT,
        "penstock": __version__,
        "streams": layout(live),
        "offered": live.offered,
        "late": live.late,
        "rebuilt": live.rebuilt,
        "engine_late": live.engine.late,
        "admission": live.admission.state(),
        "keys": live.keys.names,
        "waiting": [item[:3] for item in waiting],
        "journal": None if live.journal is None else astuple(live.journal.position),
        "sizes": [len(engine), len(records), len(histories)],
        "rebuild": about,
        "idle": live.engine.registry.idle.state(),
        "spilled": live.engine.registry.spilled,
    }
    text = json.dumps(header).encode()
    body = b"".join([len(text).to_bytes(8, "little"), text, engine, records, histories])
    return MAGIC + hashlib.sha256(body).digest() + body


def unpack(live: "Live", snapshot: bytes) -> Position | None:
    """Take over a snapshot; returns how far its journal was."""
    if not snapshot.startswith(MAGIC):
        counted = snapshot[8 : 8 + len(ENGINE)] == ENGINE
        live.engine.restore(snapshot[8:] if counted else snapshot)
        live.offered = int.from_bytes(snapshot[:8], "little") if counted else 0
        if live.rebuild is not None:
            live.rebuild.begin()
        return None
    start = len(MAGIC) + DIGEST
    wanted, body = snapshot[len(MAGIC) : start], snapshot[start:]
    found = hashlib.sha256(body).digest()
    if found != wanted:
        raise SnapshotError(
            f"Snapshot: the checksum must be {wanted.hex()[:16]}, got {found.hex()[:16]} of {len(body)} bytes; "
            "it is cut off or damaged"
        )
    size = int.from_bytes(body[:8], "little")
    header = json.loads(body[8 : 8 + size])
    check(live, header)
    engine, records, histories = parts(memoryview(body)[8 + size :], header["sizes"])
    numbers = [live.keys.number(tuple(name)) for name in header["keys"]]
    live.engine.restore(bytes(engine))
    registry = live.engine.registry
    if "idle" in header:  # snapshots were written before there was such a thing
        registry.idle.resume(header["idle"])
        registry.spill(numbers[key] for key in header["spilled"])
    live.engine.late = header["engine_late"]
    live.offered = header["offered"]
    live.intake.late.count, live.intake.late.rebuilt = header["late"], header["rebuilt"]
    waiting = events(live, header["waiting"], records, numbers)
    live.admission.restore(header["admission"], waiting)
    if live.rebuild is not None:
        live.rebuild.begin()
        if header["rebuild"] is not None:
            read_histories(live.rebuild, header["rebuild"], histories, numbers)
    return position(live.keys, numbers, header["journal"])


def parts(data: memoryview, sizes: list[int]) -> list[memoryview]:
    """The parts of a body, one after the other."""
    cuts = [0, *itertools.accumulate(sizes)]
    return [data[start:stop] for start, stop in itertools.pairwise(cuts)]


def check(live: "Live", header: dict[str, Any]) -> None:
    """Refuse a snapshot of another format or of other streams."""
    if header["format"] != FORMAT:
        raise SnapshotError(f"Snapshot: format must be {FORMAT}, got {header['format']}")
    if header["streams"] != layout(live):
        raise SnapshotError(f"Snapshot: must be of streams {layout(live)}, got {header['streams']}")


def layout(live: "Live") -> list[list[Any]]:
    """The streams and the bytes of an event of each, as JSON knows them."""
    return [[stream.text, stream.type.dtype().itemsize] for stream in live.streams]


def events(
    live: "Live", places: list[list[int]], records: memoryview, numbers: list[int]
) -> list[tuple[int, int, int, Event]]:
    """The events that wait, under the numbers that their keys have here."""
    found, start = [], 0
    for time, rank, arrival in places:
        type_ = live.streams[rank].type
        size = type_.dtype().itemsize
        found.append(
            (time, rank, arrival, renumbered(type_, records[start : start + size], numbers))
        )
        start += size
    return found


def renumbered(type_: Any, record: memoryview, numbers: list[int]) -> Event:
    """An event from its cells, under the number that its key has here."""
    block = Block.of_records(type_, bytes(record))
    key = int(block.columns["key"][0])
    if key < len(numbers) and numbers[key] != key:
        columns = {**block.columns, "key": block.columns["key"] * 0 + numbers[key]}
        block = Block(type_, columns)
    return Event(block, 0)


def position(keys: Keys, numbers: list[int], given: list[int] | None) -> Position | None:
    """Where the journal went on from; it names keys by their numbers, which must be the same here."""
    if given is None:
        return None
    if numbers != list(range(len(numbers))):
        raise SnapshotError(
            f"Snapshot: a journal goes on only under the numbers that keys had, got others for {keys.names[:3]}"
        )
    return Position(*given)
