"""Maximum over a time window."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import ROOM, VIEW, Expr, Operator
from penstock.streams import Clock


@jit
def _kernel(
    out: F8,
    x: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    registers: np.ndarray,
    history: np.ndarray,
    width: int,
) -> None:
    s, room = registers[0], history.size
    head, tail, seen, last = s["head"], s["tail"], s["seen"], s["last"]
    bad, bad_at = s["bad"], s["bad_at"]
    front, back = head % room, (tail - 1) % room  # places of the oldest and of the newest entry
    for i in range(out.size):
        start = at[i] - width
        if last <= start or (tail == head and bad == 0):  # nothing of the last window is left
            head, front, bad = tail, (back + 1) % room, 0
            seen = max(seen, first)
            while seen < upto[i] and ts[seen - first] <= start:
                seen += 1
        while head < tail and history[front]["ts"] <= start:
            head += 1
            front = front + 1 if front + 1 < room else 0
        while seen < upto[i]:
            value, stamp = x[seen - first], ts[seen - first]
            seen += 1
            if maths.is_finite(value):
                # a value that is not higher than a later one is never the maximum again
                while head < tail and history[back]["x"] <= value:
                    tail -= 1
                    back = back - 1 if back > 0 else room - 1
                tail += 1
                back = back + 1 if back + 1 < room else 0
                history[back]["x"], history[back]["ts"] = value, stamp
            else:
                bad, bad_at = 1, stamp
        if bad == 1 and bad_at <= start:
            bad = 0
        last = at[i]
        out[i] = history[front]["x"] if bad == 0 and head < tail else np.nan
    s["head"], s["tail"], s["seen"], s["last"] = head, tail, seen, last
    s["bad"], s["bad_at"] = bad, bad_at


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int) -> F8:
    out = np.full(at.size, np.nan)
    for i in range(at.size):
        values = x[(np.arange(x.size) < upto[i]) & (ts > at[i] - width)]
        if values.size and np.isfinite(values).all():
            out[i] = values.max()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class WindowMax(Operator):
    r"""Maximum of the last `width` of time.

    .. math:: y_p = \max_{q \in W(p)} x_q

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: 1; an empty
    window is NaN. Unit: that of `x`. The window is (t-w, t] at an event and [T-w, T) over events at
    a timed tick.

    References
    ----------
    Lemire, D. (2006). Streaming maximum-minimum filter using no more than three comparisons per
    element. Nordic Journal of Computing 13(4), 328-339.

    Examples
    --------
    >>> evaluate(WindowMax(x, width="2s"), x=[1.0, 3.0, 2.0])
    [1.0, 3.0, 3.0]
    """

    x: Expr
    width: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype(
        [(name, "i8") for name in ("head", "tail", "seen", "last", "bad", "bad_at")]
    )
    history: ClassVar = np.dtype([("x", "f8"), ("ts", "i8")])
    absolute: ClassVar = {"seen": "source"}
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "5s"}

    def check(self) -> None:
        self.require("width must be positive", self.width > 0, self.width)

    @property
    def retention(self) -> int:
        return self.width

    @property
    def history_items(self) -> int:
        return ROOM
