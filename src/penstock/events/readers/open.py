"""The reader of a file, by its name."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from penstock.core.errors import DefinitionError, nearest
from penstock.core.schema import EventType
from penstock.events.books.builder import BookBuilder
from penstock.events.checks import Rules
from penstock.events.readers.arrow import ArrowSource
from penstock.events.readers.captures import CaptureSource
from penstock.events.readers.columnar import ColumnarSource
from penstock.events.readers.csv import CsvSource, Dialect
from penstock.events.readers.dbn import DbnSource, Order
from penstock.events.readers.jsonl import JsonlSource
from penstock.events.readers.lobster import MESSAGES, LobsterSource
from penstock.events.readers.mapping import Mapping, infer_type
from penstock.events.readers.mapping_text import parse_mapping
from penstock.events.readers.parquet import ParquetSource
from penstock.events.readers.telemetry import TelemetrySource
from penstock.events.readers.telemetry.blocks import BY
from penstock.events.source import Source
from penstock.events.types import EVENT_TYPES, Depth, Mbo, Trade

FORMATS = {
    ".dbn": "dbn",
    ".dbn.zst": "dbn",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".csv.zst": "csv",
    ".data.zip": "capture",
    ".zip": "csv",
    ".tsv": "csv",
    ".tsv.gz": "csv",
    ".tsv.zst": "csv",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".jsonl.zst": "jsonl",
    ".ndjson": "jsonl",
    ".ndjson.gz": "jsonl",
    ".ndjson.zst": "jsonl",
    ".gz": "capture",  # what no longer name says better
}


# what has columns of its own
NAMES = {
    "capture": "captures",
    "dbn": "DBN",
    "lobster": "LOBSTER",
    "gateway": "a gateway's log",
    "otlp": "OpenTelemetry's spans",
    "litellm": "LiteLLM's access log",
}
LOGS = {"gateway": "events", "otlp": "otlp", "litellm": "litellm"}  # of language models
TABLES: dict[str, Callable[..., CsvSource | JsonlSource | ColumnarSource]] = {
    "arrow": ArrowSource,
    "csv": CsvSource,
    "jsonl": JsonlSource,
    "parquet": ParquetSource,
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
        ``dbn``, ``parquet``, ``arrow``, ``jsonl``, ``csv``, ``lobster``, ``capture`` (an exchange's messages),
        or ``gateway``, ``otlp`` and ``litellm`` (logs of language models); else by the file's name.
    type
        What a row of a table is, by type or name; else by its columns' names.
    mapping
        The columns of a table, as a `Mapping` or as the texts of `parse_mapping`; a column of JSON is named by
        its path.
    key
        The key columns that the texts may name; of a log ``model`` or ``user``, else it has one key for all.
    rules, dialect, order
        See `Rules`, `Dialect` and `DbnSource`.
    books
        Whether order books are built of single orders' messages or of changes of depth (`BookBuilder`);
        of captures they are unless this is False, of DBN files if it is True.
    """
    source = _open(path, format, type, mapping, key, rules, dialect, order)
    wanted = isinstance(source, CaptureSource) if books is None else books
    return with_books(source, rules) if wanted else source


def with_books(source: Source, rules: Rules | None = None, *, orders: bool = False) -> Source:
    """A source with books built of orders or of changes of depth, where it has them, and perhaps its orders too."""
    if Mbo not in source.types and Depth not in source.types:
        return source
    crossed = "keep" if rules is not None and rules.crossed else "aside"
    return BookBuilder(source, crossed=crossed, orders=orders)


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
    kind = _format(str(path), format, own=not (mapping or type))
    if not Path(path).is_file():
        raise DefinitionError(f"{path}: a source must be a file, got no such file")
    if kind not in TABLES:
        if mapping or type:
            raise DefinitionError(
                f"{path}: a file of {NAMES[kind]} has its own columns, got a mapping or a type"
            )
        if kind == "lobster":
            return LobsterSource(path, rules=rules)
        if kind in LOGS:
            return TelemetrySource(path, form=LOGS[kind], by=key[0] if key[0] in BY else "system")
        own = DbnSource if kind == "dbn" else CaptureSource
        return own(path, order=order, rules=rules)
    table = TABLES[kind]
    if kind == "csv":
        table = partial(CsvSource, dialect=dialect)
    declared = _type(type)
    if not isinstance(mapping, Mapping):
        if mapping and declared is None:
            renamed = [item.partition("=")[0] for item in mapping]
            # only the columns' names are asked of a table that is mapped so
            declared = infer_type([*renamed, *table(path, Mapping(Trade)).columns], str(path))
        mapping = parse_mapping(declared, mapping or (), key) if declared else None
    return table(path, mapping, rules=rules)


def _format(name: str, format: str | None, *, own: bool) -> str:
    """The format; ``own`` where nothing is declared that a file with columns of its own would refuse."""
    known = sorted(set(FORMATS.values()) | set(NAMES))
    if format is not None:
        if format not in known:
            raise DefinitionError(
                f"{name}: format must be one of {', '.join(known)}, "
                f"got {format!r}{nearest(format, known)}"
            )
        return format
    if own and MESSAGES.search(name):
        return "lobster"
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
