"""CSV files: plain, gzip or zip, with a header or without."""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from penstock.core.errors import DataError, DefinitionError
from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.checks import Rules
from penstock.events.keys import Keys
from penstock.events.quarantine import Quarantine
from penstock.events.readers.lines import Lines, split
from penstock.events.readers.mapping import Bound, Mapping, bind, infer_type
from penstock.events.readers.pieces import BrokenError, content_hash, members, pieces
from penstock.events.readers.records import first_row
from penstock.events.readers.table import Table
from penstock.events.readers.whole_lines import whole_lines
from penstock.events.readers.words import is_text, words_of

BYTES = 1 << 22  # of text in a chunk, about
HEAD = 1 << 16  # bytes within which the first line ends


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written.

    Attributes
    ----------
    separator
        Between cells, one character; without it a tab in a ``.tsv`` file and else a comma.
    header
        Whether the first line names the columns; else they are called ``"0"``, ``"1"``, ….
    names
        Names for the columns of a file without a header.
    member
        Which file of a zip; a zip of one file needs none.
    """

    separator: str | None = None
    header: bool = True
    names: tuple[str, ...] = ()
    member: str | None = None

    def __post_init__(self) -> None:
        if self.separator is not None and len(self.separator.encode()) != 1:
            raise DefinitionError(f"Dialect: separator must be one byte, got {self.separator!r}")
        if self.header and self.names:
            raise DefinitionError(
                f"Dialect: names are for files without a header, got {self.names}"
            )


class CsvSource:
    """The lines of a CSV file as events of one type; ``.gz`` and ``.zip`` are unpacked on the way.

    A row must have as many cells as the first; a cell in quotes may hold separators and newlines, so that a row of up
    to 64 KiB takes several lines. A row that is kept aside goes to the quarantine with its bytes: a line whose quote
    does not end is one (``open quote``).
    """

    def __init__(
        self,
        path: str | Path,
        mapping: Mapping | None = None,
        *,
        dialect: Dialect | None = None,
        rules: Rules | None = None,
    ) -> None:
        self.path = Path(path)
        self.dialect = dialect or Dialect()
        self.rules = rules or Rules()
        tabs = ".tsv" in self.path.suffixes
        self.separator = self.dialect.separator or ("\t" if tabs else ",")
        self.member = self._member()
        self.columns = self._columns()
        found = mapping or Mapping(infer_type(self.columns, self.name))
        self.mapping = found.beside(self.columns)

    @property
    def name(self) -> str:
        """The path, as given, and the member of a zip."""
        return f"{self.path}:{self.member}" if self.dialect.member else str(self.path)

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
        table = Table(self.name, self.mapping, bound, self.rules, keys)
        row, skip, rest = 0, self.dialect.header, b""
        with contextlib.closing(pieces(self.path, self.member)) as source:
            for text, cut in itertools.chain(whole_lines(source, BYTES), [(b"", None)]):
                more = cut is None and bool(text)
                if rest + text:
                    lines = Lines(
                        rest + text, self.separator, len(self.columns), row, skip=skip, more=more
                    )
                    rest, skip = lines.rest, skip and not lines.text
                    row += lines.rows
                    if lines.rows:
                        yield (self._read(table, bound, lines, quarantine),)
                if cut is not None:
                    quarantine.add(self.name, cut.reason, [row], [cut.raw], [cut.detail])
                    quarantine.saw(self.name, 1)
                    row += 1
        quarantine.ended(self.name)

    def _read(self, table: Table, bound: Bound, lines: Lines, quarantine: Quarantine) -> Block:
        if lines.joined:
            lines.refuse_quotes()  # one that swallows a line cannot be told from one that joins two
        try:
            frame = self._frame(lines, bound)
        except pl.exceptions.ComputeError:  # a quote that neither begins nor ends its cell
            lines.refuse_quotes()
            frame = self._frame(lines, bound)
        marks = lines.report(quarantine, self.name)
        quarantine.skip(self.name, "blank line", lines.blank)
        block = table.deliver(frame, marks, quarantine, lines.number, lines.raw)
        quarantine.saw(self.name, lines.rows)
        return block

    def _frame(self, lines: Lines, bound: Bound) -> pl.DataFrame:
        dtypes = _dtypes(bound, self.mapping)
        frame = _parse(lines, self.columns, bound, self.separator, dtypes)
        if any(column.null_count() for column in frame):
            # a cell that is empty and a cell that is no number are both null: read the texts
            frame = _parse(lines, self.columns, bound, self.separator, {})
        return frame

    def _member(self) -> str | None:
        if self.path.suffix != ".zip":
            return None
        found = members(self.path)
        wanted = self.dialect.member
        if wanted is None and len(found) == 1:
            return found[0]
        if wanted not in found:
            raise DefinitionError(
                f"{self.path}: member must be one of {', '.join(found) or 'none'}, got {wanted!r}"
            )
        return wanted

    def _columns(self) -> list[str]:
        head = b""
        with contextlib.closing(pieces(self.path, self.member)) as source:
            try:
                while (b"\n" not in head or first_row(head).count(b'"') % 2) and len(head) < HEAD:
                    head += next(source)
            except (StopIteration, BrokenError):
                head += b"\n"
        line = first_row(head).removeprefix(b"\xef\xbb\xbf").strip(b"\r")
        cells = split(line, self.separator)
        if not cells:
            raise DataError(f"{self.path}: the first line must be one of CSV, got {line!r}")
        if self.dialect.header:
            return [cell.strip() for cell in cells]
        names = self.dialect.names or tuple(str(place) for place in range(len(cells)))
        if len(names) != len(cells):
            raise DefinitionError(f"{self.path}: names must be {len(cells)}, got {len(names)}")
        return list(names)


def _dtypes(bound: Bound, mapping: Mapping) -> dict[str, pl.DataType]:
    """What cells are read as at once; what is not here is read as text."""
    found: dict[str, pl.DataType] = {}
    type_ = mapping.type
    for _, field, column in bound.fields:
        text = words_of(type_, field) or is_text(type_, field) or field.name in mapping.stamps
        if column is not None and not text:
            found[column] = pl.Float64() if field.dtype == "f8" else pl.Int64()
    for time in (mapping.time, mapping.receive):
        if time is not None and time.unit in ("ns", "us", "ms"):
            found[time.column] = pl.Int64()
    return found


def _parse(
    lines: Lines, columns: list[str], bound: Bound, separator: str, dtypes: dict[str, pl.DataType]
) -> pl.DataFrame:
    places = sorted(columns.index(name) for name in bound.needed)
    schema = {str(i): dtypes.get(name, pl.String()) for i, name in enumerate(columns)}

    def read(quote: str | None) -> pl.DataFrame:
        frame = pl.read_csv(
            lines.good,
            has_header=False,
            schema=schema,
            columns=places,
            separator=separator,
            quote_char=quote,
            encoding="utf8-lossy",
            ignore_errors=True,
            empty_string_is_null=False,
        )
        frame.columns = [columns[place] for place in places]
        return frame

    frame = read('"')
    # a stray quote can swallow lines: then quotes are taken as they stand
    return frame if frame.height == lines.kept.size else read(None)
