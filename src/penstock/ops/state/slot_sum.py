"""Sums per number, in slots."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, id: I8, x: F8, registers: np.ndarray, history: np.ndarray, slots: int) -> None:
    s = registers[0]
    used, overflow = s["used"], s["overflow"]
    for i in range(out.shape[0]):
        slot = 0
        while slot < used and history[slot]["id"] != id[i]:
            slot += 1
        if slot == used and used < slots:
            history[slot]["id"] = id[i]
            used += 1
        if slot == used:
            overflow += 1
        elif maths.is_finite(x[i]):
            total, carry = history[slot]["total"], history[slot]["carry"]
            total, carry = maths.two_sum(total, carry, x[i])
            history[slot]["total"], history[slot]["carry"] = total, carry
        for j in range(slots):
            out[i, j] = history[j]["total"] + history[j]["carry"]
    s["used"], s["overflow"] = used, overflow


def _oracle(id: I8, x: F8, slots: int) -> F8:
    known = np.where(np.isfinite(x), x, 0.0).astype(np.longdouble)
    order = list(dict.fromkeys(id.tolist()))[:slots]
    out = np.zeros((x.size, slots))
    for j, number in enumerate(order):
        out[:, j] = np.cumsum(np.where(id == number, known, 0.0))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class SlotSum(Operator):
    r"""Running sums per number, wide: one cell per number in order of first appearance.

    .. math:: y_{t,j} = \sum_{i \le t} x_i \, 1[\text{id}_i = \text{id}^{(j)}]

    Notes
    -----
    Seed: 0 in every slot. NaN: adds nothing, nor does an infinity. Warm-up: 1. Unit: that of `x`.
    A number that finds every slot taken is counted in the register ``overflow`` and adds nothing.

    References
    ----------
    Knuth, D. E. (1998). The Art of Computer Programming 3, section 6.1: sequential searching.

    Examples
    --------
    >>> evaluate(SlotSum(x, y, slots=2), id=[7, 3, 7, 9], x=[1.0, 2.0, 4.0, 8.0])
    [[1.0, 0.0], [1.0, 2.0], [5.0, 2.0], [5.0, 2.0]]
    """

    id: Expr
    x: Expr
    slots: int

    registers: ClassVar = np.dtype([("used", "i8"), ("overflow", "i8")])
    history: ClassVar = np.dtype([("id", "i8"), ("total", "f8"), ("carry", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"slots": 3}
    exempt: ClassVar = {"nan": "a value that is not finite still takes a slot for its number"}

    def check(self) -> None:
        self.require("slots must be at least 1", self.slots >= 1, self.slots)

    @property
    def cells(self) -> int:
        return self.slots

    @property
    def history_items(self) -> int:
        return self.slots

    @property
    def unit(self) -> str:
        return self.x.unit
