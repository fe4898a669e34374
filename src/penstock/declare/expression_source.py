"""From an expression to its text, and back without a change: what ``parse_expression`` reads."""

import dataclasses
import re
import typing
from collections.abc import Iterable, Mapping
from typing import Any

from penstock.core.errors import DefinitionError
from penstock.core.model import Model
from penstock.core.time import Duration, duration_text
from penstock.declare.names import NUMBERS
from penstock.expr import VIEW, Column, Constant, Expr, Operator, Output, operand_names, walk
from penstock.expr.arithmetic import Binary
from penstock.expr.expression import hints
from penstock.streams import NEVER, Clock, Stream

SHORT = 40  # letters that are repeated rather than named
MADE = re.compile(
    r"(microprice|autoregression|component|price discovery|figarch|ridge|principal|kmeans|impact response)"
    r" ([\d.e+-]+)(?:x([\d.e+-]+))?(?:x(\d+))? v1"
)  # models that have numbers in their names
ARITHMETIC = ("Add", "Subtract", "Multiply", "Divide")


Known = Mapping[Expr | Clock, str]


def shared_sources(
    exprs: Mapping[str, Expr], taken: Iterable[str], streams: Iterable[Stream] | None = None
) -> tuple[dict[str, str], dict[str, str]]:
    """The texts of some expressions; what several of them need stands once, under a name of its own.

    Parameters
    ----------
    exprs
        The expressions by name.
    taken
        Names that are none of ours.
    streams
        The streams that there are; by default those that the expressions read.

    Returns
    -------
    tuple
        The named parts in order, and each expression's text.
    """
    uses: dict[Expr, int] = {}
    nodes = list(walk(exprs.values()))
    for node in nodes:
        for child in _children(node):
            uses[child] = uses.get(child, 0) + 1
    read = [node for node in nodes if isinstance(node, Column)]
    named = stream_names([node.stream for node in read] if streams is None else streams)
    texts: dict[Expr | Clock, str] = {stream: text for stream, text in named.items() if "." in text}
    texts |= {node: f"{texts[node.stream]}.{node.name}" for node in read if node.stream in texts}
    parts: dict[str, str] = {}
    for node in nodes:
        text = expression_source(node, texts)
        if isinstance(node, Operator) and uses.get(node, 0) > 1 and len(text) > SHORT:
            name = _free(f"part{len(parts) + 1}", {*taken, *exprs})
            parts[name], text = text, name
        texts[node] = text
    return parts, {name: texts[expr] for name, expr in exprs.items()}


def stream_names(streams: Iterable[Stream]) -> dict[Stream, str]:
    """What streams are called in text: a role in which there are several types is told with the type.

    Examples
    --------
    >>> from penstock.events import Book, Quote, Trade
    >>> list(stream_names([Stream(Trade, "a"), Stream(Book, "a"), Stream(Quote, "b")]).values())
    ['a.trade', 'a.book', 'b']
    """
    found = dict.fromkeys(streams)
    roles = [stream.role for stream in found if stream.role]
    return {
        stream: f"{stream.role}.{stream.type.name}" if roles.count(stream.role) > 1 else stream.name
        for stream in found
    }


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _children(node: Expr) -> tuple[Expr, ...]:
    conditions = [
        clock.condition  # type: ignore[attr-defined]
        for clock in node.parameters.values()
        if isinstance(clock, Clock) and hasattr(clock, "condition")
    ]
    return (*node.operands, *conditions) if not isinstance(node, Output) else (node.source,)


def expression_source(node: Expr, known: Known | None = None) -> str:
    """The text of an expression.

    Parameters
    ----------
    node
        The expression.
    known
        Texts of nodes below it.

    Examples
    --------
    >>> from penstock.expr import trade
    >>> from penstock.ops import Ema
    >>> expression_source(Ema(trade.price, span=10) - 1)
    '(Ema(trade.price, span=10.0) - 1.0)'
    """
    below = known or {}
    if node in below:
        return below[node]
    if isinstance(node, Constant):
        return _number(node.value)
    if isinstance(node, Column):
        return f"{_stream(node.stream)}.{node.name}"
    if isinstance(node, Output):
        return f"{expression_source(node.source, below)}[{node.name!r}]"
    if isinstance(node, Binary) and type(node).__name__ in ARITHMETIC:
        sides = (expression_source(side, below) for side in (node.x, node.y))
        return f"({f' {node.sign} '.join(sides)})"
    return _call(node, below)


def _call(node: Expr, below: Known) -> str:
    operands, parts, bare = operand_names(type(node)), [], True
    for field in dataclasses.fields(node):  # type: ignore[arg-type]
        value = getattr(node, field.name)
        bare = bare and field.name in operands
        if not bare and value is field.default:
            continue
        text = _value(value, below, hints(type(node))[field.name])
        parts.append(text if bare else f"{field.name}={text}")
    return f"{type(node).__name__}({', '.join(parts)})"


def _value(value: Any, below: Known, hint: object) -> str:
    if isinstance(value, Expr):
        return expression_source(value, below)
    if isinstance(value, Clock):
        return clock_source(value, below)
    if isinstance(value, Model):
        made = MADE.fullmatch(value.name)
        numbers = [part for part in made.groups()[1:] if part] if made else []
        return f"{made[1].replace(' ', '_')}({', '.join(numbers)})" if made else repr(value.name)
    if isinstance(value, tuple):
        return f"({''.join(f'{_value(item, below, None)}, ' for item in value)})"
    return _plain(value, hint)


def _plain(value: Any, hint: object) -> str:
    if Duration in (hint, *typing.get_args(hint)):
        return repr(duration_text(value))
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, int | str):
        return repr(value)
    raise DefinitionError(f"Expression: a parameter must have a text, got {value!r}")


def clock_source(clock: Clock, known: Known | None = None) -> str:
    """The text of a clock inside an expression."""
    if known and clock in known:
        return known[clock]
    if clock is VIEW or clock is NEVER:
        return clock.text
    if isinstance(clock, Stream):
        return _stream(clock)
    types = hints(type(clock))
    parts = [
        f"{field.name}={_value(getattr(clock, field.name), known or {}, types[field.name])}"
        for field in dataclasses.fields(clock)  # type: ignore[arg-type]
        if getattr(clock, field.name) is not field.default
    ]
    return f"{type(clock).__name__}({', '.join(parts)})"


def _stream(stream: Stream) -> str:
    if not stream.name.isidentifier():
        raise DefinitionError(f"Expression: a stream's name must be a word, got {stream.name!r}")
    return stream.name


def _number(value: float) -> str:
    """A number that reads back as the same bits."""
    if value != value or value - value != 0.0:  # noqa: PLR0124
        return (
            next(name for name in NUMBERS if name in repr(abs(value)))
            if value != -NUMBERS["inf"]
            else "(-inf)"
        )
    return repr(value) if str(value)[0] != "-" else f"({value!r})"
