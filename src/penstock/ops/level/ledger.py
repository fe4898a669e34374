"""The ledger of a book: what was added, cancelled and filled at each price within a time window.

Segments share one array of items: the entries in order of time, a ring; the sums by price of each side; prices with
executions since the last book; and the cells of the book before, in ``key``. A key is a price in ticks.
"""

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit

ITEM = np.dtype(
    [(name, "f8") for name in ("key", "added", "cancelled", "filled")]
    + [(name, "i8") for name in ("at", "side", "first")]
)
REGISTERS = [
    (name, "i8")
    for name in ("head", "tail", "books", "trades", "seen", "updates", "waiting", "lost")
]
PRICES = 4_096  # ticks that the sums tell apart, on each side
WAITING = 64  # prices with executions between two books, at most
OTHERS = 2 * PRICES + WAITING  # items besides the ring and the book


@jit
def sums(ring: int, side: int, key: float) -> int:
    """Where the sums of a price stand."""
    return ring + side * PRICES + int(key) % PRICES


@jit
def post(
    s: np.void,
    history: np.ndarray,
    ring: int,
    side: int,
    key: float,
    dq: float,
    filled: float,
    at: int,
) -> None:
    """Enter what happened at a price between two books."""
    if s["tail"] - s["head"] == ring:
        drop(s, history, ring)
        s["lost"] += 1
    net = dq + filled
    e, total = history[s["tail"] % ring], history[sums(ring, side, key)]
    s["tail"] += 1
    e["key"], e["side"], e["at"], e["first"] = key, side, at, 0
    e["added"], e["cancelled"], e["filled"] = max(net, 0.0), max(-net, 0.0), filled
    if total["key"] != key or total["at"] == 0:
        total["key"], total["at"] = key, 0
        total["added"], total["cancelled"], total["filled"] = 0.0, 0.0, 0.0
    total["added"] += e["added"]
    total["cancelled"] += e["cancelled"]
    total["filled"] += filled
    total["at"] += 1  # entries in the sum


@jit
def count(s: np.void, history: np.ndarray, ring: int, at: int) -> None:
    """Enter that there was a book."""
    if s["tail"] - s["head"] == ring:
        drop(s, history, ring)
        s["lost"] += 1
    e = history[s["tail"] % ring]
    s["tail"] += 1
    e["first"], e["at"] = 1, at
    s["updates"] += 1


@jit
def drop(s: np.void, history: np.ndarray, ring: int) -> None:
    """Take the oldest entry out of the sums."""
    e = history[s["head"] % ring]
    s["head"] += 1
    if e["first"] == 1:
        s["updates"] -= 1
        return
    total = history[sums(ring, int(e["side"]), float(e["key"]))]
    if total["key"] == e["key"] and total["at"] > 0:
        total["at"] -= 1
        total["added"] -= e["added"]
        total["cancelled"] -= e["cancelled"]
        total["filled"] -= e["filled"]


@jit
def execute(
    s: np.void, history: np.ndarray, start: int, side: int, key: float, size: float
) -> None:
    """Keep an execution until the next book."""
    for k in range(s["waiting"]):
        e = history[start + k]
        if e["side"] == side and e["key"] == key:
            e["filled"] += size
            return
    if s["waiting"] == WAITING:
        s["lost"] += 1
        return
    e = history[start + s["waiting"]]
    s["waiting"] += 1
    e["side"], e["key"], e["filled"] = side, key, size


@jit
def executed(s: np.void, history: np.ndarray, start: int, side: int, key: float) -> float:
    """What was executed at a price since the last book; it is taken from what waits."""
    for k in range(s["waiting"]):
        e = history[start + k]
        if e["side"] == side and e["key"] == key:
            size = float(e["filled"])
            e["filled"] = 0.0
            return size
    return 0.0


@jit
def floor_of(book: F8, cell: int, sign: float, tick: float) -> float:
    """The worst price that a side shows, in ticks that fall from level to level; -inf where it shows all."""
    last = book[book.size - 4 + cell]
    return sign * maths.rint(last / tick) if maths.is_finite(last) else -np.inf


@jit
def same(history: np.ndarray, old: int, book: F8, cell: int) -> bool:
    """Whether a side, from a cell on, is what it was."""
    for c in range(cell, book.size, 4):
        if book[c] != history[old + c]["key"] or book[c + 1] != history[old + c + 1]["key"]:
            return False
    return True


@jit
def compare(
    s: np.void, history: np.ndarray, ring: int, book: F8, side: int, tick: float, at: int
) -> None:
    """Enter what changed on one side between the book before and this one, at prices that both show."""
    start, old = ring + 2 * PRICES, ring + OTHERS
    cell, sign = (0, 1.0) if side == 0 else (2, -1.0)
    cells = book.size
    if s["waiting"] == 0 and same(history, old, book, cell):
        return  # most books differ from the one before on one side alone
    if maths.is_nan(book[cell]) or maths.is_nan(history[old + cell]["key"]):
        return  # a side that is empty was not seen
    worst = floor_of(book, cell, sign, tick)
    last = history[old + cells - 4 + cell]["key"]
    if maths.is_finite(last):
        worst = max(worst, sign * maths.rint(last / tick))
    i, j = cell, cell
    while i < cells or j < cells:
        new = sign * maths.rint(book[i] / tick) if i < cells else np.nan
        was = sign * maths.rint(history[old + j]["key"] / tick) if j < cells else np.nan
        new_seen, was_seen = new >= worst, was >= worst
        if not (new_seen or was_seen):
            break
        price, dq = 0.0, 0.0
        step_new = new_seen and not (was_seen and was > new)
        step_old = was_seen and not (new_seen and new > was)
        if step_new:
            price, dq = new, book[i + 1]
            i += 4
        if step_old:
            price, dq = was, dq - history[old + j + 1]["key"]
            j += 4
        filled = executed(s, history, start, side, sign * price)
        if dq != 0.0 or filled != 0.0:
            post(s, history, ring, side, sign * price, dq, filled, at)
    # what was executed at prices better than both books show was there and gone in between
    for k in range(s["waiting"]):
        e = history[start + k]
        if e["side"] == side and e["filled"] > 0.0 and sign * e["key"] >= worst:
            post(s, history, ring, side, e["key"], 0.0, e["filled"], at)
            e["filled"] = 0.0
