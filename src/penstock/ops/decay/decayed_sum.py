"""Sum with fading memory."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr
from penstock.ops.decay.fading import Fading
from penstock.streams import Clock


@jit
def _kernel(out: F8, x: F8, at: I8, registers: np.ndarray, halflife: int) -> None:
    s = registers[0]
    total, last = s["total"], s["last"]
    for i in range(out.size):
        if total != 0.0 and at[i] != last:
            total *= maths.exp2(-float(at[i] - last) / float(halflife))
        if maths.is_finite(x[i]):
            total += x[i]
        last = at[i]
        out[i] = total
    s["total"], s["last"] = total, last


def _oracle(x: F8, at: I8, halflife: int) -> F8:
    known = np.where(np.isfinite(x), x, 0.0)
    return np.array(
        [(known[: t + 1] * np.exp2((at[: t + 1] - at[t]) / halflife)).sum() for t in range(x.size)]
    )


@dataclass(frozen=True, eq=False, repr=False)
class DecayedSum(Fading):
    r"""Sum in which a value counts half after each half-life.

    .. math:: y_p = \sum_{q \le p} x_q \, 2^{-(t_p - t_q)/h}

    Notes
    -----
    Seed: 0. NaN: adds nothing, nor does an infinity. Warm-up: 1. Unit: that of `x`.
    On another clock than that of `x` the sum is kept there and faded to the tick.

    References
    ----------
    Cormode, G. et al. (2009). Forward decay: a practical time decay model for streaming systems.
    ICDE, 138-149.

    Examples
    --------
    >>> evaluate(DecayedSum(x, halflife="1s"), x=[1.0, 3.0, 2.0])
    [1.0, 3.5, 3.75]
    """

    x: Expr
    halflife: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype([("total", "f8"), ("last", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"halflife": "3s"}
