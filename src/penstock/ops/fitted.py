"""Parameters of a model that is refitted every so many ticks."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.model import Model
from penstock.expr import Expr, Operator
from penstock.expr.operator import REFITTED

PENDING = 1_026  # fits of one block (1,024 ticks at most) and of the delay before it


@jit
def _kernel(out: F8, registers: np.ndarray, history: np.ndarray, cells: int) -> None:
    s, to, size = registers[0], out.flat, cells
    n, read, tail = s["n"], s["read"], s["tail"]
    slots = (history.size - size) // (size + 1)
    for i in range(out.shape[0]):
        n += 1
        while read < tail and history[size + read % slots * (size + 1)]["value"] <= n:
            for j in range(size):
                history[j]["value"] = history[size + read % slots * (size + 1) + 1 + j]["value"]
            read += 1
        for j in range(size):
            to[i * size + j] = history[j]["value"] if read > 0 else np.nan
    s["n"], s["read"] = n, read


def _oracle(x: F8, model: Model, window: int, every: int, delay: int) -> F8:
    out = np.full((x.shape[0], model.size), np.nan)
    for tick in range(every, x.shape[0] + 1, every):
        if tick >= window:
            out[max(tick + delay - 1, tick - 1) :] = model.fit(x[tick - window : tick].copy())
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Fitted(Operator):
    r"""Parameters of a model, refitted every so many ticks on a trailing window.

    .. math:: \theta_t = \operatorname{fit}(x_{s-w+1}, \dots, x_s), \quad s = \max \{ k e : k e + d \le t, k e \ge w \}

    Notes
    -----
    Seed: none. NaN: NaN before the first fit; a fit that fails leaves the parameters as they were and is counted in
    the register ``failed``. Warm-up: the first multiple of `every` that is at least `window`, and `delay`. Unit: 1;
    a wide column, one cell per parameter. The fit itself is a host step between two segments of steps.

    References
    ----------
    The model's own; the schedule is that of a walk-forward estimate, Pardo, R. (1992), chapter 6.

    Examples
    --------
    >>> from penstock.core.model import Model
    >>> mean = Model("mean", 1, lambda window: window.mean(keepdims=True))
    >>> Fitted(x, model=mean, window=2, every=2, delay=1).warmup
    3
    """

    x: Expr
    model: Model
    window: int
    every: int
    delay: int = 1

    registers: ClassVar = np.dtype([("n", "i8"), ("read", "i8"), ("tail", "i8"), ("failed", "i8")])
    history: ClassVar = np.dtype([("value", "f8")])
    cost: ClassVar = REFITTED
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {
        "kernel": "the parameters come from a host step, which the engine's tests run"
    }

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)
        self.require("every must be at least 1", self.every >= 1, self.every)
        self.require("delay must be between 1 and 1024 ticks", 1 <= self.delay <= 1024, self.delay)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.model.size + (self.model.size + 1) * (1 + PENDING * 2 // self.every + 1)

    @property
    def warmup(self) -> int:
        return -(-self.window // self.every) * self.every + self.delay

    @property
    def unit(self) -> str:
        return "1"

    @property
    def cells(self) -> int:
        return self.model.size
