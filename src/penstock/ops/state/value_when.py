"""A value from when a condition held."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(
    out: F8, condition: F8, x: F8, registers: np.ndarray, history: np.ndarray, occurrence: int
) -> None:
    s = registers[0]
    held = s["held"]
    for i in range(out.size):
        if not maths.is_nan(condition[i]) and condition[i] != 0.0:
            history[held % (occurrence + 1)]["x"] = x[i]
            held += 1
        known = held > occurrence
        out[i] = history[(held - 1 - occurrence) % (occurrence + 1)]["x"] if known else np.nan
    s["held"] = held


def _oracle(condition: F8, x: F8, occurrence: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(x.size):
        held = np.flatnonzero((condition[: t + 1] != 0.0) & ~np.isnan(condition[: t + 1]))
        out[t] = x[held[-1 - occurrence]] if held.size > occurrence else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class ValueWhen(Operator):
    r"""Value of `x` at the last tick where the condition held, or at an earlier one.

    .. math:: y_t = x_{i_k}, \quad i_0 = \max \{ i \le t : c_i \ne 0 \}, \; i_k = \max \{ i < i_{k-1} : c_i \ne 0 \}

    Notes
    -----
    Seed: none. NaN: a condition that is NaN does not hold; a value that is NaN is passed on.
    Warm-up: 1. Unit: that of `x`. `occurrence` 0 is the last time, 1 the time before.

    References
    ----------
    Halbwachs, N., Caspi, P., Raymond, P., Pilaud, D. (1991). The synchronous data flow programming
    language Lustre. Proceedings of the IEEE 79(9): when, current.

    Examples
    --------
    >>> evaluate(ValueWhen(x, y), condition=[1.0, 0.0, 1.0], x=[5.0, 6.0, 7.0])
    [5.0, 5.0, 7.0]
    """

    condition: Expr
    x: Expr
    occurrence: int = 0

    registers: ClassVar = np.dtype([("held", "i8")])
    history: ClassVar = np.dtype([("x", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"occurrence": 1}

    def check(self) -> None:
        self.require("occurrence must be at least 0", self.occurrence >= 0, self.occurrence)

    @property
    def history_items(self) -> int:
        return self.occurrence + 1

    @property
    def warmup(self) -> int:
        return self.occurrence + 1

    @property
    def unit(self) -> str:
        return self.x.unit
