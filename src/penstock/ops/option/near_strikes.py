"""What strikes near each level hold together."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.option import COLUMNS


@jit
def _kernel(out: F8, strikes: F8, values: F8, levels: F8, reach: float) -> None:
    for i in range(levels.shape[0]):
        for k in range(levels.shape[1]):
            out[i, k] = np.nan
            if not maths.is_finite(levels[i, k]):
                continue  # of many levels few are near the price
            total = 0.0
            for j in range(strikes.shape[1]):
                close = abs(strikes[i, j] - levels[i, k]) <= reach + 1e-9
                if close and maths.is_finite(values[i, j]):
                    total += values[i, j]
            out[i, k] = total


def _oracle(strikes: F8, values: F8, levels: F8, reach: float) -> F8:
    out = np.full(levels.shape, np.nan)
    for t, k in np.argwhere(np.isfinite(levels)).tolist():
        near = abs(strikes[t] - levels[t, k]) <= reach + 1e-9
        out[t, k] = values[t][near & np.isfinite(values[t])].sum()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class NearStrikes(Operator):
    r"""Sum of something over the strikes within `reach` of each level.

    .. math:: y_{t,k} = \sum_{K : |K - L_{t,k}| \le d} v_{t,K}

    Notes
    -----
    Seed: none. NaN: where there is no level; a value that is not finite is passed over, and without a strike the sum
    is 0. Warm-up: 1. Unit: that of `values`.

    References
    ----------
    Barbon, A., Buraschi, A. (2021). Gamma fragility. University of St. Gallen, School of Finance, working paper.

    Examples
    --------
    >>> node = NearStrikes(**NearStrikes.example)
    >>> row = [10.0, 11.0, 12.0, 30.0, 31.0, 32.0, 33.0, 34.0, 35.0]
    >>> evaluate(node, strikes=[row], values=[[1.0] * 9], levels=[[11.0] + [0.0] * 8])[0][:2]
    [3.0, 0.0]
    """

    strikes: Expr
    values: Expr
    levels: Expr
    reach: float = 2.0

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "strikes": COLUMNS["strikes"], "values": COLUMNS["values"], "levels": COLUMNS["positions"],
    }  # fmt: skip
    exempt: ClassVar = {"unit": "the reach is in the unit of the price"}

    def check(self) -> None:
        self.require("reach must not be negative", self.reach >= 0.0, self.reach)

    @property
    def cells(self) -> int:
        return self.levels.cells

    @property
    def unit(self) -> str:
        return self.values.unit
