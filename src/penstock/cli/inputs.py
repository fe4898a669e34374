"""From the options of the command line to sources and a view."""

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.cli.options import KEY, Input
from penstock.core.errors import DataError, DefinitionError, nearest

if TYPE_CHECKING:
    from penstock.declare import View
    from penstock.declare.view_parts import ViewFile
    from penstock.events.checks import Rules
    from penstock.events.source import Source

OPTIONS = ("interval", "absent", "where", "rest")  # of a mapping that name no column
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def keys_of(options: Input) -> tuple[str, ...]:
    """The key columns."""
    file = view_file(options)
    if file is not None:
        return file.view.key
    found = tuple(name.strip() for name in options.key.split(",") if name.strip())
    if not found:
        raise DefinitionError(f"--key: at least one column is needed, got {options.key!r}")
    return found


def view_file(options: Input) -> "ViewFile | None":
    """The view's file; None where features are named one by one."""
    if options.view is None:
        return None
    for option, value in (
        ("--features", options.features),
        ("--on", options.on),
        ("--key", options.key != KEY),
    ):
        if value:
            raise DefinitionError(f"{option}: --view stands in its place, got both")
    return read_file(options.view)


def read_file(path: Path) -> "ViewFile":
    """A view's file."""
    import penstock.catalog  # noqa: F401  # pyright: ignore[reportUnusedImport]  (requests find its features)
    from penstock.declare.view_file import read_view

    return read_view(path)


def open_sources(options: Input, *, books: bool = False) -> "list[Source]":
    """The files as sources, with books built of orders and of changes of depth if asked for.

    Captures of one exchange are one source: a snapshot of one file begins the books of another.
    """
    if not options.source:
        raise DefinitionError(
            "--source: at least one file is needed, here or in the file of --view, got none"
        )
    from penstock.events.readers import together, with_books

    sources = together([open_file(path, options) for path in options.source])
    return [with_books(source, rules_of(options)) for source in sources] if books else sources


def rules_of(options: Input) -> "Rules":
    """What the market may do."""
    from penstock.events.checks import Rules

    return Rules(negative_prices=options.negative_prices, crossed=options.crossed)


def open_file(path: str, options: Input) -> "Source":
    """A file as a source; it must be there and hold something."""
    from penstock.events.readers import Dialect, open_source

    check_file(path)
    return open_source(
        path,
        format=options.format,
        type=options.type,
        mapping=mapping_texts(options.map or (), keys_of(options), options.type),
        key=keys_of(options),
        rules=rules_of(options),
        dialect=Dialect(separator=options.separator, header=options.header, member=options.member),
        books=False,
    )


def check_file(path: str) -> None:
    """Refuse what is no file, or an empty one."""
    found = Path(path)
    if found.is_dir():
        raise DefinitionError(
            f"{path}: a source must be a file, got a directory; name its files: {path.rstrip('/')}/*"
        )
    if not found.exists():
        near = _beside(found)
        raise DefinitionError(f"{path}: a source must be a file, got no such file{near}")
    if found.stat().st_size == 0:
        raise DataError(f"{path}: a source must hold events, got an empty file")


def _beside(path: Path) -> str:
    return (
        nearest(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else ""
    )


def mapping_texts(items: Sequence[str], keys: Sequence[str], type: str | None) -> list[str]:
    """``COLUMN=FIELD`` as the readers want it: ``FIELD=COLUMN``, units and factors after the column.

    Examples
    --------
    >>> mapping_texts(["px=price*1e-4", "ts=time:ms:UTC", "symbol==SPY", "interval=1m"], ["symbol"], None)
    ['price=px*1e-4', 'time=ts:ms:UTC', 'symbol==SPY', 'interval=1m']

    The other way round is understood where the right side is no field:

    >>> mapping_texts(["price=px", "time=ts:ms:UTC"], ["symbol"], None)
    ['price=px', 'time=ts:ms:UTC']
    """
    known = {*fields(type), "time", "receive", *keys}
    return [_turned(item, known) for item in items]


def _turned(item: str, known: set[str]) -> str:
    left, _, right = item.partition("=")
    if left in OPTIONS or right.startswith("="):
        return item
    name = re.match(r"[^:*]*", right)
    field = name[0] if name else ""
    if field in known:
        return f"{field}={left}{right[len(field) :]}"
    return item


def fields(type: str | None) -> list[str]:
    """The fields that a mapping may name."""
    from penstock.events.readers.mapping import cells
    from penstock.events.types import EVENT_TYPES

    return [
        cell.name for known in EVENT_TYPES if type in (None, known.name) for cell in cells(known)
    ]


def prepare(options: Input, name: str = "run") -> "tuple[list[Source] | dict[str, Source], View]":
    """The sources, by role where the view has roles, and the view of the features asked for.

    Files of single orders or of changes of depth give the books that are built from them, unless a feature reads
    the orders or the changes.
    """
    file = view_file(options)
    _, read = requested(options, name)
    books = {"mbo", "depth"}.isdisjoint((*read, options.on))
    if file is not None and file.sources and not options.source:
        for one in file.sources:
            check_file(str(one.file))
        sources = file.open(books=books)
    elif file is not None and file.roles:
        raise DefinitionError(
            f"--source: {file.path} has roles, so its [[source]] tables must name the files, got --source"
        )
    else:
        sources = open_sources(options, books=books)
    given = sources.values() if isinstance(sources, dict) else sources
    types = [type_.name for source in given for type_ in source.types]
    return sources, view_over(options, types, name)


def view_over(options: Input, have: Sequence[str], name: str) -> "View":
    """The view of the features asked for, on the clock asked for or the one that fits these streams."""
    from penstock.declare import View, default_clock

    file = view_file(options)
    if file is not None:
        return file.view
    requests, read = requested(options, name)
    return View(
        name, tuple(requests), key=keys_of(options), on=options.on or default_clock(read, have)
    )


def requested(options: Input, name: str) -> tuple[list[str], list[str]]:
    """The features asked for, and the streams that they read."""
    file = view_file(options)
    if file is not None:
        from penstock.declare.view_text import streams as named

        return list(file.view.columns()), [stream.type.name for stream in named(file.view)]
    return requests_of(options.features, name)


def requests_of(features: Sequence[str], name: str) -> tuple[list[str], list[str]]:
    """The requests in some texts, and the streams that they read."""
    import penstock.catalog  # noqa: F401  # pyright: ignore[reportUnusedImport]  (requests find its features)
    from penstock.declare import split_requests
    from penstock.declare.facts import streams
    from penstock.declare.view import define

    requests = [request for text in features for request in split_requests(text)]
    if not requests:
        raise DefinitionError(
            "--features: at least one feature, or --view FILE, is needed, got none; see penstock catalog list"
        )
    return requests, [
        stream for request in requests for stream in streams(define(request, name).expr)
    ]


def time_of(text: str, option: str) -> int:
    """A time in ns UTC from ISO text (UTC where it names no offset) or from ns.

    Examples
    --------
    >>> time_of("2024-01-02T00:00:00Z", "--end"), time_of("1704153600000000000", "--end")
    (1704153600000000000, 1704153600000000000)
    """
    if re.fullmatch(r"\d+", text) and len(text) > 8:
        return int(text)
    match = re.fullmatch(r"(.+?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", text)
    try:
        moment = dt.datetime.fromisoformat(
            (match[1] if match else text) + (match[3] or "" if match else "")
        )
    except ValueError:
        raise DefinitionError(
            f"{option}: a time such as 2024-01-31T15:30:00Z or nanoseconds since 1970 is needed, got {text!r}"
        ) from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    fraction = int(((match[2] if match else None) or "0").ljust(9, "0"))
    return round((aware - EPOCH) / dt.timedelta(seconds=1)) * 1_000_000_000 + fraction


def policy_of(text: str) -> "str | float":
    """What to do with bad rows."""
    if text in ("count", "stop"):
        return text
    try:
        return float(text)
    except ValueError:
        raise DefinitionError(
            f"--policy: count, stop or a rate such as 0.01 is needed, got {text!r}"
        ) from None
