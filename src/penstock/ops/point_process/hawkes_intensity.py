"""Intensity of a self-exciting stream of events."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import VIEW, Column, Expr, Operator
from penstock.streams import Clock, Stream

FREE = Stream(EventType("excited", "A column of an example.", (Field("x", "mixed", width=4),)))


@jit
def _kernel(out: F8, x: F8, ts: I8, first: int, at: I8, upto: I8) -> None:
    for i in range(out.size):
        out[i] = np.nan
        if upto[i] > 0:
            j = upto[i] - 1 - first
            mu, before, burst, beta = x[j, 0], x[j, 1], x[j, 2], x[j, 3]
            out[i] = mu + before
            if at[i] > ts[j]:
                out[i] = mu + (before + burst) * maths.exp(-beta * ((at[i] - ts[j]) / 1e9))


def _oracle(x: F8, ts: I8, at: I8, upto: I8) -> F8:
    out = np.full(at.size, np.nan)
    for i in np.flatnonzero(upto > 0):
        mu, before, burst, beta = x[upto[i] - 1]
        seconds = (at[i] - ts[upto[i] - 1]) / 1e9
        excited = before if seconds == 0.0 else (before + burst) * np.exp(-beta * seconds)
        out[i] = mu + excited
    return out


@dataclass(frozen=True, eq=False, repr=False)
class HawkesIntensity(Operator):
    r"""Expected events per second of a Hawkes process with an exponential kernel.

    .. math:: \lambda_t = \mu + \sum_{t_i < t} \alpha e^{-\beta (t - t_i)}

    Notes
    -----
    Seed: none. NaN: before the first event, and while a parameter is. Warm-up: 1. Unit: 1 / s.
    `x` is a ``HawkesExcitation``. The sum is over events strictly before the tick, as the
    intensity of a point process is defined.

    References
    ----------
    Hawkes, A. G. (1971). Spectra of some self-exciting and mutually exciting point processes.
    Biometrika 58(1), 83-90. Bacry, E., Mastromatteo, I., Muzy, J.-F. (2015). Hawkes processes in
    finance. Market Microstructure and Liquidity 1(1).

    Examples
    --------
    >>> node = HawkesIntensity(**HawkesIntensity.example)
    >>> evaluate(node, x=[[0.5, 1.0, 1.0, 0.0]], clock={"at": [0, 5], "upto": [1, 1]})
    [1.5, 2.5]
    """

    x: Expr
    on: Clock = VIEW

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x")}
    exempt: ClassVar = {"unit": "the cells of x are of several units"}

    def check(self) -> None:
        self.require("x must have 4 cells", self.x.cells == 4, self.x.cells)

    @property
    def unit(self) -> str:
        return "s^-1"
