"""Files of one JSON value a line."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from penstock.core.errors import DataError
from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.checks import Marks, Rules
from penstock.events.keys import Keys
from penstock.events.quarantine import Quarantine
from penstock.events.readers.json_paths import ERRORS, Kind, Paths, flat
from penstock.events.readers.json_paths import Path as Keyed
from penstock.events.readers.mapping import Bound, Mapping, bind, infer_type
from penstock.events.readers.pieces import BrokenError, content_hash, pieces
from penstock.events.readers.table import Table
from penstock.events.readers.whole_lines import whole_lines
from penstock.events.readers.words import is_text, words_of
from penstock.events.texts import Texts

BYTES = 1 << 22  # of text in a chunk, about
HEAD = 1 << 18  # bytes whose lines name the columns
MARK = b"\xef\xbb\xbf"  # of UTF-8, which some write first


class JsonlSource:
    """The lines of a JSON file as events of one type; ``.gz`` and ``.zst`` are unpacked on the way.

    A column is named by its path, keys joined by points: ``data.p``, ``bids.0.1``. Numbers may be
    numbers or texts. The columns are those of the first lines; a member that a line lacks is absent
    there. A line that is no JSON, or holds a value of a wrong type, goes to the quarantine with its
    bytes.
    """

    def __init__(
        self,
        path: str | Path,
        mapping: Mapping | None = None,
        *,
        rules: Rules | None = None,
    ) -> None:
        self.path = Path(path)
        self.rules = rules or Rules()
        self.paths, self.lists = self._look()
        self.columns = list(self.paths)
        found = mapping or Mapping(infer_type(self.columns, self.name))
        self.mapping = found.beside(self.columns)
        self.texts = Texts()

    @property
    def name(self) -> str:
        """The path, as given."""
        return str(self.path)

    @property
    def types(self) -> tuple[EventType, ...]:
        """The mapping's type."""
        return (self.mapping.type,)

    def content_hash(self) -> str:
        """The SHA-256 of the file, in hex."""
        return content_hash(self.path)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """The file's lines; see `Source.chunks`."""
        bound = bind(self.mapping, self.columns, keys.columns, self.name)
        quarantine.unread[self.name] = bound.unread
        table = Table(self.name, self.mapping, bound, self.rules, keys, self.texts)
        wanted = {name: self.paths[name] for name in bound.needed}
        paths = Paths(wanted, kinds(bound, self.mapping), self.lists)
        row = 0
        with contextlib.closing(pieces(self.path)) as source:
            for text, cut in whole_lines(source, BYTES):
                lines = (text if row else text.removeprefix(MARK)).split(b"\n")[:-1]
                full = [line for line in lines if line and not line.isspace()]
                quarantine.skip(self.name, "blank line", len(lines) - len(full))
                if full:
                    yield (Rows(self.name, full, row, paths).block(table, quarantine),)
                row += len(full)
                if cut is not None:
                    quarantine.add(self.name, cut.reason, [row], [cut.raw], [cut.detail])
                    quarantine.saw(self.name, 1)
                    row += 1
        quarantine.ended(self.name)

    def _look(self) -> tuple[dict[str, Keyed], set[Keyed]]:
        """The paths of the first lines' values, and which of the values above them are lists."""
        head, names, lists = b"", dict[str, Keyed](), set[Keyed]()
        with contextlib.closing(pieces(self.path)) as source:
            try:
                while len(head) < HEAD:
                    head += next(source)
            except (StopIteration, BrokenError):
                head += b"\n"
        for line in head.removeprefix(MARK).split(b"\n")[:-1] or [head]:
            with contextlib.suppress(*ERRORS):
                value = msgspec.json.decode(line)
                if isinstance(value, dict | list):
                    names |= {name: path for name, path in flat(value).items() if path}
                    lists |= set(_lists(value))
        if not names:
            raise DataError(f"{self.path}: a line must be JSON, got {head[:60]!r}")
        return names, lists


def _lists(value: object, at: Keyed = ()) -> Iterator[Keyed]:
    """Where a value has lists."""
    if isinstance(value, list):
        yield at
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _lists(member, (*at, str(key)))


def kinds(bound: Bound, mapping: Mapping) -> dict[str, Kind]:
    """What each column is read as; one that two fields read differently is read as text."""
    asked: dict[str, set[Kind]] = {name: set() for name in bound.needed}
    for _, field, column in bound.fields:
        if column is not None and field.name not in mapping.stamps:
            plain = words_of(mapping.type, field) is None and not is_text(mapping.type, field)
            number: Kind = "real" if field.dtype == "f8" else "whole"
            asked[column].add(number if plain else "text")
    for time in (mapping.time, mapping.receive, *mapping.stamps.values()):
        if time is not None:
            whole = time.unit in ("ns", "us", "ms")
            asked[time.column].add("stamp" if whole else "exact" if time.unit == "s" else "text")
    for name in (*mapping.where, *(key for key in bound.keys if isinstance(key, str))):
        asked[name].add("text")
    return {name: found.pop() if len(found) == 1 else "text" for name, found in asked.items()}


class Rows:
    """Some lines of JSON as rows of a table."""

    def __init__(self, name: str, lines: list[bytes], row: int, paths: Paths) -> None:
        self.name = name
        self.lines = lines
        self.row = row
        self.paths = paths
        self.kept = list(range(len(lines)))
        self.broken: list[int] = []
        self.wrong: list[tuple[int, str]] = []  # place among the kept, the value

    def block(self, table: Table, quarantine: Quarantine) -> Block:
        """The events of the lines; what is none is given to the quarantine."""
        try:
            columns = self.paths.columns(self.lines)
        except ERRORS:
            columns = self._one_by_one()
        frame = pl.DataFrame(
            [_series(name, self.paths.kinds[name], values) for name, values in columns.items()]
        )
        raw = [self.lines[place] for place in self.broken]
        texts = [line[:200].decode("utf-8", "replace") for line in raw]
        quarantine.add(
            self.name, "broken line", [self.row + place for place in self.broken], raw, texts
        )
        marks = Marks(frame.height)
        table.skip_others(frame, marks, quarantine)
        places = np.array([place for place, _ in self.wrong], np.int64)
        marks.mark("wrong type", places, np.array([text for _, text in self.wrong], object))
        block = table.deliver(
            frame,
            marks,
            quarantine,
            lambda place: self.row + self.kept[place],
            lambda place: self.lines[self.kept[place]],
        )
        quarantine.saw(self.name, len(self.lines))
        return block

    def _one_by_one(self) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {name: [] for name in self.paths.paths}
        kept = []
        for place, line in enumerate(self.lines):
            try:
                values, wrong = self.paths.one(line)
            except ERRORS:
                self.broken.append(place)
                continue
            if wrong:
                self.wrong.append((len(kept), next(iter(wrong.values()))))
            kept.append(place)
            for name, column in columns.items():
                column.append(values[name])
        self.kept = kept
        return columns


def _series(name: str, kind: Kind, values: list[Any]) -> pl.Series:
    """A column of one type; stamps that are not all whole, and words that are not all text, are texts."""
    if kind in ("real", "whole"):
        return pl.Series(name, values, pl.Float64 if kind == "real" else pl.Int64)
    types = set(map(type, values)) - {type(None)}
    if types == {int} and kind == "stamp":
        return pl.Series(name, values, pl.Int64)
    if types - {str}:
        values = [_word(value) for value in values]
    return pl.Series(name, values, pl.String)


def _word(value: object) -> str | None:
    """A value as text; words in a list are one text."""
    if isinstance(value, list) and all(isinstance(member, str) for member in value):
        return " ".join(value)
    return value if value is None or isinstance(value, str) else msgspec.json.encode(value).decode()
