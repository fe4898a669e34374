"""The first tick of each stretch of time."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import ONE
from penstock.expr import VIEW, Operator
from penstock.streams import Clock


@jit
def _kernel(out: F8, at: I8, registers: np.ndarray, width: int) -> None:
    s = registers[0]
    for i in range(out.size):
        interval = at[i] // width
        out[i] = 1.0 if s["n"] == 0 or interval != s["interval"] else 0.0
        s["interval"], s["n"] = interval, 1


def _oracle(at: I8, width: int) -> F8:
    return np.diff(at // width, prepend=-1 << 62).astype(bool).astype(float)


@dataclass(frozen=True, eq=False, repr=False)
class FirstInInterval(Operator):
    r"""1 at the first tick in each interval [k w, (k+1) w) of time, else 0: a sample of what is silent at times.

    .. math:: y_t = 1\{\lfloor \tau_t / w \rfloor \ne \lfloor \tau_{t-1} / w \rfloor\}

    Notes
    -----
    Seed: none. NaN: never. Warm-up: 1. Unit: 1. Intervals are counted from 1970-01-01.

    References
    ----------
    Design of the clocks: positions (time, phase, rank, seq), ``docs/concepts``.

    Examples
    --------
    >>> evaluate(FirstInInterval(width="1s"), clock={"ts": [0, 5 * 10**8, 10**9]})
    [1.0, 0.0, 1.0]
    """

    width: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype([("interval", "i8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "2s"}

    def check(self) -> None:
        self.require("width must be positive", self.width > 0, self.width)

    @property
    def unit(self) -> str:
        return ONE
