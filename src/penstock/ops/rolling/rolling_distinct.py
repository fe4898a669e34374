"""Number of different values among the last ones."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.rolling.ordered import ORDERED, down, place, up


@jit
def _alone(values: np.ndarray, at: int, size: int) -> bool:
    """Whether the value at a place, the first of its kind, is the only one."""
    return at + 1 >= size or values[at + 1]["value"] != values[at]["value"]


@jit
def _swap(values: np.ndarray, size: int, old: float, new: float) -> int:
    """Take one value out and put another in; returns by how many the different ones become more."""
    if old == new:
        return 0
    source, target = place(values, size, old), place(values, size, new)
    more = 0 if target < size and values[target]["value"] == new else 1
    more -= 1 if _alone(values, source, size) else 0
    if target > source:
        down(values, source, target)
        target -= 1
    else:
        up(values, target, source)
    values[target]["value"] = new
    return more


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, history: np.ndarray, window: int) -> None:
    s = registers[0]
    seen, size, distinct = s["seen"], s["size"], s["distinct"]
    for i in range(out.size):
        old, new = x[i], x[i + window]
        leaves, enters = seen >= window and maths.is_finite(old), maths.is_finite(new)
        if leaves and enters:
            distinct += _swap(history, size, old, new)
        elif leaves:
            at = place(history, size, old)
            distinct -= 1 if _alone(history, at, size) else 0
            down(history, at, size)
            size -= 1
        elif enters:
            at = place(history, size, new)
            distinct += 1 if at == size or history[at]["value"] != new else 0
            up(history, at, size)
            history[at]["value"] = new
            size += 1
        seen += 1
        out[i] = float(distinct) if size == window else np.nan
    s["seen"], s["size"], s["distinct"] = seen, size, distinct


def _oracle(x: F8, window: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all():
            out[t] = len(set(values.tolist()))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingDistinct(Operator):
    r"""Number of different values among the last `window`.

    .. math:: y_t = \# \{ x_i : t - w < i \le t \}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    1. Values are compared as they are; 0 and -0 are one.

    References
    ----------
    Good, I. J. (1953). The population frequencies of species and the estimation of population
    parameters. Biometrika 40, 237-264.

    Examples
    --------
    >>> evaluate(RollingDistinct(x, window=3), x=[1.0, 1.0, 2.0, 3.0])
    [nan, nan, 2.0, 3.0]
    """

    x: Expr
    window: int

    registers: ClassVar = np.dtype([("seen", "i8"), ("size", "i8"), ("distinct", "i8")])
    history: ClassVar = ORDERED
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE
