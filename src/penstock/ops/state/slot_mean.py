"""The usual value at a place of a cycle."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR

MOST = 86_400


@jit
def _kernel(out: F8, slot: F8, x: F8, history: np.ndarray, window: int, slots: int) -> None:
    width = window + 1  # the first of a slot's cells counts its values
    for i in range(out.size):
        place = slot[i]
        out[i] = np.nan
        if maths.is_finite(place) and 0.0 <= place < slots:
            start = int(place) * width
            count = int(history[start]["x"])
            if count >= window:
                total, carry = 0.0, 0.0
                for j in range(1, width):
                    total, carry = maths.two_sum(total, carry, history[start + j]["x"])
                out[i] = (total + carry) / window
            if maths.is_finite(x[i]):
                history[start + 1 + count % window]["x"] = x[i]
                history[start]["x"] = float(count + 1)


def _oracle(slot: F8, x: F8, window: int, slots: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(x.size):
        if np.isfinite(slot[t]) and 0 <= slot[t] < slots:
            same = np.floor(slot[:t]) == np.floor(slot[t])
            values = x[:t][same & np.isfinite(x[:t])][-window:]
            if values.size == window:
                out[t] = values.astype(np.longdouble).mean()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class SlotMean(Operator):
    r"""Mean of the last `window` values at the same place of a cycle, before this one.

    .. math:: y_t = \frac{1}{w} \sum_{k=1}^{w} x_{i_k}, \quad
        i_1 > i_2 > \dots \text{ the last } i < t \text{ with } \lfloor s_i \rfloor = \lfloor s_t \rfloor

    Notes
    -----
    Seed: none. NaN: a value of `x` that is not finite is not kept; NaN where `slot` is not finite or not in [0,
    `slots`), and while the slot has fewer than `window` values. Warm-up: 2, with `window` 1. Unit: that of `x`. A slot
    is the whole part of `slot`, such as the minute of the day. Memory: (`window` + 1) `slots` numbers; a tick costs
    `window` additions, so that no rounding is left of what is no longer counted.

    References
    ----------
    Jain, P. C., Joh, G.-H. (1988). The dependence between hourly prices and trading volume. Journal of Financial and
    Quantitative Analysis 23(3), 269-283.

    Examples
    --------
    >>> evaluate(SlotMean(x, y, window=1, slots=2), slot=[0.0, 1.0, 0.0], x=[5.0, 7.0, 6.0])
    [nan, nan, 5.0]
    """

    slot: Expr
    x: Expr
    window: int
    slots: int

    history: ClassVar = np.dtype([("x", "f8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 3, "slots": 4}
    exempt: ClassVar = {
        "warmup": "counted in values of a slot, not in ticks",
        "unit": "a slot has no unit",
    }

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)
        self.require(f"slots must be from 1 to {MOST}", 1 <= self.slots <= MOST, self.slots)

    @property
    def history_items(self) -> int:
        return (self.window + 1) * self.slots

    @property
    def warmup(self) -> int:
        return self.window + 1

    @property
    def unit(self) -> str:
        return self.x.unit
