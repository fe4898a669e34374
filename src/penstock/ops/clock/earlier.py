"""The value at the last tick of an earlier time."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(value: F8, age: F8, x: F8, at: I8, registers: np.ndarray) -> None:
    s = registers[0]
    now, last, before, value_before, known = (
        s["now"],
        s["last"],
        s["before"],
        s["value"],
        s["known"],
    )
    for i in range(value.size):
        if known == 0:
            now, known = at[i], 1
        elif at[i] > now:
            value_before, before, known = last, now, 2
            now = at[i]
        last = x[i]
        value[i] = value_before if known == 2 else np.nan
        # the difference is taken in whole nanoseconds: a stamp has more digits than a float
        age[i] = float(now - before) if known == 2 else np.nan
    s["now"], s["last"], s["before"], s["value"], s["known"] = (
        now,
        last,
        before,
        value_before,
        known,
    )


def _oracle(x: F8, at: I8) -> dict[str, F8]:
    value, age = np.full(at.size, np.nan), np.full(at.size, np.nan)
    for i in range(at.size):
        past = np.flatnonzero(at[: i + 1] < at[i])
        if past.size:
            value[i], age[i] = x[past[-1]], at[i] - at[past[-1]]
    return {"value": value, "age": age}


@dataclass(frozen=True, eq=False, repr=False)
class Earlier(Operator):
    r"""Value at the last tick whose time is before this tick's, and how many nanoseconds ago that was.

    .. math:: y_t = x_s, \quad s = \max \{ s : \tau_s < \tau_t \}

    Notes
    -----
    Seed: none. NaN: until a second time; passed on. Warm-up: 2. Unit: that of `x`; ns.
    Among ticks of one time all see the same value: the last one of the time before.

    References
    ----------
    Design of the clocks: positions (time, phase, rank, seq), ``docs/concepts``.

    Examples
    --------
    >>> evaluate(Earlier(x), x=[1.0, 3.0, 2.0], clock={"ts": [5, 7, 7]})["value"]
    [nan, 1.0, 1.0]
    """

    x: Expr

    outputs: ClassVar = ("value", "age")
    registers: ClassVar = np.dtype(
        [("now", "i8"), ("last", "f8"), ("before", "i8"), ("value", "f8"), ("known", "i8")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"warmup": "counted in times, not in ticks"}

    def unit_of(self, output: str) -> str:
        return "ns" if output == "age" else self.x.unit
