"""What is open at some strikes, of what expires soon."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr, Operator
from penstock.ops.option import COLUMNS
from penstock.ops.option.option_greeks import LIFE
from penstock.streams import Clock


@jit
def _kernel(
    calls: F8,
    puts: F8,
    strikes: F8,
    called: F8,
    put: F8,
    expiries: F8,
    levels: F8,
    first: int,
    at: I8,
    upto: I8,
    step: float,
    life: int,
) -> None:
    slots = strikes.shape[1]
    for i in range(at.size):
        row, now = upto[i] - 1 - first, at[i] / 1e9
        for k in range(levels.shape[1]):
            calls[i, k], puts[i, k] = np.nan, np.nan
            level = levels[i, k]
            if upto[i] > 0 and maths.is_finite(level) and abs(level / step) < 1e15:
                j = int(maths.rint(level / step)) % slots
                left = expiries[row, j] - now
                if abs(strikes[row, j] - level) <= 1e-9 and 0.0 < left <= life / 1e9:
                    calls[i, k], puts[i, k] = called[row, j], put[row, j]


def _oracle(
    strikes: F8, called: F8, put: F8, expiries: F8, levels: F8, at: I8, upto: I8, step: float, life: int
) -> dict[str, F8]:  # fmt: skip
    out = {name: np.full(levels.shape, np.nan) for name in InterestAt.outputs}
    width = strikes.shape[1]
    for t, k in np.argwhere(np.isfinite(levels)).tolist():
        if not upto[t]:
            continue
        row, left = upto[t] - 1, expiries[upto[t] - 1] - at[t] / 1e9
        own = np.arange(width) == round(float(levels[t, k]) / step) % width
        there = own & (abs(strikes[row] - levels[t, k]) <= 1e-9) & (left > 0) & (left <= life / 1e9)
        for j in np.flatnonzero(there).tolist():
            out["calls"][t, k], out["puts"][t, k] = called[row, j], put[row, j]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class InterestAt(Operator):
    r"""Open contracts by right at some strikes, of those that expire within `life`, from an `InterestBoard`.

    .. math:: C_{L_k}, \; P_{L_k} \quad \text{where} \quad 0 < E - t \le \text{life}

    Notes
    -----
    Seed: none. NaN: where there is no level, and where nothing that expires within `life` was published of it. Warm-up:
    1. Unit: that of the board's contracts. `step` is the board's.

    References
    ----------
    Ni, S. X., Pearson, N. D., Poteshman, A. M. (2005). Stock price clustering on option expiration dates. Journal of
    Financial Economics 78(1), 49-87.

    Examples
    --------
    >>> node = InterestAt(**InterestAt.example)
    >>> board = {"strikes": [[9.0, 10.0] + [0.0] * 7], "called": [[5.0, 7.0] + [0.0] * 7], "put": [[1.0] * 9]}
    >>> found = evaluate(node, **board, expiries=[[60.0] * 9], levels=[[10.0, 9.0] + [50.0] * 7])
    >>> found["calls"][0][:3]
    [7.0, 5.0, nan]
    """

    strikes: Expr
    called: Expr
    put: Expr
    expiries: Expr
    levels: Expr
    step: float = 1.0
    life: Duration = LIFE
    on: Clock = VIEW

    outputs: ClassVar = ("calls", "puts")
    queries: ClassVar = ("levels",)
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "strikes": COLUMNS["strikes"], "called": COLUMNS["positions"], "put": COLUMNS["values"],
        "expiries": COLUMNS["sigmas"], "levels": COLUMNS["levels"],
    }  # fmt: skip
    exempt: ClassVar = {
        "unit": "the step is in the unit of the price, and expiries are in seconds",
        "warmup": "levels that are on the board are needed, not any",
    }

    def check(self) -> None:
        self.require("step must be positive", self.step > 0.0, self.step)
        self.require("life must be positive", self.life > 0, self.life)
        wide = {x.cells for x in (self.strikes, self.called, self.put, self.expiries)}
        self.require("a board's columns must be as wide", len(wide) == 1, sorted(wide))
        self.require("a board must be of 2 slots or more", min(wide) > 1, min(wide))

    @property
    def cells(self) -> int:
        return self.levels.cells

    @property
    def unit(self) -> str:
        return self.called.unit
