"""Count with fading memory."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import ONE
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
        if not maths.is_nan(x[i]):
            total += 1.0
        last = at[i]
        out[i] = total
    s["total"], s["last"] = total, last


def _oracle(x: F8, at: I8, halflife: int) -> F8:
    known = ~np.isnan(x)
    ages = (at[:, None] - at[None, :]) / halflife
    weights = np.where(np.tril(np.ones(ages.shape)) > 0.0, np.exp(-np.log(2.0) * abs(ages)), 0.0)
    return weights @ known.astype(float)


@dataclass(frozen=True, eq=False, repr=False)
class DecayedCount(Fading):
    r"""How many values there were, where one counts half after each half-life.

    .. math:: y_p = \sum_{q \le p, \; x_q \ne \mathrm{NaN}} 2^{-(t_p - t_q)/h}

    Notes
    -----
    Seed: 0. NaN: is not counted; an infinity is. Warm-up: 1. Unit: 1. On another clock than that of
    `x` the count is kept there and faded to the tick. `DecayedSum` by it is the mean.

    References
    ----------
    Cormode, G. et al. (2009). Forward decay: a practical time decay model for streaming systems.
    ICDE, 138-149.

    Examples
    --------
    >>> evaluate(DecayedCount(x, halflife="1s"), x=[7.0, 3.0, float("nan")])
    [1.0, 1.5, 0.75]
    """

    x: Expr
    halflife: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype([("total", "f8"), ("last", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"halflife": "3s"}

    @property
    def unit(self) -> str:
        return ONE
