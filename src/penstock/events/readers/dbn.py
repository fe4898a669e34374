"""Databento's DBN files, of versions 1, 2 and 3."""

import contextlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import databento_dbn
import numpy as np

from penstock.core.errors import DataError, DefinitionError
from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.checks import Marks, Rules, Times, check
from penstock.events.keys import Keys
from penstock.events.quarantine import Quarantine
from penstock.events.readers.duplicates import Sequences
from penstock.events.readers.frames import Frames, Run
from penstock.events.readers.layouts import HEADER, LAST, SNAPSHOT, Layout, Part
from penstock.events.readers.pieces import BrokenError, ahead, content_hash, pieces
from penstock.events.readers.schemas import layout
from penstock.events.readers.symbols import Symbols
from penstock.events.source import CHUNK
from penstock.events.types import Mbo

Order = Literal["event", "receive"]
BYTES = 1 << 21  # of records in a chunk, at most: what a cache holds
AHEAD = 1  # runs decoded before they are asked for
NEAR = 64  # bytes of a record whose stamps are read where they lie
LIMIT = 1 << 28  # bytes of metadata: a symbol list beyond this is a corrupt length


class DbnSource:
    """The events of a DBN file.

    ``mbp-1`` gives trades and quotes, ``mbp-10`` trades and books: a book ticks at the last record
    of a message group (flag 128) and not at records of a snapshot (flag 32). Bars are stamped at
    their end. ``tbbo`` gives trades and the quotes that they met, a nanosecond before them, ``bbo``
    and ``cbbo`` quotes, ``definition`` instruments; ``statistics``, ``status`` and ``imbalance`` give
    events of those names. Records about the feed (symbol mappings, system messages) are counted as
    skipped.

    Parameters
    ----------
    path
        A ``.dbn`` or ``.dbn.zst`` file.
    order
        Which stamp is an event's ``time``: ``"receive"`` (Databento's capture, the default) or
        ``"event"`` (the exchange's). Files are written in order of capture: it goes back in none of
        32 files of six venues, exchange times do in 6 of them (ICE reports trades late), and
        Databento cuts its bars by it. ``receive`` holds the capture time in both orders, since it
        says when the event was known. Samples (bbo, cbbo) and definitions have the capture time in
        both: their other stamp is that of the last trade, or older than the file.
    rules
        What this market may do: negative prices, crossed books.
    schema
        What to read where the metadata names no schema (a recorded live session).
    since
        Runs of records that end before this time are neither checked nor given.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        order: Order = "receive",
        rules: Rules | None = None,
        schema: str | None = None,
        since: int = 0,
    ) -> None:
        if order not in ("event", "receive"):
            raise DefinitionError(f"DbnSource: order must be 'event' or 'receive', got {order!r}")
        self.path = Path(path)
        self.order = order
        self.rules, self.since = rules or Rules(), since
        with contextlib.closing(pieces(self.path)) as source:
            self.metadata, version, _ = _metadata(self.path, source)
        declared = None if self.metadata.schema is None else str(self.metadata.schema)
        if schema and declared and schema != declared:
            raise DefinitionError(
                f"{path}: the schema must be that of the file, {declared}, got {schema!r}"
            )
        if not schema and not declared:
            raise DefinitionError(f"{path}: the file names no schema; it must be given, got None")
        self.layout: Layout = layout(schema or str(declared), version)

    @property
    def name(self) -> str:
        """The path, as given."""
        return str(self.path)

    @property
    def types(self) -> tuple[EventType, ...]:
        """What the file's schema gives; trades first."""
        return self.layout.types

    def content_hash(self) -> str:
        """The SHA-256 of the file, in hex."""
        return content_hash(self.path)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """The file's events; see `Source.chunks`.

        Where a file gives two types no time is split between chunks, so that the order of a trade
        and a book of one time does not depend on the size of chunks.
        """
        reader = _Reader(self, keys, quarantine)
        with contextlib.closing(ahead(reader.decoded(), AHEAD)) as decoded:
            for run in decoded:
                blocks = reader.read(run)
                if blocks is not None:
                    yield blocks
        quarantine.ended(self.name)


class _Decoded(NamedTuple):
    """A run, and if it is of data its records, their columns and what is wrong with them.

    What is asked of each record is read here, in the thread: wide ones have left the cache when blocks are made.
    """

    run: Run
    records: np.ndarray
    time: np.ndarray
    receive: np.ndarray
    codes: np.ndarray
    silent: np.ndarray | None  # records that neither trade nor end a group; None without any
    parts: tuple[Part, ...]
    marks: Marks


class _Reader:
    """One pass over a file: what is remembered from chunk to chunk.

    Runs are decoded and checked in a thread; what others share, the keys and the quarantine, is
    told of them when they are read, so that nothing depends on how far the thread is ahead.
    """

    def __init__(self, source: DbnSource, keys: Keys, quarantine: Quarantine) -> None:
        self.source = source
        self.dtype = source.layout.dtype(sent=source.metadata.ts_out)
        self.keys = keys
        self.quarantine = quarantine
        self.symbols = Symbols(source.metadata, keys)
        self.times = Times(source.rules)
        self.sequences = Sequences()
        stamped = "ts_recv" in (self.dtype.names or ())
        self.receive = "ts_recv" if stamped else "ts_event"
        by_capture = source.order == "receive" or source.layout.sampled
        self.clock_name = self.receive if by_capture else "ts_event"

    def clock(self, data: bytes, at: int, count: int) -> np.ndarray:
        """The times of records in a buffer."""
        records = np.frombuffer(data, self.dtype, count, at)
        return records[self.clock_name].view(np.int64)

    def decoded(self) -> Generator[_Decoded, None, None]:
        """The runs of the file."""
        source, size = self.source, self.dtype.itemsize
        frames = Frames(
            size,
            source.layout.rtype,
            goal=min(CHUNK * size, BYTES),
            clock=self.clock if len(source.types) > 1 else None,
            mixed=source.metadata.schema is None,
        )
        with contextlib.closing(pieces(source.path)) as data:
            _, _, rest = _metadata(source.path, data)
            for run in frames.runs(data, rest):
                yield self._decode(run)

    def _is_before(self, run: Run) -> bool:
        """Whether a run ends before the time that counts."""
        since = self.source.since
        return since > 0 and bool(self.clock(run.raw, run.at, run.count).max() < since)

    def read(self, decoded: _Decoded) -> tuple[Block, ...] | None:
        """The blocks of one run of records, its bad rows kept aside."""
        run, records, marks = decoded.run, decoded.records, decoded.marks
        name, quarantine, blocks = self.source.name, self.quarantine, None
        if run.reason is not None:
            quarantine.add(name, run.reason, [run.row], [run.raw], [run.detail])
        elif run.note is not None:
            quarantine.skip(name, run.note, 1)
            self._map(run)
        else:
            self._know(decoded)
            marks.report(quarantine, name, lambda i: run.row + i, lambda i: records[i].tobytes())
            if decoded.parts and (marks.bad is None or not marks.bad.all()):
                blocks = self._blocks(decoded)
        quarantine.saw(name, run.count)
        return blocks

    def _know(self, decoded: _Decoded) -> None:
        """Mark the records of symbols that there are not."""
        known = self.source.rules.symbols
        if known is None:
            return
        numbers = self.symbols.numbers(decoded.codes, decoded.receive)
        at = self.keys.columns.index("symbol")
        names = np.array([parts[at] for parts in self.keys.names], object)[numbers]
        rows = np.flatnonzero([name not in known for name in names])
        if rows.size:
            decoded.marks.mark("unknown symbol", rows, names[rows])

    def _decode(self, run: Run) -> _Decoded:
        if run.reason is not None or run.note is not None or self._is_before(run):
            none = np.empty(0, np.int64)
            return _Decoded(run, np.empty(0, self.dtype), none, none, none, None, (), Marks(0))
        # a note of an odd number of words before would leave the columns unaligned
        raw, at = (run.raw, run.at) if run.at % 8 == 0 else (run.raw[run.at :], 0)
        records = np.frombuffer(raw, self.dtype, run.count, at)
        marks = Marks(records.size)
        parts = self.source.layout.decode(records)
        for type_, part in zip(self.source.types, parts, strict=True):
            check(type_, part.columns, self.source.rules, marks, part.rows)
        if self.source.types == (Mbo,):
            self.sequences.check(records, marks)
        time, receive = (_stamps(records, name) for name in (self.clock_name, self.receive))
        self.times.check(time, marks)
        codes, silent = self.symbols.codes(records), _silent(records, self.source.layout)
        return _Decoded(run, records, time, receive, codes, silent, parts, marks)

    def _blocks(self, decoded: _Decoded) -> tuple[Block, ...]:
        interval, time, receive = self.source.layout.interval, decoded.time, decoded.receive
        common = {
            "time": time + interval if interval else time,
            "receive": receive + interval if interval else receive,
            "key": self.symbols.numbers(decoded.codes, receive),
        }
        good = decoded.marks.good
        if decoded.silent is not None:
            silent = decoded.silent if good is None else decoded.silent & good
            self.quarantine.skip(self.source.name, "no tick", int(np.count_nonzero(silent)))
        blocks = []
        for type_, part in zip(self.source.types, decoded.parts, strict=True):
            columns = _pick(common, part.rows) | part.columns
            if part.before:
                columns["time"] = columns["time"] - part.before
            if good is not None:
                kept = good if part.rows is None else good[part.rows]
                columns = _pick(columns, np.flatnonzero(kept))
            blocks.append(Block(type_, columns))
        return tuple(blocks)

    def _map(self, run: Run) -> None:
        """Follow a symbol mapping of a recorded live session."""
        if run.note != "symbol mapping":
            return
        head = np.frombuffer(run.raw, "<u4", 1, 4)
        long = len(run.raw) >= 176  # version 1 holds symbols of 22 bytes, later ones of 71
        start, width = (HEADER + 73, 71) if long else (HEADER + 22, 22)
        text = run.raw[start : start + width].split(b"\0")[0].decode("ascii", "replace")
        if text:
            self.symbols.rename(int(head[0]), text)


def _stamps(records: np.ndarray, name: str) -> np.ndarray:
    """Stamps as they lie in the records; those of wide records are copied, since each would be a line of the cache."""
    stamps = records[name].view(np.int64)
    return stamps if records.dtype.itemsize <= NEAR else stamps.copy()


def _silent(records: np.ndarray, layout: Layout) -> np.ndarray | None:
    """The records that neither trade nor end a group; None without any."""
    if not layout.grouped:
        return None
    flags = records["flags"]
    silent = (flags & LAST == 0) | (flags & SNAPSHOT != 0)
    if not silent.any():
        return None
    return silent & (records["action"] != ord("T"))


def _pick(columns: dict[str, np.ndarray], rows: np.ndarray | None) -> dict[str, np.ndarray]:
    if rows is None:
        return columns
    return {name: column[rows] for name, column in columns.items()}


def _metadata(path: Path, source: Iterator[bytes]) -> tuple[databento_dbn.Metadata, int, bytes]:
    """The metadata, the version and the bytes read beyond; the file must at least hold its metadata."""
    data = b""
    need = 8
    try:
        while len(data) < need:
            data += next(source)
            if data[:3] != b"DBN"[: len(data)]:
                raise DataError(f"{path}: a DBN file must begin with 'DBN', got {data[:3]!r}")
            if len(data) >= 8:
                need = 8 + int.from_bytes(data[4:8], "little")
                if need > LIMIT:
                    raise DataError(f"{path}: the metadata must be shorter, got {need} bytes")
        return databento_dbn.Metadata.decode(data[:need]), data[3], data[need:]
    except (StopIteration, BrokenError) as error:
        detail = str(error) or f"{len(data)} of {need} bytes"
        raise DataError(f"{path}: the file must hold its metadata, got {detail}") from error
    except (databento_dbn.DBNError, ValueError, OverflowError) as error:
        raise DataError(f"{path}: the metadata must be DBN's, got {error}") from error
