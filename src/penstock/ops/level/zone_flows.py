"""What the book did near price levels: added, cancelled and filled size, and what is displayed."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import ONE
from penstock.expr import VIEW, Expr, Operator
from penstock.ops.level import BOOK, BOOKS, LEVELS_AT, PRICE, SIDE, SIZE, TRADES, WAYS
from penstock.ops.level.ledger import (
    ITEM,
    OTHERS,
    PRICES,
    REGISTERS,
    compare,
    count,
    drop,
    execute,
    sums,
)
from penstock.streams import Clock


@jit
def _read(s: np.void, history: np.ndarray, ring: int, book: F8, tick: float, at: int) -> None:
    """Take in a book."""
    if s["seen"] == 1:
        compare(s, history, ring, book, 0, tick, at)
        compare(s, history, ring, book, 1, tick, at)
    count(s, history, ring, at)
    old = ring + OTHERS
    for cell in range(book.size):
        history[old + cell]["key"] = book[cell]
    s["seen"], s["waiting"] = 1, 0


@jit
def _kernel(
    added: F8,
    cancelled: F8,
    filled: F8,
    depth: F8,
    known: F8,
    shown: F8,
    updates: F8,
    book: F8,
    books: F8,
    price: F8,
    size: F8,
    side: F8,
    trades: F8,
    levels: F8,
    ways: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    registers: np.ndarray,
    history: np.ndarray,
    width: int,
    tick: float,
    ticks: int,
    ring: int,
) -> None:
    s = registers[0]
    start, old = ring + 2 * PRICES, ring + OTHERS
    for i in range(at.size):
        source = max(s["source"], first)
        if source > s["source"] or (source < upto[i] and ts[source - first] <= at[i] - width):
            while source < upto[i] and ts[source - first] <= at[i] - width:
                source += 1
            s["seen"], s["waiting"] = 0, 0  # what the book was when the window began is not known
        while source < upto[i]:
            j = source - first
            source += 1
            if trades[j] > s["trades"] and maths.is_finite(trades[j]):
                s["trades"] = int(trades[j])
                finite = maths.is_finite(price[j]) and maths.is_finite(size[j])
                if finite and size[j] > 0.0 and (side[j] > 0.0 or side[j] < 0.0):
                    hit = 1 if side[j] > 0.0 else 0  # a buyer takes what is offered
                    key = maths.rint(float(price[j]) / tick)
                    execute(s, history, start, hit, key, float(size[j]))
            if books[j] > s["books"] and maths.is_finite(books[j]):
                s["books"] = int(books[j])
                _read(s, history, ring, book[j], tick, int(ts[j]))
        s["source"] = source
        while s["head"] < s["tail"] and history[s["head"] % ring]["at"] <= at[i] - width:
            drop(s, history, ring)
        for k in range(levels.shape[1]):
            for out in (added, cancelled, filled, depth, known, shown, updates):
                out[i, k] = np.nan
            way, level = ways[i, k], levels[i, k]
            if s["seen"] == 0 or not maths.is_finite(level) or not (way > 0.0 or way < 0.0):
                continue
            hit, cell, sign = (1, 2, -1.0) if way > 0.0 else (0, 0, 1.0)
            low = maths.ceil(level / tick - ticks - 1e-6)
            high = maths.floor(level / tick + ticks + 1e-6)
            plus, minus, taken, inside = 0.0, 0.0, 0.0, 0.0
            key = low
            while key <= high:
                total = history[sums(ring, hit, key)]
                if total["key"] == key and total["at"] > 0:
                    plus += total["added"]
                    minus += total["cancelled"]
                    taken += total["filled"]
                key += 1.0
            best, worst, c, cells = np.nan, np.nan, cell, book.shape[1]
            while c < cells and maths.is_finite(history[old + c]["key"]):
                there = sign * maths.rint(history[old + c]["key"] / tick)
                if c == cell:
                    best = there
                worst = there
                if low <= sign * there <= high:
                    inside += history[old + c + 1]["key"]
                c += 4
            if maths.is_nan(best):
                known[i, k], shown[i, k], updates[i, k] = 0.0, 0.0, float(s["updates"])
                continue
            top, bottom = (high, low) if sign > 0.0 else (-low, -high)
            # a book of fewer levels than it has room for shows all there are
            known[i, k] = max(top - (max(bottom, worst) if c >= cells else bottom) + 1.0, 0.0)
            shown[i, k] = max(min(top, best) - max(bottom, worst) + 1.0, 0.0)
            added[i, k], cancelled[i, k], filled[i, k] = plus, minus, taken
            depth[i, k], updates[i, k] = inside, float(s["updates"])


def _side(book: F8, ask: int, tick: float) -> dict[int, float]:
    """A side of a book: size by price in ticks."""
    rows = book.reshape(-1, 4)[:, 2 * ask : 2 * ask + 2].tolist()
    return {round(p / tick): q for p, q in rows if np.isfinite(p)}


class _Book:
    """The definition, tick by tick."""

    def __init__(self, tick: float, room: int) -> None:
        self.tick, self.room = tick, room
        self.entries: list[tuple[float, ...]] = []  # time, ask, price, added, cancelled, filled
        self.last: F8 | None = None
        self.done = self.dealt = 0
        self.waiting: dict[tuple[int, int], float] = {}

    def trade(self, number: float, price: float, size: float, side: float) -> None:
        if not (np.isfinite(number) and number > self.dealt):
            return
        self.dealt = int(number)
        if np.isfinite([price, size]).all() and size > 0 and (side > 0 or side < 0):
            key = (int(side > 0), round(price / self.tick))
            self.waiting[key] = self.waiting.get(key, 0.0) + size

    def book(self, number: float, row: F8, at: int) -> None:
        if not (np.isfinite(number) and number > self.done):
            return
        self.done = int(number)
        last = self.last
        for ask in (0, 1) if last is not None else ():
            old, new = (_side(one, ask, self.tick) for one in (last, row) if one is not None)
            if not (old and new):
                continue
            edges = [(min, max)[ask](one) for one in (old, new) if len(one) == self.room]
            edge = (max, min)[ask](edges) if edges else None
            for p in sorted({*old, *new, *(p for a, p in self.waiting if a == ask)}):
                if edge is not None and (p > edge if ask else p < edge):
                    continue
                filled = self.waiting.get((ask, p), 0.0)
                net = new.get(p, 0.0) - old.get(p, 0.0) + filled
                self.entries.append((at, ask, p, max(net, 0.0), max(-net, 0.0), filled))
        self.entries.append((at, np.nan, np.nan, 0.0, 0.0, 0.0))
        self.last, self.waiting = row, {}


def _oracle(
    book: F8, books: F8, price: F8, size: F8, side: F8, trades: F8, levels: F8, ways: F8, ts: I8, at: I8, upto: I8,
    width: int, tick: float, ticks: int,
) -> dict[str, F8]:  # fmt: skip
    out = {name: np.full(levels.shape, np.nan) for name in ZoneFlows.outputs}
    state, done = _Book(tick, book.shape[1] // 4), 0
    for i in range(at.size):
        if done < upto[i] and ts[done] <= at[i] - width:
            state.last, state.waiting = None, {}  # begin anew after a gap
            done += int((ts[done : upto[i]] <= at[i] - width).sum())
        for j in range(done, upto[i]):
            state.trade(trades[j], price[j], size[j], side[j])
            state.book(books[j], book[j], int(ts[j]))
        done = max(done, int(upto[i]))
        window = np.array([e for e in state.entries if e[0] > at[i] - width]).reshape(-1, 6)
        last = state.last
        for k in range(levels.shape[1]):
            if last is None:
                continue
            if not (np.isfinite(levels[i, k]) and (ways[i, k] > 0 or ways[i, k] < 0)):
                continue
            ask = int(ways[i, k] > 0)
            centre = levels[i, k] / tick
            zone = np.arange(np.ceil(centre - ticks - 1e-6), np.floor(centre + ticks + 1e-6) + 1)
            out["updates"][i, k] = np.isnan(window[:, 1]).sum()
            there = _side(last, ask, tick)
            if not there:
                out["known"][i, k] = out["shown"][i, k] = 0.0
                continue
            here = window[(window[:, 1] == ask) & np.isin(window[:, 2], zone)]
            for name, column in (("added", 3), ("cancelled", 4), ("filled", 5)):
                out[name][i, k] = here[:, column].sum()
            out["depth"][i, k] = sum(q for p, q in there.items() if p in zone)
            low, high = min(there), max(there)
            out["shown"][i, k] = ((zone >= low) & (zone <= high)).sum()
            every = len(there) < state.room
            out["known"][i, k] = (every | (zone <= high if ask else zone >= low)).sum()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class ZoneFlows(Operator):
    r"""What the book did within some ticks of each level in the last `width` of time, on the side that defends it.

    .. math::
        \Delta_p = q_k(p) - q_{k-1}(p) + X_p, \quad
        A = \sum_{p \in Z} \Delta_p^+, \quad C = \sum_{p \in Z} \Delta_p^-, \quad F = \sum_{p \in Z} X_p

    Notes
    -----
    Seed: the first book. NaN: where there is no level or no side, and of an empty side all but `known`, `shown` (0)
    and `updates`. Warm-up: 1. Unit: size, 1 for `known`, `shown` and `updates`. The side is the asks where `ways` is 1
    (a price that comes from below) and the bids where it is -1. Sums are over the books of the window, and over the
    prices Z at most `ticks` ticks from the level that a book and the one before it show: no worse than their last
    level, or any where they have fewer levels than room. X is what was executed there against that side after the
    book before, so A - C - F is what the displayed size changed by. `depth` is the size displayed in Z now, `known` the
    prices of Z that are shown or better than the best, `shown` those between the best and the last level. Columns of
    the book and of trades come sampled on one clock, with the `Ordinal` of each stream, which tells a new one. `width`
    is also how far apart ticks of `on` may be: after a longer gap the first book is a seed again. Of entries the last
    `ring` are kept.

    References
    ----------
    Cont, R., Kukanov, A., Stoikov, S. (2014). The price impact of order book events. Journal of Financial Econometrics
    12(1), 47-88.

    Examples
    --------
    >>> node = ZoneFlows(**ZoneFlows.example)
    >>> node.unit_of("added"), node.unit_of("known")
    ('size', '1')
    """

    book: Expr
    books: Expr
    price: Expr
    size: Expr
    side: Expr
    trades: Expr
    levels: Expr
    ways: Expr
    width: Duration
    tick: float
    ticks: int = 8
    ring: int = 1 << 16
    on: Clock = VIEW

    outputs: ClassVar = ("added", "cancelled", "filled", "depth", "known", "shown", "updates")
    queries: ClassVar = ("levels", "ways")
    reads_once: ClassVar = True
    registers: ClassVar = np.dtype([*REGISTERS, ("source", "i8")])
    absolute: ClassVar = {"source": "source"}
    history: ClassVar = ITEM
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "book": BOOK, "books": BOOKS, "price": PRICE, "size": SIZE, "side": SIDE, "trades": TRADES,
        "levels": LEVELS_AT, "ways": WAYS, "width": "20s", "tick": 1.0, "ticks": 3, "ring": 4_096,
    }  # fmt: skip
    exempt: ClassVar = {"unit": "the tick is in the unit of the price"}

    def check(self) -> None:
        self.require("book must be the levels of a book", self.book.cells % 4 == 0, self.book.text)
        same = self.levels.cells == self.ways.cells
        self.require("levels and ways must be as wide", same, (self.levels.cells, self.ways.cells))
        for name in ("width", "tick", "ticks", "ring"):
            self.require(f"{name} must be positive", getattr(self, name) > 0, getattr(self, name))

    @property
    def retention(self) -> int:
        return self.width

    @property
    def history_items(self) -> int:
        return self.ring + OTHERS + self.book.cells

    @property
    def cells(self) -> int:
        return self.levels.cells

    def unit_of(self, output: str) -> str:
        return ONE if output in ("known", "shown", "updates") else self.size.unit
