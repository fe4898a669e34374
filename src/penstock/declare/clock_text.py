"""Clocks as they are written on the command line."""

import re
from collections.abc import Callable

from penstock.core.errors import DefinitionError, nearest
from penstock.core.time import duration
from penstock.events import EVENT_TYPES
from penstock.expr import Expr, When
from penstock.formulas.columns import PRICE, SIZE
from penstock.formulas.guards import one
from penstock.ops.state.threshold import Threshold
from penstock.streams import AnyOf, Clock, Every, Stream, TimeBars

STREAMS: dict[str, Stream] = {type_.name: Stream(type_) for type_ in EVENT_TYPES}
FORMS = (
    *STREAMS, "any(trade,book)", "every:1s", "bar:1m", "bar:1m(trade)", "tick:100", "volume:1000", "dollar:1e6"
)  # fmt: skip
FORM = re.compile(
    r"(?P<kind>\w+)(?::(?P<size>[^()+]+)(?:\+(?P<offset>[^()]+))?)?(?:\((?P<streams>[^()]*)\))?"
)


def parse_clock(text: str) -> Clock:
    """A clock from its text.

    Examples
    --------
    >>> parse_clock("every:1s"), parse_clock("bar:1m"), parse_clock("any(trade,book)")
    (every:1s, bar:1m(trade), any(trade,book))
    """
    match = FORM.fullmatch(text.replace(" ", ""))
    made = match and build(match["kind"], match["size"], match["offset"], match["streams"])
    if not made:
        near = nearest(text, FORMS) or nearest(text.partition(":")[0], FORMS)
        raise DefinitionError(f"Clock: one of {', '.join(FORMS)} is needed, got {text!r}{near}")
    return made


def build(kind: str, size: str | None, offset: str | None, streams: str | None) -> Clock | None:
    """The clock of these parts; None where they do not belong together."""
    if size is None:
        if kind == "any" and streams:
            return AnyOf(tuple(stream(name) for name in streams.split(",")))
        return STREAMS.get(kind) if streams is None else None
    if kind == "bar":
        return TimeBars(duration(size), stream(streams or "trade"), offset=duration(offset or 0))
    if kind == "every" and streams is None:
        return Every(duration(size), offset=duration(offset or 0))
    if kind in AMOUNTS and streams is None and offset is None:
        return When(Threshold(AMOUNTS[kind](), limit=amount(kind, size)))
    return None


# what each kind of bar adds up until it is full
AMOUNTS: dict[str, Callable[[], Expr]] = {
    "tick": lambda: one(PRICE),
    "volume": lambda: SIZE,
    "dollar": lambda: PRICE * SIZE,
}


def stream(name: str) -> Stream:
    """A stream by name; raises with the nearest one."""
    if name not in STREAMS:
        raise DefinitionError(
            f"Clock: a stream must be one of {', '.join(STREAMS)}, got {name!r}{nearest(name, STREAMS)}"
        )
    return STREAMS[name]


def amount(kind: str, size: str) -> float:
    """The size of a bar that fills up."""
    try:
        return float(size)
    except ValueError:
        raise DefinitionError(f"Clock: {kind} bars need a number, got {size!r}") from None
