"""How far apart the means of groups are, over a time window."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.streams import Clock

MOST = 4_096


@jit
def _spread(group: F8, x: F8, history: np.ndarray, begin: int, end: int, slots: int) -> float:
    """The deviation of the groups' means between two places; NaN of less than two groups, or of too many."""
    used, anchor = 0, np.nan  # sums are about one of the values, so that their level drops out
    for j in range(begin, end):
        if maths.is_nan(group[j]) or not maths.is_finite(x[j]):
            continue
        if maths.is_nan(anchor):
            anchor = x[j]
        slot = 0
        while slot < used and history[slot]["group"] != group[j]:
            slot += 1
        if slot == slots:
            return np.nan
        if slot == used:
            used += 1
            history[slot]["group"], history[slot]["n"] = group[j], 0
            history[slot]["total"], history[slot]["carry"] = 0.0, 0.0
        total, carry = maths.two_sum(history[slot]["total"], history[slot]["carry"], x[j] - anchor)
        history[slot]["total"], history[slot]["carry"] = total, carry
        history[slot]["n"] += 1
    if used < 2:
        return np.nan
    mean = 0.0
    for slot in range(used):
        h = history[slot]
        mean += (h["total"] + h["carry"]) / h["n"]
    mean /= used
    squares = 0.0
    for slot in range(used):
        h = history[slot]
        away = (h["total"] + h["carry"]) / h["n"] - mean
        squares += away * away
    return maths.sqrt(squares / used)


@jit
def _kernel(
    out: F8,
    group: F8,
    x: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    registers: np.ndarray,
    history: np.ndarray,
    width: int,
    slots: int,
) -> None:
    s = registers[0]
    head, tail, value = s["head"], s["tail"], s["value"]
    for i in range(out.size):
        end, before = upto[i], tail
        tail = max(tail, first)
        while tail < end and ts[tail - first] <= at[i] - width:
            tail += 1
        if head != end or tail != before:  # else it is what it was
            head = end
            value = _spread(group, x, history, tail - first, head - first, slots)
        out[i] = value if head > tail else np.nan
    s["head"], s["tail"], s["value"] = head, tail, value


def _oracle(group: F8, x: F8, ts: I8, at: I8, upto: I8, width: int, slots: int) -> F8:
    out = np.full(at.size, np.nan)
    for i in range(at.size):
        inside = (np.arange(x.size) < upto[i]) & (ts > at[i] - width)
        inside &= np.isfinite(x) & ~np.isnan(group)
        names = np.unique(group[inside])
        if 2 <= names.size <= slots:
            values = x.astype(np.longdouble)
            means = np.array([values[inside & (group == name)].mean() for name in names])
            out[i] = means.std()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class WindowGroupSpread(Operator):
    r"""Deviation of the means of groups about their own mean, over the last `width` of time.

    .. math:: \sqrt{\frac{1}{k} \sum_{g=1}^{k} (\bar x_g - \bar{\bar x})^2}, \quad
        \bar{\bar x} = \frac{1}{k} \sum_{g=1}^{k} \bar x_g

    Notes
    -----
    Seed: none. NaN: a value that is not finite is left out, and so is one whose group is NaN; NaN of
    less than two groups, and of more than `slots`. Warm-up: 2 groups in the window. Unit: that of
    `x`. Groups weigh the same, whatever their number of values. Made anew from the window whenever it
    has changed, so that no rounding is left: that costs its values times the groups.

    References
    ----------
    Cookson, J. A., Niessner, M. (2020). Why don't we agree? Evidence from a social network of
    investors. Journal of Finance 75(1), 173-228.

    Examples
    --------
    >>> evaluate(WindowGroupSpread(x, y, width="9s"), group=[1.0, 1.0, 2.0], x=[1.0, 3.0, 6.0])
    [nan, nan, 2.0]
    """

    group: Expr
    x: Expr
    width: Duration
    slots: int = 64
    on: Clock = VIEW

    registers: ClassVar = np.dtype([("value", "f8"), ("head", "i8"), ("tail", "i8")])
    history: ClassVar = np.dtype([("group", "f8"), ("total", "f8"), ("carry", "f8"), ("n", "i8")])
    absolute: ClassVar = {"head": "source", "tail": "source"}
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "5s", "slots": 5}
    exempt: ClassVar = {
        "unit": "a group has no unit",
        "warmup": "counted in groups of the window, not in ticks",
    }

    def check(self) -> None:
        self.require("width must be positive", self.width > 0, self.width)
        self.require(f"slots must be from 2 to {MOST}", 2 <= self.slots <= MOST, self.slots)

    @property
    def retention(self) -> int:
        return self.width

    @property
    def history_items(self) -> int:
        return self.slots

    @property
    def unit(self) -> str:
        return self.x.unit
