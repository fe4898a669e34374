"""The last value of another clock, unless it is too old."""

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
    out: F8, x: F8, ts: I8, first: int, at: I8, upto: I8, tolerance: int, cells: int
) -> None:
    to, of = out.flat, x.flat
    for i in range(upto.size):
        item = upto[i] - 1 - first
        fresh = upto[i] > 0 and at[i] - ts[item] <= tolerance
        for j in range(cells):
            to[i * cells + j] = of[item * cells + j] if fresh else np.nan


def _oracle(x: F8, ts: I8, at: I8, upto: I8, tolerance: int) -> F8:
    nothing = np.full(x.shape[1:], np.nan)
    fresh = [n > 0 and t - ts[n - 1] <= tolerance for t, n in zip(at, upto, strict=True)]
    return np.array([x[n - 1] if f else nothing for n, f in zip(upto, fresh, strict=True)])


@dataclass(frozen=True, eq=False, repr=False)
class AsOfWithin(Operator):
    r"""Last value of a column at or before each tick of another clock, if it is no older than `tolerance`.

    .. math:: y_p = x_{q^*} \text{ if } \tau_p - \tau_{q^*} \le d, \quad
              q^* = \max \{ q \in \text{clock}(x) : q \le p \}

    Notes
    -----
    Seed: none. NaN: before the first tick of `x`, where that is older than `tolerance`, and where `x` is.
    Warm-up: 1. Unit: that of `x`.

    References
    ----------
    Design of the clocks: positions (time, phase, rank, seq), ``docs/concepts``.

    Examples
    --------
    >>> evaluate(AsOfWithin(x, tolerance="2s"), x=[1.0], clock={"at": [0, 2 * 10**9, 2 * 10**9 + 1], "upto": [1, 1, 1]})
    [1.0, 1.0, nan]
    """

    x: Expr
    tolerance: Duration
    on: Clock = VIEW

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"tolerance": "5s"}

    def check(self) -> None:
        self.require("tolerance must not be negative", self.tolerance >= 0, self.tolerance)

    @property
    def cells(self) -> int:
        return self.x.cells
