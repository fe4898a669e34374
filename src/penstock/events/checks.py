"""What makes a row bad: one mask per reason, nothing allocated while all rows are good.

A row is kept aside under the first reason that it fails:

===================  ======================================================================
wrong type           a cell is not of the column's type (readers of text and tables)
NaN price            a price is missing where the event needs one
infinite price       a price is not finite
non-positive price   a price is zero or below, unless `Rules.negative_prices`
NaN size             a size is missing or not finite
negative size        a size is below zero
crossed book         best bid above best ask, unless `Rules.crossed`
locked book          best bid equal to best ask, unless `Rules.crossed`
high below low       a bar's high is below, or its low above, one of its other prices
unknown action       an order message does none of A C M T F R N
duplicate sequence   an order message that was delivered before (`Sequences`)
time out of range    before 1970 or after 2116: an undefined stamp
time jump            ahead of both rows that follow, which go on from the rows before
time going back      before a row that was delivered
===================  ======================================================================
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from penstock.core.schema import EventType
from penstock.events.quarantine import Quarantine
from penstock.events.types import Bar, Book, Depth, Mbo, Quote, Trade

Columns = dict[str, np.ndarray]
Failure = tuple[str, np.ndarray, np.ndarray]  # reason, mask, the values that fail

LATEST = 2**62  # ns: the year 2116


@dataclass(frozen=True, slots=True)
class Rules:
    """What a source declares about its market, where a check would be wrong.

    Attributes
    ----------
    negative_prices
        Prices may be zero or below: futures spreads, power, rates.
    crossed
        Books may be crossed or locked: auctions and consolidated quotes.
    """

    negative_prices: bool = False
    crossed: bool = False


class Marks:
    """The bad rows of a chunk, each under its first reason."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.bad: np.ndarray | None = None
        self.found: list[tuple[str, np.ndarray, list[str]]] = []

    def mark(self, reason: str, rows: np.ndarray, values: np.ndarray) -> None:
        """Mark rows by position, with the values that are bad."""
        if self.bad is None:
            self.bad = np.zeros(self.size, bool)
        fresh = ~self.bad[rows]
        rows = rows[fresh]
        if rows.size:
            self.bad[rows] = True
            texts = [str(value) for value in values[fresh].tolist()]
            self.found.append((reason, rows, texts))

    def leave(self, rows: np.ndarray) -> int:
        """Leave rows out that are no events, and say how many."""
        if self.bad is None and rows.size:
            self.bad = np.zeros(self.size, bool)
        if self.bad is not None:
            rows = rows[~self.bad[rows]]
            self.bad[rows] = True
        return int(rows.size)

    @property
    def good(self) -> np.ndarray | None:
        """The mask of the good rows; None when all are good."""
        return None if self.bad is None or not self.bad.any() else ~self.bad

    def report(
        self,
        quarantine: Quarantine,
        name: str,
        number: Callable[[int], int],
        raw: Callable[[int], bytes],
    ) -> None:
        """Give the rows to the quarantine: by position, their number and their bytes."""
        for reason, rows, values in self.found:
            places = rows.tolist()
            quarantine.add(
                name, reason, [number(r) for r in places], [raw(r) for r in places], values
            )


def check(
    type: EventType,
    columns: Columns,
    rules: Rules,
    marks: Marks,
    rows: np.ndarray | None = None,
) -> None:
    """Mark the bad rows of one type's columns; ``rows`` are their positions in the chunk."""
    if not len(next(iter(columns.values()))):
        return
    for reason, mask, values in CHECKS[type.name](columns, rules):
        places = np.flatnonzero(mask)
        if places.size:
            marks.mark(reason, places if rows is None else rows[places], values[places])


def _prices(price: np.ndarray, rules: Rules, *, absent: bool) -> Iterator[Failure]:
    """Prices, one per row or one column per level; ``absent`` allows NaN."""
    low, high = np.fmin.reduce(price, axis=None), np.fmax.reduce(price, axis=None)
    if not absent and np.isnan(price.min()):
        yield "NaN price", np.isnan(price), price
    if high == np.inf or low == -np.inf:
        yield "infinite price", *_rows(np.isinf(price), price)
    if low <= 0.0 and not rules.negative_prices:
        yield "non-positive price", *_rows(price <= 0.0, price)


def _sizes(size: np.ndarray) -> Iterator[Failure]:
    low = size.min()
    if not low >= 0.0 or size.max() == np.inf:
        yield "NaN size", *_rows(~np.isfinite(size), size)
        yield "negative size", *_rows(size < 0.0, size)


def _rows(mask: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One mask and one value per row: of several levels the first that fails."""
    if mask.ndim == 1:
        return mask, values
    first = mask.argmax(axis=1)
    return mask.max(axis=1), values[np.arange(len(values)), first]


def _book(bid: np.ndarray, ask: np.ndarray, rules: Rules) -> Iterator[Failure]:
    if rules.crossed:
        return
    wrong = bid >= ask  # False where a side is absent
    if wrong.any():
        text = np.array([f"{b} / {a}" for b, a in zip(bid[wrong], ask[wrong], strict=True)], object)
        values = np.full(len(bid), "", object)
        values[wrong] = text
        yield "crossed book", bid > ask, values
        yield "locked book", bid == ask, values


def _trade(columns: Columns, rules: Rules) -> Iterator[Failure]:
    yield from _prices(columns["price"], rules, absent=False)
    yield from _sizes(columns["size"])


def _quote(columns: Columns, rules: Rules) -> Iterator[Failure]:
    for side in ("bid", "ask"):
        yield from _prices(columns[f"{side}_price"], rules, absent=True)
        yield from _sizes(columns[f"{side}_size"])
    yield from _book(columns["bid_price"], columns["ask_price"], rules)


def _levels(columns: Columns, rules: Rules) -> Iterator[Failure]:
    levels = columns["levels"]
    if levels.min() > 0.0 and levels.max() < np.inf:
        yield from _book(levels[:, 0], levels[:, 2], rules)  # every level is there
        return
    yield from _prices(levels[:, 0::2], rules, absent=True)
    yield from _sizes(levels[:, 1::2])
    yield from _book(levels[:, 0], levels[:, 2], rules)


def _bar(columns: Columns, rules: Rules) -> Iterator[Failure]:
    for name in ("open", "high", "low", "close"):
        yield from _prices(columns[name], rules, absent=False)
    yield from _sizes(columns["volume"])
    trades = columns["trades"]
    if (trades < 0.0).any():
        yield "negative size", trades < 0.0, trades
    first, last = columns["open"], columns["close"]
    high, low = columns["high"], columns["low"]
    wrong = (high < np.maximum(np.maximum(first, last), low)) | (low > np.minimum(first, last))
    if wrong.any():
        yield (
            "high below low",
            wrong,
            np.array([f"{h} / {w}" for h, w in zip(high, low, strict=True)]),
        )


# a cancel or a clear may come without a price; what rests in the book or trades may not
_PRICED = np.zeros(256, bool)
_PRICED[[ord(action) for action in "AMTF"]] = True
_KNOWN = np.zeros(256, bool)
_KNOWN[[ord(action) for action in "ACMTFRN"]] = True


def _mbo(columns: Columns, rules: Rules) -> Iterator[Failure]:
    price, action = columns["price"], columns["action"]
    code = np.where((action >= 0) & (action < 256), action, 0)
    known = _KNOWN[code]
    if not known.all():
        yield "unknown action", ~known, action
    if np.isnan(price.min()):
        yield "NaN price", np.isnan(price) & _PRICED[code], price
    yield from _prices(price, rules, absent=True)
    yield from _sizes(columns["size"])


CHECKS: dict[str, Callable[[Columns, Rules], Iterator[Failure]]] = {
    Trade.name: _trade,
    Quote.name: _quote,
    Book.name: _levels,
    Bar.name: _bar,
    Mbo.name: _mbo,
    Depth.name: _trade,
}


class Times:
    """Time never goes back, from chunk to chunk.

    When it does, either the row that jumped ahead is wrong or the rows after it are: a row ahead
    of both its followers, which go on from where the rows before it were, is a jump; else the
    later row has gone back. So one corrupt stamp costs one row, not the rest of the file.
    """

    def __init__(self) -> None:
        self.last = 0

    def check(self, time: np.ndarray, marks: Marks) -> None:
        """Mark rows out of range or out of order; rows marked before do not count."""
        if not time.size:
            return
        ordered = time[0] >= self.last and time[-1] < LATEST and (time[1:] >= time[:-1]).all()
        if marks.bad is None and ordered:
            self.last = int(time[-1])
            return
        outside = np.flatnonzero((time < 0) | (time >= LATEST))
        if outside.size:
            marks.mark("time out of range", outside, time[outside])
        self._mark(time, marks, "time jump", _jumps)
        self._mark(time, marks, "time going back", _back)
        rest = _unmarked(marks)
        if rest.size:
            self.last = int(time[rest[-1]])

    def _mark(
        self,
        time: np.ndarray,
        marks: Marks,
        reason: str,
        find: Callable[[np.ndarray, int], np.ndarray],
    ) -> None:
        rest = _unmarked(marks)
        wrong = rest[find(time[rest], self.last)]
        if wrong.size:
            marks.mark(reason, wrong, time[wrong])


def _unmarked(marks: Marks) -> np.ndarray:
    return np.arange(marks.size) if marks.bad is None else np.flatnonzero(~marks.bad)


def _before(values: np.ndarray, first: int) -> np.ndarray:
    """The running maximum before each value."""
    start = np.concatenate((np.array([first], values.dtype), values))
    return np.maximum.accumulate(start)[:-1]


def _back(time: np.ndarray, last: int) -> np.ndarray:
    return time < _before(time, last)


def _jumps(time: np.ndarray, last: int) -> np.ndarray:
    found = np.zeros(time.size, bool)
    now, next1, next2 = time[:-2], time[1:-1], time[2:]
    before = _before(time, last)[:-2]
    found[:-2] = (now > next1) & (now > next2) & (next1 >= before) & (next2 >= next1)
    return found
