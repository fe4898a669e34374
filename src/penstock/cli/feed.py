"""Events from standard input: JSON lines or CSV, as they come."""

import csv
import heapq
import itertools
import json
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from penstock.cli.inputs import keys_of, mapping_texts, rules_of
from penstock.cli.options import Input
from penstock.core.errors import DataError, DefinitionError, nearest
from penstock.core.schema import EventType
from penstock.events.circuit import REASON, Circuit

if TYPE_CHECKING:
    from penstock.events import Event, Keys, Quarantine
    from penstock.events.readers.table import Table

NAME = "stdin"
PIECE = 1 << 16
Record = tuple[int, bytes, dict[str, Any]]  # row, its bytes, its cells


def stdin() -> bytes:
    """What standard input has now; empty at its end."""
    return os.read(0, PIECE)


class StdinFeed:
    """Reads whole lines as soon as they are there; bad ones go to the quarantine.

    A line of JSON is an object with the names of a table's columns, and ``type`` where the feed has several. CSV
    begins with a header.

    Attributes
    ----------
    types
        The event types: those declared, or those of the lines that came first.
    """

    def __init__(
        self, options: Input, quarantine: "Quarantine", breaker: tuple[float, int] | None = None
    ) -> None:
        self.options, self.quarantine = options, quarantine
        self._circuit = None if breaker is None else Circuit(*breaker)
        self._seen = 0  # bad rows that the circuit has been told of
        self._tables: dict[str, Table] = {}
        self._columns: list[str] | None = None  # of CSV; JSON names its cells
        self._json_lines: bool | None = None  # what the first line says
        self._rows = 0
        self._lines = self._whole_lines()
        self._first = next(self._records(), [])
        declared = [name.strip() for name in (options.type or "").split(",") if name.strip()]
        names = declared or list(dict.fromkeys(self._type(record) for _, _, record in self._first))
        if not names:
            raise DataError(f"{NAME}: a feed must hold events, got none")
        self.types = tuple(event_type(name) for name in names)

    def events(self, keys: "Keys") -> "Iterator[Event]":
        """The events, in order of arrival."""
        for records in itertools.chain([self._first], self._records()):
            # a table costs the same for one row as for many: each type's of a piece are one
            groups: dict[str, list[Record]] = {}
            for record in records:
                groups.setdefault(self._type(record[2]), []).append(record)
            made = [self._deliver(event_type(name), group, keys) for name, group in groups.items()]
            yield from (event for _, event in heapq.merge(*made, key=lambda one: one[0]))

    def _whole_lines(self) -> Iterator[list[bytes]]:
        rest = b""
        while piece := stdin():
            *lines, rest = (rest + piece).split(b"\n")
            if lines:
                yield lines
        if rest:
            yield [rest]

    def _records(self) -> Iterator[list[Record]]:
        """The good lines of each piece as cells by name."""
        for lines in self._lines:
            records = []
            for line in lines:
                if not line.strip():
                    continue
                if self._json_lines is None:
                    self._json_lines = line.lstrip().startswith(b"{")
                    if not self._json_lines:
                        self._columns = self._cells(line)
                        continue
                found = (
                    self._json(line) if self._columns is None else self._csv(line, self._columns)
                )
                if found is not None:
                    records.append((self._rows, line, found))
                self._rows += 1
            if records:
                yield records

    def _json(self, line: bytes) -> dict[str, Any] | None:
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            self._aside("wrong JSON", line)
            return None
        return found

    def _csv(self, line: bytes, columns: Sequence[str]) -> dict[str, Any] | None:
        cells = self._cells(line)
        if len(cells) != len(columns):
            self._aside("wrong number of cells", line)
            return None
        return dict(zip(columns, cells, strict=True))

    def _cells(self, line: bytes) -> list[str]:
        return next(
            csv.reader([line.decode("utf-8", "replace")], delimiter=self.options.separator or ","),
            [],
        )

    def _aside(self, reason: str, line: bytes) -> None:
        self.quarantine.add(
            NAME, reason, [self._rows], [line], [line[:80].decode("utf-8", "replace")]
        )
        self.quarantine.saw(NAME, 1)

    def _type(self, cells: dict[str, Any]) -> str:
        from penstock.events.readers import infer_type

        declared = cells.get("type") or self.options.type
        if declared and "," not in declared:
            return str(declared)
        texts = mapping_texts(self.options.map or (), keys_of(self.options), None)
        return infer_type([*(text.partition("=")[0] for text in texts), *cells], NAME).name

    def _deliver(
        self, type_: EventType, records: list[Record], keys: "Keys"
    ) -> "list[tuple[int, Event]]":
        """The good events of some records of a type, each with its row."""
        import polars as pl

        from penstock.events.checks import Marks

        frame = pl.DataFrame(
            [cells for _, _, cells in records], infer_schema_length=None, strict=False
        )
        table = self._tables.get(type_.name)
        if table is None:
            table = self._tables[type_.name] = self._table(type_, frame.columns, keys)
        missing = [
            pl.lit(None).alias(name) for name in table.bound.needed if name not in frame.columns
        ]
        frame = frame.with_columns(missing)
        marks = Marks(frame.height)
        block = table.deliver(
            frame,
            marks,
            self.quarantine,
            lambda i: records[i][0],
            lambda i: records[i][1],
        )
        if self._circuit is not None:
            bad, self._seen = self.quarantine.total - self._seen, self.quarantine.total
            if self._circuit.saw(len(block) + bad, bad):
                self.quarantine.skip(NAME, REASON, len(block))
                return []
        rows = [row for row, _, _ in records]
        good = rows if marks.good is None else itertools.compress(rows, marks.good)
        return list(zip(good, block, strict=True))

    def _table(self, type_: EventType, columns: list[str], keys: "Keys") -> "Table":
        from penstock.events.checks import Times
        from penstock.events.readers import parse_mapping
        from penstock.events.readers.mapping import bind
        from penstock.events.readers.table import Table

        texts = mapping_texts(self.options.map or (), keys.columns, type_.name)
        mapping = parse_mapping(type_, texts, keys.columns)
        rules = rules_of(self.options)
        table = Table(NAME, mapping, bind(mapping, columns, keys.columns, NAME), rules, keys)
        table.times = Times(rules, ordered=False)
        return table


def event_type(name: str) -> EventType:
    """An event type by name."""
    from penstock.events import EVENT_TYPES

    known = {type_.name: type_ for type_ in EVENT_TYPES}
    if name not in known:
        raise DefinitionError(
            f"{NAME}: type must be one of {', '.join(known)}, got {name!r}{nearest(name, known)}"
        )
    return known[name]
