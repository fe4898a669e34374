"""The ledger of a book: what was added, cancelled and filled at each price within a time window.

Three segments share one array of items ``a b c d n``: the ring of entries in order of time (key, added, cancelled,
filled, time), the table of sums by price (key, added, cancelled, filled), and the book before (its cells, in ``a``).
A key is a price in ticks; that of an ask is kept with a `d` of the ring's entries that says so in its sign of `n`.
"""

import numpy as np

from penstock.core import maths
from penstock.core.jit import jit

ITEM = np.dtype(
    [("key", "f8"), ("added", "f8"), ("cancelled", "f8"), ("filled", "f8"), ("at", "i8")]
)
PRICES = 4_096  # ticks that the table tells apart, a side
WAITING = 64  # prices with executions since the last book, both sides
REGISTERS = [
    (name, "i8")
    for name in ("head", "tail", "books", "trades", "source", "known", "updates", "waiting", "lost")
]
BID, ASK = 0, 1


@jit
def slot(ring: int, side: int, key: float) -> int:
    """Where the sums of a price stand."""
    return ring + side * 4_096 + int(key) % 4_096


@jit
def post(
    s: np.void,
    history: np.ndarray,
    ring: int,
    side: int,
    key: float,
    dq: float,
    executed: float,
    at: int,
    first: bool,  # noqa: FBT001
) -> None:
    """Enter what happened at a price between two books; the first entry of a book counts it."""
    if s["tail"] - s["head"] == ring:  # older than the window or not, the oldest must go
        drop(s, history, ring)
        s["lost"] += 1
    net = dq + executed
    added, cancelled = max(net, 0.0), max(-net, 0.0)
    e = history[s["tail"] % ring]
    # the side is the sign, half a tick tells a first entry: keys are whole
    e["key"], e["added"], e["cancelled"], e["filled"], e["at"] = key, added, cancelled, executed, at
    if side == 1:
        e["filled"] = -1.0 - executed
    if first:
        e["key"] = key + 0.5
        s["updates"] += 1
    s["tail"] += 1
    total = history[slot(ring, side, key)]
    if total["key"] != key or total["at"] == 0:
        total["key"], total["added"], total["cancelled"], total["filled"] = key, 0.0, 0.0, 0.0
        total["at"] = 0
    total["added"] += added
    total["cancelled"] += cancelled
    total["filled"] += executed
    total["at"] += 1


@jit
def drop(s: np.void, history: np.ndarray, ring: int) -> None:
    """Take the oldest entry out of the sums."""
    e = history[s["head"] % ring]
    s["head"] += 1
    key, filled, side = maths.floor(e["key"]), e["filled"], 0
    if e["key"] != key:
        s["updates"] -= 1
    if filled < 0.0:
        side, filled = 1, -1.0 - filled
    total = history[slot(ring, side, key)]
    if total["key"] == key and total["at"] > 0:
        total["added"] -= e["added"]
        total["cancelled"] -= e["cancelled"]
        total["filled"] -= filled
        total["at"] -= 1
        if total["at"] == 0:  # what is left is rounding
            total["added"], total["cancelled"], total["filled"] = 0.0, 0.0, 0.0
