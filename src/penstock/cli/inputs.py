"""From the options of the command line to sources and a view."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.cli.options import KEY, Input
from penstock.core.errors import DataError, DefinitionError, nearest
from penstock.core.time import time_of

if TYPE_CHECKING:
    from penstock.declare import View
    from penstock.declare.view_parts import ViewFile
    from penstock.events.checks import Rules
    from penstock.events.source import Source

OPTIONS = ("interval", "absent", "where", "rest")  # of a mapping that name no column


def keys_of(options: Input) -> tuple[str, ...]:
    """The key columns."""
    file = view_file(options)
    if file is not None:
        return file.view.key
    found = tuple(_listed(options.key))
    if not found:
        raise DefinitionError(f"--key: at least one column is needed, got {options.key!r}")
    return found


def view_file(options: Input) -> "ViewFile | None":
    """The view's file; None where features are named one by one."""
    if options.view is None:
        if options.routes:
            raise DefinitionError(
                "--routes: a --view whose columns read a role is needed, got --features"
            )
        return None
    for option, value in (
        ("--features", options.features),
        ("--on", options.on),
        ("--key", options.key != KEY),
    ):
        if value:
            raise DefinitionError(f"{option}: --view stands in its place, got both")
    return read_file(options.view, options.routes)


def read_file(path: Path, routes: Sequence[str] | None = None) -> "ViewFile":
    """A view's file; routes stand in place of the file's."""
    import penstock.catalog  # noqa: F401  # pyright: ignore[reportUnusedImport]  (requests find its features)
    from penstock.declare.view_file import read_view

    found = read_view(path)
    return found if not routes else routed(found, routes)


def routed(file: "ViewFile", texts: Sequence[str]) -> "ViewFile":
    """A view's file with other routes."""
    from penstock.declare.route_text import parse_routes
    from penstock.declare.view_text import streams

    roles = [stream.role for stream in streams(file.view) if stream.role]
    made = tuple(route for text in texts for route in parse_routes(text, roles))
    made_by_routes = {route.role for route in made}
    played = {
        name: stream for name, stream in file.roles.items() if stream.role not in made_by_routes
    }
    return replace(file, view=replace(file.view, routes=made), roles=played)


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
    """What the market may do: as the view's file says, and above it the options."""
    from penstock.events.checks import Rules

    file = view_file(options)
    given: dict[str, Any] = {
        "negative_prices": options.negative_prices or None,
        "crossed": options.crossed or None,
        "symbols": frozenset(_listed(options.symbols)) or None,
        "since": None if options.since is None else time_of(options.since, "--since"),
        "until": None if options.until is None else time_of(options.until, "--until"),
    }
    said = {name: value for name, value in given.items() if value is not None}
    made = replace(Rules() if file is None else file.quality.rules, **said)
    if made.since >= made.until:
        raise DefinitionError(
            f"--since: a time before --until is needed, got {made.since} and {made.until}"
        )
    return made


def _listed(text: str | None) -> list[str]:
    """Texts that stand between commas."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


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
        order=options.order,
        books=False,
    )


def check_file(path: str, what: str = "a source", holds: str = "events") -> None:
    """Refuse what is no file, or an empty one."""
    found = Path(path)
    if found.is_dir():
        raise DefinitionError(
            f"{path}: {what} must be a file, got a directory; name its files: {path.rstrip('/')}/*"
        )
    if not found.exists():
        near = _beside(found)
        raise DefinitionError(f"{path}: {what} must be a file, got no such file{near}")
    if found.stat().st_size == 0:
        raise DataError(f"{path}: {what} must hold {holds}, got an empty file")


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
        sources = file.open(books=books, rules=rules_of(options))
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
