"""A value that has stood for a while."""

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
    out: F8, x: F8, ts: I8, first: int, at: I8, upto: I8, registers: np.ndarray, age: int
) -> None:
    s = registers[0]
    for i in range(at.size):
        source = max(s["source"], first)
        while source < upto[i]:
            value = x[source - first]
            if s["n"] == 0 or value != s["x"]:  # a NaN stands for no value, and is none to stand
                s["x"], s["since"], s["n"] = value, ts[source - first], 1
            source += 1
        s["source"] = source
        out[i] = s["x"] if s["n"] == 1 and at[i] - s["since"] >= age else np.nan


def _oracle(x: F8, ts: I8, at: I8, upto: I8, age: int) -> F8:
    out = np.full(at.size, np.nan)
    for i in range(at.size):
        n = upto[i]
        if n:
            differs = np.flatnonzero(x[:n] != x[n - 1])
            start = differs[-1] + 1 if differs.size and x[n - 1] == x[n - 1] else 0
            if at[i] - ts[start] >= age:
                out[i] = x[n - 1]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Settled(Operator):
    r"""Last value of a column, once it has been the same for `age`.

    .. math:: y_p = x_{q} \text{ if } \tau_p - \min \{ \tau_r : x_s = x_q \; \forall s \in [r, q] \} \ge a

    Notes
    -----
    Seed: none. NaN: before, and where the value is. Warm-up: 1. Unit: that of `x`.

    References
    ----------
    Design of the clocks: positions (time, phase, rank, seq), ``docs/concepts``.

    Examples
    --------
    >>> evaluate(Settled(x, age="1s"), x=[5.0, 5.0, 6.0])
    [nan, 5.0, nan]
    """

    x: Expr
    age: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype([("x", "f8"), ("since", "i8"), ("n", "i8"), ("source", "i8")])
    absolute: ClassVar = {"source": "source"}
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"age": "0s"}

    def check(self) -> None:
        self.require("age must not be negative", self.age >= 0, self.age)
