"""Concentration on the commonest values over the last ticks.

The distinct values are kept in order with their counts, and beside them how many values have each
count, so the commonest are found from the highest count down without looking at the values.
"""

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.rolling.ordered import place


@jit
def _insert(history: np.ndarray, at: int, distinct: int, value: float) -> None:
    run = history[at : distinct + 1]
    for j in range(run.size - 1, 0, -1):
        run[j]["value"], run[j]["count"] = run[j - 1]["value"], run[j - 1]["count"]
    history[at]["value"], history[at]["count"] = value, 0


@jit
def _remove(history: np.ndarray, at: int, distinct: int) -> None:
    run = history[at:distinct]
    for j in range(run.size - 1):
        run[j]["value"], run[j]["count"] = run[j + 1]["value"], run[j + 1]["count"]


@jit
def _recount(history: np.ndarray, at: int, change: int) -> int:
    """Change the count of a distinct value; returns the new count."""
    count = history[at]["count"]
    if count > 0:
        history[count]["values"] -= 1
    count += change
    if count > 0:
        history[count]["values"] += 1
    history[at]["count"] = count
    return count


@jit
def _commonest(history: np.ndarray, highest: int, top: int) -> int:
    """How many values of the window are among the `top` commonest."""
    held, left, count = 0, top, highest
    while left > 0 and count > 0:
        taken = min(left, history[count]["values"])
        held, left, count = held + taken * count, left - taken, count - 1
    return held


@jit
def _kernel(
    out: F8, x: F8, registers: np.ndarray, history: np.ndarray, window: int, top: int
) -> None:
    s = registers[0]
    seen, size, distinct, highest = s["seen"], s["size"], s["distinct"], s["highest"]
    for i in range(out.size):
        old, new = x[i], x[i + window]
        if seen >= window and maths.is_finite(old):
            at = place(history, distinct, old)
            if _recount(history, at, -1) == 0:
                _remove(history, at, distinct)
                distinct -= 1
            size -= 1
            if highest > 0 and history[highest]["values"] == 0:
                highest -= 1
        if maths.is_finite(new):
            at = place(history, distinct, new)
            if at == distinct or history[at]["value"] != new:
                _insert(history, at, distinct, new)
                distinct += 1
            highest = max(highest, _recount(history, at, 1))
            size += 1
        seen += 1
        out[i] = np.nan
        if size == window:
            even = min(top, distinct) / distinct
            out[i] = _commonest(history, highest, top) / window - even
    s["seen"], s["size"], s["distinct"], s["highest"] = seen, size, distinct, highest


def _oracle(x: F8, window: int, top: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all():
            counts = Counter(values.tolist())
            held = sum(count for _, count in counts.most_common(top))
            out[t] = held / window - min(top, len(counts)) / len(counts)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingModeShare(Operator):
    r"""Share of the last `window` values that are among the commonest, less the even share.

    .. math::
        y_t = \frac{1}{w} \sum_{j=1}^{k} n_{[j]} - \frac{\min(k, D)}{D}, \quad
        n_{[1]} \ge n_{[2]} \ge \dots \ge n_{[D]}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    none. The D distinct values are compared as they are; the even share is what the k = `top`
    commonest would hold were all equally common.

    References
    ----------
    Alexander, G. J., Peterson, M. A. (2007). An analysis of trade-size clustering and its relation
    to stealth trading. Journal of Financial Economics 84(2), 435-471.

    Examples
    --------
    >>> evaluate(RollingModeShare(x, window=4, top=1), x=[1.0, 2.0, 2.0, 2.0])
    [nan, nan, nan, 0.25]
    """

    x: Expr
    window: int
    top: int

    registers: ClassVar = np.dtype(
        [("seen", "i8"), ("size", "i8"), ("distinct", "i8"), ("highest", "i8")]
    )
    history: ClassVar = np.dtype([("value", "f8"), ("count", "i8"), ("values", "i8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7, "top": 2}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)
        self.require("top must be at least 1", self.top >= 1, self.top)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window + 1

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE
