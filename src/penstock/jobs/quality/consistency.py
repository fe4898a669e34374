"""Streams against each other: a trade outside the book that it met, a bar that its trades do not make."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from penstock.core.errors import DataError, DefinitionError, nearest
from penstock.core.time import Duration, duration
from penstock.engine import Engine, Rows
from penstock.events import Bar, Block, Book, Event, Keys, Quote, Trade
from penstock.expr import BAR, TRADE, Expr, bar, quote, trade
from penstock.ops import Abs, AsOf, Equal, Greater, Ohlcv, Where
from penstock.plan import Plan, build
from penstock.streams import Stream, TimeBars

TOLERANCE = 1e-9  # relative: volumes of a bar are added up in another order
MINUTE = Duration(60_000_000_000)
FIELDS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that two streams must agree on; a column is 1 at a tick that breaks it.

    Attributes
    ----------
    says
        The rule, as an error states it.
    needs
        The streams of which one of each tuple must be there.
    on
        The clock of the columns.
    columns
        By what is broken, the expression.
    """

    says: str
    needs: tuple[tuple[Stream, ...], ...]
    on: Stream
    columns: Callable[[Duration], Mapping[str, Expr]]


def _through(_: Duration) -> dict[str, Expr]:
    bid, ask = AsOf(quote.bid_price, on=TRADE), AsOf(quote.ask_price, on=TRADE)
    return {"above the ask": Greater(trade.price, ask), "below the bid": Greater(bid, trade.price)}


def _made(width: Duration) -> dict[str, Expr]:
    clock = TimeBars(width, TRADE)
    bars = Ohlcv(trade.price, trade.size, reset=clock)
    found: dict[str, Expr] = {}
    for name in FIELDS:
        given = getattr(bar, name)
        made = AsOf(AsOf(bars[name], on=clock), on=BAR)
        broken = Greater(Abs(given - made), Abs(given) * TOLERANCE)
        # a bar without trades repeats an older price
        found[name] = Where(Equal(bar.volume, 0.0), 0.0, broken)
    return found


RULES: dict[str, Rule] = {
    "trade_through": Rule(
        "a trade must be within the book that it met",
        ((TRADE,), (Stream(Quote), Stream(Book))),
        TRADE,
        _through,
    ),
    "bar_trades": Rule("a bar must be what its trades make", ((TRADE,), (BAR,)), BAR, _made),
}
USED = (Trade, Quote, Book, Bar)


class Consistency:
    """Runs rules beside a view, over the same events, and counts what breaks them.

    Parameters
    ----------
    rules
        Names of RULES; of ``bar_trades`` with the bars' width, as ``bar_trades:5m`` (one minute by default).
    have
        The streams that there are.
    keys
        The keys of the events.
    stop
        Raise at the first case instead of counting.

    Attributes
    ----------
    counts
        By rule and what is broken: ``("trade_through", "above the ask")``.
    firsts
        The time of the first case of each.
    streams
        The streams that the rules read.
    """

    def __init__(
        self,
        rules: Sequence[str],
        have: Sequence[Stream],
        keys: Keys,
        *,
        stop: bool = False,
        capacity: int = 1,
    ) -> None:
        self.keys, self.stop = keys, stop
        self.counts: dict[tuple[str, str], int] = {}
        self.firsts: dict[tuple[str, str], int] = {}
        used = tuple(stream for stream in have if not stream.role and stream.type in USED)
        self._engines = [
            (name, Engine(_plan(name, width, used), keys, capacity=capacity))
            for name, width in map(parse, rules)
        ]
        read = {stream for _, engine in self._engines for stream in engine.plan.streams}
        self.streams = tuple(stream for stream in used if stream in read)

    def push(self, event: Event) -> None:
        """Take one event in."""
        stream = Stream(event.type)
        for name, engine in self._engines:
            row = engine.push(event, stream) if stream in engine.plan.streams else None
            if row is not None:
                self._found(name, engine.names, row.reshape(1, -1), np.array([event["time"]]))

    def push_merged(
        self,
        blocks: Mapping[int, Block],
        places: np.ndarray,
        rows: np.ndarray,
        slots: Sequence[Stream],
    ) -> None:
        """Take merged events in: element i is row ``rows[i]`` of the block of stream ``slots[places[i]]``."""
        for name, engine in self._engines:
            routed = route(blocks, places, rows, [_slot(engine, stream) for stream in slots])
            self._count(name, engine.push_merged(*routed))

    def _count(self, rule: str, rows: Rows) -> None:
        if rows.count:
            self._found(rule, rows.names, rows.values(), rows.times())

    def _found(
        self, rule: str, names: Sequence[str], values: np.ndarray, times: np.ndarray
    ) -> None:
        for what, column in zip(names, values.T, strict=True):
            broken = column == 1.0
            if broken.any():
                first = int(times[broken].min())
                self.counts[rule, what] = self.counts.get((rule, what), 0) + int(broken.sum())
                self.firsts.setdefault((rule, what), first)
                if self.stop:
                    raise DataError(f"{rule}: {RULES[rule].says}, got one {what} at {first}")


def parse(text: str) -> tuple[str, Duration]:
    """A rule and the width of its bars.

    Examples
    --------
    >>> parse("bar_trades:5m")
    ('bar_trades', 300000000000)
    """
    name, _, width = text.partition(":")
    if name not in RULES:
        raise DefinitionError(
            f"Consistency: a rule must be one of {', '.join(RULES)}, got {name!r}{nearest(name, RULES)}"
        )
    if width and name != "bar_trades":
        raise DefinitionError(f"Consistency: only bar_trades has a width, got {text!r}")
    return name, duration(width) if width else MINUTE


def _plan(name: str, width: Duration, have: tuple[Stream, ...]) -> Plan:
    rule = RULES[name]
    for either in rule.needs:
        if not set(either) & set(have):
            needed = " or ".join(stream.text for stream in either)
            given = ", ".join(stream.text for stream in have) or "none"
            raise DefinitionError(
                f"Consistency {name}: a stream of {needed} is needed, got {given}"
            )
    return build(rule.columns(width), rule.on, have)


def route(
    blocks: Mapping[int, Block], places: np.ndarray, rows: np.ndarray, slots: Sequence[int]
) -> tuple[dict[int, Block], np.ndarray, np.ndarray]:
    """Merged events under other numbers: place i becomes ``slots[i]``, and what has -1 there is left out."""
    to = np.array(slots, np.int64)[places]
    kept = to >= 0
    return (
        {slots[place]: block for place, block in blocks.items() if slots[place] >= 0},
        to[kept],
        rows[kept],
    )


def _slot(engine: Engine, stream: Stream) -> int:
    streams = engine.plan.streams
    return streams.index(stream) if stream in streams else -1
