"""The door of a live feed: events are checked before they are admitted, as readers check the rows of files."""

from collections.abc import Sequence

import numpy as np

from penstock.core.jit import jit
from penstock.core.memory import as_float, f8_view, load
from penstock.core.native import compiled
from penstock.core.schema import EventType
from penstock.events import Bar, Book, Event, Quote, Trade
from penstock.events.checks import LATEST, Marks, Rules, check
from penstock.events.circuit import REASON, Circuit
from penstock.events.quarantine import Quarantine

NAME = "feed"
# which of an event's cells are prices and sizes
TRADE, QUOTE, BOOK, BAR, OTHER = range(5)
SHAPES = {Trade.name: TRADE, Quote.name: QUOTE, Book.name: BOOK, Bar.name: BAR}
INFINITY = np.inf


@jit
def _price(x: float) -> bool:
    return 0.0 < x < INFINITY


@jit
def _size(x: float) -> bool:
    return 0.0 <= x < INFINITY


@jit
def plain(table: int, row: int, shape: int) -> int:
    """1 where an event is certainly good: prices positive and finite, sizes not negative, nothing crossed.

    What is not so plain is judged by ``events.checks``, which gives the reason, and allows what the source's rules
    allow. ``table`` holds (address, stride) of each column: time, receive, key, then the fields.
    """
    time = load(load(table) + row * load(table + 8))
    if time < 0 or time >= LATEST:
        return 0
    if shape == BOOK:
        levels = f8_view(load(table + 48) + row * load(table + 56), 40)
        for i in range(20):
            if not _price(levels[2 * i]) or not _size(levels[2 * i + 1]):
                return 0
        return 1 if levels[0] < levels[2] else 0
    first = as_float(load(load(table + 48) + row * load(table + 56)))
    second = as_float(load(load(table + 64) + row * load(table + 72)))
    if shape == TRADE:
        return 1 if _price(first) and _size(second) else 0
    third = as_float(load(load(table + 80) + row * load(table + 88)))
    fourth = as_float(load(load(table + 96) + row * load(table + 104)))
    if shape == QUOTE:
        good = _price(first) and _size(second) and _price(third) and _size(fourth)
        return 1 if good and first < third else 0
    fifth = as_float(load(load(table + 112) + row * load(table + 120)))
    sixth = as_float(load(load(table + 128) + row * load(table + 136)))
    good = _price(first) and _price(second) and _price(third) and _price(fourth) and _size(fifth)
    good = good and not sixth < 0.0
    within = second >= first and second >= fourth and third <= first and third <= fourth
    return 1 if good and within and second >= third else 0


class Door:
    """Checks events of a live feed; bad ones go to the quarantine.

    Parameters
    ----------
    types
        The event types of the feed.
    quarantine
        Where bad events go, under the name ``feed``.
    rules
        What the market may do: negative prices, crossed books.
    rate, over
        A circuit breaker for each type: see `Circuit`. Without a rate there is none.
    """

    def __init__(
        self,
        types: Sequence[EventType],
        quarantine: Quarantine,
        *,
        rules: Rules | None = None,
        rate: float | None = None,
        over: int = 1_000,
    ) -> None:
        self.quarantine, self.rules = quarantine, rules or Rules()
        self.circuits = {} if rate is None else {type_.name: Circuit(rate, over) for type_ in types}
        self._shapes = {id(type_): SHAPES.get(type_.name, OTHER) for type_ in types}
        self._plain = compiled(plain, "int64(int64, int64, int64)", brief=True)
        self._rows = self._told = 0

    def admits(self, event: Event) -> bool:
        """Whether an event may enter."""
        shape = self._shapes.get(id(event.type), OTHER)
        good = shape != OTHER and self._plain(event.table, event.row, shape) == 1
        good = good or self._judge(event)
        self._rows += 1
        if self.circuits:
            circuit = self.circuits.get(event.type.name)
            if circuit is not None and circuit.saw(1, not good) and good:
                self.quarantine.skip(NAME, f"{event.type.name}: {REASON}", 1)
                return False
        return good

    def close(self) -> None:
        """Tell the quarantine how many events there were."""
        self.quarantine.saw(NAME, self._rows - self._told)
        self._told = self._rows

    def _judge(self, event: Event) -> bool:
        """Check an event by the rules of its type, and keep it aside if it is bad."""
        block = event.block
        columns = {
            name: column[event.row : event.row + 1] for name, column in block.columns.items()
        }
        marks = Marks(1)
        check(event.type, columns, self.rules, marks)
        time = columns["time"]
        if not 0 <= time[0] < LATEST:
            marks.mark("time out of range", np.zeros(1, np.int64), time)
        if marks.good is None:
            return True
        raw = repr({name: column[0].tolist() for name, column in columns.items()}).encode()
        marks.report(self.quarantine, NAME, lambda _: self._rows, lambda _: raw)
        self.quarantine.saw(NAME, self._rows + 1 - self._told)
        self._told = self._rows + 1
        return False
