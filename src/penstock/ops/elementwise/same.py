"""A value again, in a column of its own."""

from dataclasses import dataclass

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import VIEW, Expr, Operator
from penstock.streams import Clock


@jit
def _kernel(out: F8, x: F8) -> None:
    for i in range(out.size):
        out[i] = x[i]


@dataclass(frozen=True, eq=False, repr=False)
class Same(Operator):
    r"""Identity, in a column of its own.

    .. math:: y_t = x_t

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: that of `x`. A plan uses it where a value must stand in the output
    row and elsewhere too; ``on`` is the clock of `x`, or any clock for a constant.

    References
    ----------
    IEEE Std 754-2019, section 5.5.1: copy.

    Examples
    --------
    >>> evaluate(Same(x), x=[1.0, 2.0])
    [1.0, 2.0]
    """

    x: Expr
    on: Clock = VIEW

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.copy)
