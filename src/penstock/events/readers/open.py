"""The reader of a file, by its name."""

from collections.abc import Sequence
from pathlib import Path

from penstock.core.errors import DefinitionError, nearest
from penstock.core.schema import EventType
from penstock.events.book_builder import BookBuilder
from penstock.events.book_output import Crossed
from penstock.events.checks import Rules
from penstock.events.readers.captures import CaptureSource
from penstock.events.readers.csv import CsvSource, Dialect
from penstock.events.readers.dbn import DbnSource, Order
from penstock.events.readers.mapping import Mapping, infer_type, parse_mapping
from penstock.events.readers.parquet import ParquetSource
from penstock.events.source import Source
from penstock.events.types import EVENT_TYPES, Depth, Mbo, Trade

FORMATS = {
    ".dbn": "dbn",
    ".dbn.zst": "dbn",
    ".parquet": "parquet",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".csv.zst": "csv",
    ".data.zip": "capture",
    ".zip": "csv",
    ".gz": "capture",
}


def open_source(  # noqa: PLR0913 - one keyword per thing that a file cannot say itself
    path: str | Path,
    *,
    format: str | None = None,
    type: EventType | str | None = None,
    mapping: Mapping | Sequence[str] | None = None,
    key: Sequence[str] = ("symbol",),
    rules: Rules | None = None,
    dialect: Dialect | None = None,
    order: Order = "receive",
    books: bool | None = None,
) -> Source:
    """Open a file with the reader of its format.

    Parameters
    ----------
    path
        The file.
    format
        ``dbn``, ``parquet``, ``csv`` or ``capture`` (an exchange's messages); else by the file's extension.
    type
        What a row of a table is, by type or name; else by its columns' names.
    mapping
        The columns of a table, as a `Mapping` or as the texts of `parse_mapping`.
    key
        The key columns that the texts may name.
    rules, dialect, order
        See `Rules`, `Dialect` and `DbnSource`.
    books
        Whether order books are built of single orders' messages or of changes of depth (`BookBuilder`);
        of captures they are unless this is False, of DBN files if it is True.
    """
    source = _open(path, format, type, mapping, key, rules, dialect, order)
    wanted = isinstance(source, CaptureSource) if books is None else books
    buildable = Mbo in source.types or Depth in source.types
    crossed: Crossed = "keep" if rules is not None and rules.crossed else "aside"
    return BookBuilder(source, crossed=crossed) if wanted and buildable else source


def _open(  # noqa: PLR0913, PLR0917
    path: str | Path,
    format: str | None,
    type: EventType | str | None,
    mapping: Mapping | Sequence[str] | None,
    key: Sequence[str],
    rules: Rules | None,
    dialect: Dialect | None,
    order: Order,
) -> Source:
    kind = _format(str(path), format)
    if not Path(path).is_file():
        raise DefinitionError(f"{path}: a source must be a file, got no such file")
    if kind in ("dbn", "capture"):
        if mapping or type:
            raise DefinitionError(
                f"{path}: a {kind} file has its own columns, got a mapping or a type"
            )
        if kind == "dbn":
            return DbnSource(path, order=order, rules=rules)
        return CaptureSource(path, order=order, rules=rules)
    declared = _type(type)
    if not isinstance(mapping, Mapping):
        if mapping and declared is None:
            declared = _infer(path, kind, mapping, dialect)
        mapping = parse_mapping(declared, mapping or (), key) if declared else None
    if kind == "parquet":
        return ParquetSource(path, mapping, rules=rules)
    return CsvSource(path, mapping, dialect=dialect, rules=rules)


def _format(name: str, format: str | None) -> str:
    known = sorted(set(FORMATS.values()))
    if format is not None:
        if format not in known:
            raise DefinitionError(
                f"{name}: format must be one of {', '.join(known)}, "
                f"got {format!r}{nearest(format, known)}"
            )
        return format
    for extension, kind in FORMATS.items():
        if name.lower().endswith(extension):
            return kind
    raise DefinitionError(
        f"{name}: the extension must be one of {', '.join(FORMATS)}, or the format be given, "
        f"got {Path(name).suffix!r}"
    )


def _type(type: EventType | str | None) -> EventType | None:
    if type is None or isinstance(type, EventType):
        return type
    for known in EVENT_TYPES:
        if known.name == type:
            return known
    names = [known.name for known in EVENT_TYPES]
    raise DefinitionError(
        f"Event type: must be one of {', '.join(names)}, got {type!r}{nearest(type, names)}"
    )


def _infer(path: str | Path, kind: str, items: Sequence[str], dialect: Dialect | None) -> EventType:
    """The type of a table whose columns some texts rename."""
    renamed = [item.partition("=")[0] for item in items]
    probe = Mapping(Trade)  # only the columns' names are asked of it
    table = (
        ParquetSource(path, probe) if kind == "parquet" else CsvSource(path, probe, dialect=dialect)
    )
    return infer_type([*renamed, *table.columns], str(path))
