"""The last value of another clock, faded by its age."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr, Operator
from penstock.streams import Clock


@jit
def _kernel(out: F8, x: F8, ts: I8, first: int, at: I8, upto: I8, halflife: int) -> None:
    for i in range(out.size):
        if upto[i] > 0:
            j = upto[i] - 1 - first
            out[i] = x[j] * maths.exp2(-float(at[i] - ts[j]) / float(halflife))
        else:
            out[i] = 0.0


def _oracle(x: F8, ts: I8, at: I8, upto: I8, halflife: int) -> F8:
    last = np.maximum(upto - 1, 0)
    return np.where(upto > 0, x[last] * np.exp2(-(at - ts[last]) / halflife), 0.0)


@dataclass(frozen=True, eq=False, repr=False)
class Faded(Operator):
    r"""Last value of a column at or before each tick of another clock, faded by its age.

    .. math:: y_p = x_{q} \, 2^{-(t_p - t_q)/h}, \quad q = \max \{ r : x_r, \; r \le p \}

    Notes
    -----
    Seed: 0 before the first tick of `x`. NaN: NaN where the last value is. Warm-up: 1.
    Unit: that of `x`. What a fading sum is between its ticks.

    References
    ----------
    Cormode, G. et al. (2009). Forward decay: a practical time decay model for streaming systems.
    ICDE, 138-149.

    Examples
    --------
    >>> clock = {"ts": [0, 1], "at": [0, 2], "upto": [1, 2]}
    >>> evaluate(Faded(x, halflife="1ns"), x=[1.0, 3.0], clock=clock)
    [1.0, 1.5]
    """

    x: Expr
    halflife: Duration
    on: Clock = VIEW

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"halflife": "3s"}

    def check(self) -> None:
        self.require("halflife must be positive", self.halflife > 0, self.halflife)
