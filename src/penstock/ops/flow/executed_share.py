"""Most that traded at one price in a time window, by the most that was shown there.

Each tick adds the window up anew in a table of its prices (open addressing, linear probing; Knuth 1998, section 6.4)
and empties the table again: nothing is kept, so nothing that leaves has to be taken back.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import ONE
from penstock.expr import ROOM, VIEW, Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.sketch.hashing import LOW
from penstock.streams import Clock

HIGHEST = 9e9  # whose billionths are still an integer of 64 bits


@jit
def _slot(history: np.ndarray, key: int) -> int:
    """The slot of a price in billionths, or the free one where it goes."""
    mask = history.size - 1
    slot = ((key & LOW) * 0x58F38DED ^ (key >> 32 & LOW) * 0x4F1BBCDD) >> 21 & mask
    while history[slot]["ticks"] > 0 and history[slot]["key"] != key:
        slot = (slot + 1) & mask
    return slot


@jit
def _kernel(
    out: F8,
    price: F8,
    size: F8,
    shown: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    history: np.ndarray,
    width: int,
) -> None:
    for i in range(out.size):
        j = upto[i] - 1 - first
        prices, best = 0, -np.inf
        while j >= 0 and ts[j] > at[i] - width:
            if abs(price[j]) <= HIGHEST and maths.is_finite(size[j]):
                key = int(maths.rint(float(price[j]) * 1e9))
                slot = _slot(history, key)
                if history[slot]["ticks"] == 0:
                    history[slot]["key"], history[slot]["ticks"] = key, 1
                    history[slot]["total"], history[slot]["most"] = 0.0, 0.0
                    history[prices]["used"] = slot
                    prices += 1
                history[slot]["total"] += size[j]
                if maths.is_finite(shown[j]) and shown[j] > history[slot]["most"]:
                    history[slot]["most"] = shown[j]
            j -= 1
        for k in range(prices):
            slot = history[k]["used"]
            if history[slot]["most"] > 0.0:
                share = history[slot]["total"] / history[slot]["most"]
                best = max(best, share)
            history[slot]["ticks"] = 0
        out[i] = best if best > -np.inf else np.nan


def _oracle(price: F8, size: F8, shown: F8, ts: I8, at: I8, upto: I8, width: int) -> F8:
    out = np.full(at.size, np.nan)
    usable = (np.abs(price) <= HIGHEST) & np.isfinite(size)
    key = np.round(np.where(usable, price, 0.0) * 1e9)
    for i in range(at.size):
        inside = usable & (np.arange(price.size) < upto[i]) & (ts > at[i] - width)
        for one in np.unique(key[inside]):
            here = inside & (key == one)
            most = np.where(np.isfinite(shown[here]), shown[here], 0.0).max()
            if most > 0.0:
                out[i] = np.fmax(out[i], size[here].astype(np.longdouble).sum() / most)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class ExecutedShare(Operator):
    r"""Largest ratio, over the prices of the last `width` of time, of what traded at one to the most shown there.

    .. math:: y_p = \max_{\pi} \frac{\sum_{q \in W(p), P_q = \pi} Q_q}{\max_{q \in W(p), P_q = \pi} D_q}

    Notes
    -----
    Seed: none. NaN: of `price` or `size` not counted, of `shown` not the most; a price where nothing was shown has no
    ratio, and NaN without any. Warm-up: 1. Unit: 1. `shown` is what was shown at a tick's price before it. Prices are
    compared in billionths, up to nine billion. The window is (t-w, t] at an event and [T-w, T) over events at a timed
    tick. A tick costs one pass over the window.

    References
    ----------
    Frey, S., Sandås, P. (2017). The impact of iceberg orders in limit order books. Quarterly Journal of Finance 7(3).

    Examples
    --------
    >>> evaluate(ExecutedShare(x, y, z, width="9s"), price=[1.0, 1.0, 2.0], size=[2.0, 4.0, 1.0], shown=[3.0, 1.0, 2.0])
    [0.66666667, 2.0, 2.0]
    """

    price: Expr
    size: Expr
    shown: Expr
    width: Duration
    on: Clock = VIEW

    history: ClassVar = np.dtype(
        [
            *((name, "i8") for name in ("key", "ticks", "used")),
            *((name, "f8") for name in ("total", "most")),
        ]
    )
    rebuilt: ClassVar = True
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "5s"}
    exempt: ClassVar = {
        "unit": "prices are compared in billionths of their unit",
        "nan": "a tick counts without one of its columns",
    }

    def check(self) -> None:
        self.require("width must be positive", self.width > 0, self.width)

    @property
    def retention(self) -> int:
        return self.width

    @property
    def history_items(self) -> int:
        return ROOM

    def room_items(self, room: int) -> int:
        """At least two slots a tick, a power of two."""
        return 2 << (room - 1).bit_length()

    @property
    def unit(self) -> str:
        return ONE
