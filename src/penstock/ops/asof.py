"""The last value of another clock at or before each tick."""

from dataclasses import dataclass

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import VIEW, Expr, Operator
from penstock.streams import Clock


@jit
def _kernel(out: F8, x: F8, first: int, upto: I8, cells: int) -> None:
    to, of = out.flat, x.flat  # cell by cell: assigning a row of a wide column would allocate
    for i in range(upto.size):
        start = (upto[i] - 1 - first) * cells
        for j in range(cells):
            to[i * cells + j] = of[start + j] if upto[i] > 0 else np.nan


def _oracle(x: F8, upto: I8) -> F8:
    return np.array([x[seen - 1] if seen > 0 else np.full(x.shape[1:], np.nan) for seen in upto])


@dataclass(frozen=True, eq=False, repr=False)
class AsOf(Operator):
    r"""Last value of a column at or before each tick of another clock.

    .. math:: y_p = x_{q^*}, \quad q^* = \max \{ q \in \text{clock}(x) : q \le p \}

    Notes
    -----
    Seed: none. NaN: before the first tick of `x`, and where `x` is. Warm-up: 1. Unit: that of `x`.
    Ticks at one position see each other.

    References
    ----------
    Design of the clocks: positions (time, phase, rank, seq), ``docs/concepts``.

    Examples
    --------
    >>> evaluate(AsOf(x), x=[1.0, 3.0], clock={"at": [0, 1, 2], "upto": [0, 1, 2]})
    [nan, 1.0, 3.0]
    """

    x: Expr
    on: Clock = VIEW

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def cells(self) -> int:
        return self.x.cells
