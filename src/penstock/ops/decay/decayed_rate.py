"""Amount per second with fading memory."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import times
from penstock.expr import VIEW, Expr
from penstock.ops.decay.fading import Fading
from penstock.streams import Clock


@jit
def _kernel(
    out: F8, x: F8, at: I8, registers: np.ndarray, halflife: int, per_second: float
) -> None:
    s = registers[0]
    total, last = s["total"], s["last"]
    for i in range(out.size):
        if total != 0.0 and at[i] != last:
            total *= maths.exp2(-float(at[i] - last) / float(halflife))
        if maths.is_finite(x[i]):
            total += x[i]
        last = at[i]
        out[i] = total * per_second
    s["total"], s["last"] = total, last


def _oracle(x: F8, at: I8, halflife: int) -> F8:
    rate = np.log(2.0) / (halflife / 1e9)
    known = np.where(np.isfinite(x), x, 0.0)
    ages = (at[:, None] - at[None, :]) / 1e9
    weights = np.where(np.tril(np.ones(ages.shape)) > 0.0, rate * np.exp(-rate * abs(ages)), 0.0)
    return weights @ known


@dataclass(frozen=True, eq=False, repr=False)
class DecayedRate(Fading):
    r"""Amount of `x` per second, seen through an exponential kernel of unit area.

    .. math:: y_p = \lambda \sum_{q \le p} x_q e^{-\lambda (t_p - t_q)}, \quad \lambda = \ln 2 / h

    Notes
    -----
    Seed: 0. NaN: adds nothing, nor does an infinity. Warm-up: 1. Unit: that of `x`, per second.
    Over 1 at each event it is the intensity of the events. On another clock than that of `x` the
    rate is kept there and faded to the tick.

    References
    ----------
    Diggle, P. (1985). A kernel method for smoothing point process data. Applied Statistics 34(2),
    138-147.

    Examples
    --------
    >>> evaluate(DecayedRate(x, halflife="1s"), x=[1.0, 1.0])
    [0.693147..., 1.039720...]
    """

    x: Expr
    halflife: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype([("total", "f8"), ("last", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"halflife": "3s"}

    @property
    def per_second(self) -> float:
        """The height of the kernel at age 0."""
        return maths.log(2.0) / (self.halflife / 1e9)

    @property
    def unit(self) -> str:
        return times(self.x.unit, "s^-1")
