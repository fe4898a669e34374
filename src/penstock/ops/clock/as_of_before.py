"""The last value of another clock strictly before each tick's time."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr, Operator
from penstock.streams import Clock


@jit
def _kernel(
    out: F8,
    x: F8,
    earlier: F8,
    age: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    tolerance: int,
) -> None:
    for i in range(out.size):
        out[i] = np.nan
        item = upto[i] - 1 - first
        if upto[i] > 0:
            if ts[item] < at[i]:
                if at[i] - ts[item] <= tolerance:
                    out[i] = x[item]
            elif age[item] <= tolerance:
                out[i] = earlier[item]


def _oracle(x: F8, earlier: F8, age: F8, ts: I8, at: I8, upto: I8, tolerance: int) -> F8:
    out = np.full(at.size, np.nan)
    for i in range(at.size):
        if upto[i] == 0:
            continue
        last = upto[i] - 1
        old = at[i] - ts[last] if ts[last] < at[i] else age[last]
        if old <= tolerance:
            out[i] = x[last] if ts[last] < at[i] else earlier[last]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class AsOfBefore(Operator):
    r"""Last value of a column strictly before the time of each tick, if it is no older than `tolerance`.

    .. math:: y_p = x_{q^*}, \quad q^* = \max \{ q \in \text{clock}(x) : \tau_q < \tau_p \}

    Notes
    -----
    Seed: none. NaN: before the first time of `x`, where that is older than `tolerance`, and where `x` is.
    Warm-up: 1. Unit: that of `x`. `earlier` and `age` are the two outputs of `Earlier`; ``as_of`` puts them in.

    References
    ----------
    Design of the clocks: positions (time, phase, rank, seq), ``docs/concepts``.

    Examples
    --------
    >>> node = AsOfBefore(x, earlier=y, age=z, tolerance="2s")
    >>> evaluate(node, x=[1.0, 3.0], earlier=[7.0, 1.0], age=[9.0, 5.0],
    ...          clock={"ts": [0, 5], "at": [5, 6], "upto": [2, 2]})
    [1.0, 3.0]
    """

    x: Expr
    earlier: Expr
    age: Expr
    tolerance: Duration
    on: Clock = VIEW

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"tolerance": "5s"}
    exempt: ClassVar = {"unit": "an age is compared with the tolerance"}

    def check(self) -> None:
        self.require("tolerance must not be negative", self.tolerance >= 0, self.tolerance)
        self.require("x must be one cell wide", self.x.cells == 1, self.x.text)
