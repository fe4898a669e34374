"""A view as the TOML file that ``read_view`` reads: the same columns, with the same fingerprints."""

import json
import re
from collections.abc import Iterable

from penstock.core.errors import DefinitionError
from penstock.core.time import duration_text
from penstock.declare.checks import Checks
from penstock.declare.clock_text import parse_clock
from penstock.declare.expression_source import clock_source, shared_sources, stream_names
from penstock.declare.route_text import route_texts
from penstock.declare.view import Definition, View
from penstock.expr import Column, When, walk
from penstock.streams import Clock, Stream

BARE = re.compile(r"[A-Za-z0-9_-]+")


def view_text(view: View) -> str:
    """The text of a view's file.

    Examples
    --------
    >>> from penstock.expr import trade
    >>> print(view_text(View("first", {"twice": trade.price * 2}, on="trade")))
    [view]
    name = "first"
    key = ["symbol"]
    on = "trade"
    <BLANKLINE>
    [columns]
    twice = "(trade.price * 2.0)"
    """
    written = [item for item in view.definitions if requested(item) is None]
    parts, texts = shared_sources(
        {item.column: item.expr for item in written}, taken(view), streams(view)
    )
    lines = ["[view]", f"name = {quoted(view.name)}", f"key = {listed(view.key)}"]
    lines.append(f"on = {quoted(clock_of(view))}")
    for name, age in (("ttl", view.ttl), ("retention", view.retention)):
        if age is not None:
            lines.append(f"{name} = {quoted(duration_text(age))}")
    if view.ranges != "count":
        lines.append(f"ranges = {quoted(view.ranges)}")
    if view.owner:
        lines.append(f"owner = {quoted(view.owner)}")
    if view.says:
        lines.append(f"says = {quoted(view.says)}")
    if view.tags:
        lines.append(f"tags = {listed(view.tags)}")
    if view.routes:
        lines.append(f"routes = {listed(route_texts(view.routes))}")
    first = len(view.definitions) - len(written)
    last = all(requested(item) is not None for item in view.definitions[:first])
    lines += features(view.definitions[:first] if last else view.definitions, texts)
    lines += table(
        "roles", {text: s.type.name for s, text in stream_names(streams(view)).items() if s.role}
    )
    lines += checks(view.checks)
    lines += table("let", parts)
    if last:
        lines += table("columns", texts)
    return "\n".join(lines)


def requested(item: Definition) -> str | None:
    """The request that gives a column, or None where its expression must be written."""
    if item.feature is None or item.feature is not item.feature.CATALOGUE.get(item.feature.name):
        return None
    named = item.feature.name == item.column.partition("(")[0].strip()
    return item.column if named else None


def taken(view: View) -> list[str]:
    """Names that a part may not have."""
    return [*(s.name for s in streams(view)), "view", "never", "nan", "inf"]


def streams(view: View) -> list[Stream]:
    """The streams that a view names."""
    found: dict[Stream, None] = {}
    on = [view.on.condition] if isinstance(view.on, When) else []
    for node in walk([*view.columns().values(), *on]):
        if isinstance(node, Column):
            found[node.stream] = None
    for clock in (view.on, *clocks(view)):
        for stream in below(clock):
            found[stream] = None
    return list(found)


def clocks(view: View) -> Iterable[Clock]:
    """The clocks that a view's expressions name."""
    for node in walk(view.columns().values()):
        yield from (value for value in node.parameters.values() if isinstance(value, Clock))


def below(clock: object) -> Iterable[Stream]:
    """The streams that a clock names."""
    if isinstance(clock, Stream):
        yield clock
    elif isinstance(clock, Clock | tuple):
        values = clock if isinstance(clock, tuple) else vars(clock).values()
        for value in values:
            yield from below(value)


def clock_of(view: View) -> str:
    """The view's clock as text."""
    on = view.on
    if isinstance(on, str):
        return on
    try:
        if parse_clock(on.text) is on:
            return on.text
    except DefinitionError:
        pass  # only an expression names it
    return on.name if isinstance(on, Stream) else clock_source(on)


def features(items: Iterable[Definition], texts: dict[str, str]) -> list[str]:
    """The list ``features``, one a line."""
    lines = []
    for item in items:
        request = requested(item)
        if request is not None:
            lines.append(f"  {quoted(request)},")
        else:
            lines.append(
                f"  {{ column = {quoted(item.column)}, expr = {quoted(texts[item.column])} }},"
            )
    return ["features = [", *lines, "]"] if lines else []


def checks(given: Checks) -> list[str]:
    """The table ``checks``, where it says something."""
    default, rows = Checks(), list[str]()
    for name in Checks.__struct_fields__:
        value = getattr(given, name)
        if value != getattr(default, name):
            pairs = (
                [f"{quoted(k)} = {json.dumps(v)}" for k, v in value.items()]
                if name == "fill"
                else []
            )
            rows.append(
                f"{name} = {'{ ' + ', '.join(pairs) + ' }' if pairs else json.dumps(value)}"
            )
    return ["", "[checks]", *rows] if rows else []


def table(name: str, rows: dict[str, str]) -> list[str]:
    """A table of texts, after an empty line."""
    if not rows:
        return []
    pairs = (
        f"{key if BARE.fullmatch(key) else quoted(key)} = {quoted(text)}"
        for key, text in rows.items()
    )
    return ["", f"[{name}]", *pairs]


def listed(texts: Iterable[str]) -> str:
    """A list of texts."""
    return f"[{', '.join(map(quoted, texts))}]"


def quoted(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
