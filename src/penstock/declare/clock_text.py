"""Clocks as they are written on the command line."""

import re
from collections.abc import Callable, Mapping

from penstock.core.errors import DefinitionError, nearest
from penstock.core.time import duration, duration_text
from penstock.events import EVENT_TYPES
from penstock.expr import Expr, When
from penstock.formulas.columns import PRICE, SIZE
from penstock.formulas.guards import one
from penstock.ops.state.threshold import Threshold
from penstock.streams import (
    AnyOf,
    Clock,
    Delay,
    Every,
    GapSession,
    MarketSession,
    Stream,
    TimeBars,
)

STREAMS: dict[str, Stream] = {type_.name: Stream(type_) for type_ in EVENT_TYPES}
FORMS = (
    *STREAMS, "any(trade,book)", "every:1s", "every:1s;idle=1h(trade)", "bar:1m", "bar:1m(trade)", "tick:100",
    "volume:1000", "dollar:1e6", "gap:30s", "gap:30s;maximum=1h(trade)", "session:24/7:open", "session:XNYS:close",
    "delay:5s(trade)",
)  # fmt: skip
FORM = re.compile(
    r"(?P<kind>\w+)(?::(?P<sizes>[^();]+))?(?:;(?P<option>[^()]+))?(?:\((?P<of>.*)\))?"
)
OPTIONS = {"every": "idle", "gap": "maximum"}


def parse_clock(text: str) -> Clock:
    """A clock from its text.

    Examples
    --------
    >>> parse_clock("every:1s"), parse_clock("bar:1m"), parse_clock("any(trade,book)")
    (every:1s, bar:1m(trade), any(trade,book))
    >>> parse_clock("gap:30s"), parse_clock("delay:5s(trade)"), parse_clock("session:24/7:open")
    (gap:30s(trade), delay:5s(trade), session:24/7:open)
    """
    match = FORM.fullmatch(text.replace(" ", ""))
    made = match and build(match["kind"], match["sizes"], match["option"], match["of"])
    if not made:
        near = nearest(text, FORMS) or nearest(text.partition(":")[0], FORMS)
        raise DefinitionError(f"Clock: one of {', '.join(FORMS)} is needed, got {text!r}{near}")
    return made


def clock_text(clock: Clock) -> str:
    """The text that ``parse_clock`` turns into this clock.

    Examples
    --------
    >>> clock_text(parse_clock("delay:5s(volume:1000)"))
    'delay:5s(volume:1000)'
    """
    if isinstance(clock, Delay):
        return f"delay:{duration_text(clock.by)}({clock_text(clock.of)})"
    if isinstance(clock, When):
        condition = clock.condition
        for kind, amounts in AMOUNTS.items():
            if isinstance(condition, Threshold) and condition.x is amounts():
                return f"{kind}:{condition.limit!r}".removesuffix(".0")
        raise DefinitionError(
            f"Clock: one of {', '.join(FORMS)} can be written as text, got {clock.text}"
        )
    return clock.text


def build(kind: str, sizes: str | None, option: str | None, of: str | None) -> Clock | None:
    """The clock of these parts; None where they do not belong together."""
    if sizes is None:
        if kind == "any" and of and option is None:
            return several(of)
        return STREAMS.get(kind) if of is None and option is None else None
    options = options_of(kind, option)
    if kind not in KINDS or options is None:
        return None
    return KINDS[kind](sizes, options, of)


def options_of(kind: str, option: str | None) -> dict[str, str] | None:
    """What stands after ``;``, by its name; None where the kind of clock has no such option."""
    if option is None:
        return {}
    name, _, value = option.partition("=")
    return {name: value} if OPTIONS.get(kind) == name and value else None


Options = Mapping[str, str]


def bars(sizes: str, options: Options, of: str | None) -> Clock:  # noqa: ARG001  (one signature)
    """``bar:1m+30s(trade)``."""
    width, _, offset = sizes.partition("+")
    return TimeBars(duration(width), stream(of or "trade"), offset=duration(offset or 0))


def every(sizes: str, options: Options, of: str | None) -> Clock | None:
    """``every:1s+250ms;idle=1h(trade)``."""
    hop, _, offset = sizes.partition("+")
    if "idle" in options:
        return Every(
            duration(hop),
            offset=duration(offset or 0),
            idle=duration(options["idle"]),
            stream=stream(of or "trade"),
        )
    return None if of is not None else Every(duration(hop), offset=duration(offset or 0))


def gap(sizes: str, options: Options, of: str | None) -> Clock:
    """``gap:30s;maximum=1h(trade)``."""
    heard = several(of[4:-1]) if of and of.startswith("any(") else stream(of or "trade")
    return GapSession(heard, gap=duration(sizes), maximum=options.get("maximum"))


def session(sizes: str, options: Options, of: str | None) -> Clock | None:  # noqa: ARG001  (one signature)
    """``session:XNYS:close``."""
    calendar, _, edge = sizes.rpartition(":")
    return MarketSession(calendar, edge) if calendar and of is None else None


def delay(sizes: str, options: Options, of: str | None) -> Clock | None:  # noqa: ARG001  (one signature)
    """``delay:5s(trade)``."""
    return Delay(parse_clock(of), duration(sizes)) if of else None


def filled(kind: str) -> Callable[[str, Options, str | None], Clock | None]:
    """``tick:100`` and the like: a bar that is full."""

    def bar(sizes: str, options: Options, of: str | None) -> Clock | None:  # noqa: ARG001  (one signature)
        if of is not None or "+" in sizes:
            return None
        return When(Threshold(AMOUNTS[kind](), limit=amount(kind, sizes)))

    return bar


# what each kind of bar adds up until it is full
AMOUNTS: dict[str, Callable[[], Expr]] = {
    "tick": lambda: one(PRICE),
    "volume": lambda: SIZE,
    "dollar": lambda: PRICE * SIZE,
}
KINDS: dict[str, Callable[[str, Options, str | None], Clock | None]] = {
    "bar": bars,
    "every": every,
    "gap": gap,
    "session": session,
    "delay": delay,
    **{kind: filled(kind) for kind in AMOUNTS},
}


def several(names: str) -> AnyOf:
    """Streams by their names."""
    return AnyOf(tuple(stream(name) for name in names.split(",")))


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
