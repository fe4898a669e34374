"""Where a value per strike changes its sign from one strike to the next."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.option import COLUMNS


@jit
def _kernel(out: F8, strikes: F8, values: F8) -> None:
    for i in range(out.size):
        out[i] = np.nan
        last, before = -np.inf, np.nan
        while True:
            k = -1
            for j in range(strikes.shape[1]):
                known = maths.is_finite(strikes[i, j]) and maths.is_finite(values[i, j])
                if known and strikes[i, j] > last and (k < 0 or strikes[i, j] < strikes[i, k]):
                    k = j
            if k < 0:
                break
            level, value = strikes[i, k], values[i, k]
            if (before < 0.0 < value) or (value < 0.0 < before):
                out[i] = last + (level - last) * before / (before - value)
                break
            last, before = level, value


def _oracle(strikes: F8, values: F8) -> F8:
    out = np.full(len(strikes), np.nan)
    for t in range(len(strikes)):
        known = np.isfinite(strikes[t]) & np.isfinite(values[t])
        level, first = np.unique(strikes[t][known], return_index=True)
        value = values[t][known][first]
        turns = np.flatnonzero(np.sign(value[:-1]) * np.sign(value[1:]) < 0)
        if turns.size:
            k = turns[0]
            share = value[k] / (value[k] - value[k + 1])
            out[t] = level[k] + (level[k + 1] - level[k]) * share
    return out


@dataclass(frozen=True, eq=False, repr=False)
class StrikeCross(Operator):
    r"""The lowest price at which a value per strike changes its sign, on a line between two strikes.

    .. math:: K_j + (K_{j+1} - K_j) \frac{v_j}{v_j - v_{j+1}}, \quad v_j v_{j+1} < 0

    Notes
    -----
    Seed: none. NaN: where no sign changes. Warm-up: 1. Unit: that of `strikes`. A heuristic that is kept for
    comparison: gamma depends on the price, so the flip of all gamma is a root in the price (`GammaFlip`).

    References
    ----------
    Barbon, A., Buraschi, A. (2021). Gamma fragility. University of St. Gallen, School of Finance, working paper.

    Examples
    --------
    >>> node = StrikeCross(**StrikeCross.example)
    >>> rows = {"strikes": [[11.0, 10.0] + [20.0] * 7], "values": [[1.0, -1.0] + [1.0] * 7]}
    >>> evaluate(node, **rows)
    [10.5]
    """

    strikes: Expr
    values: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {n: COLUMNS[n] for n in ("strikes", "values")}
    exempt: ClassVar = {"warmup": "values of both signs are needed, not any numbers"}

    @property
    def cells(self) -> int:
        return 1
