"""Strikes that have traded enough."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.option import COLUMNS


@jit
def _kernel(
    out: F8, strikes: F8, volume: F8, spot: F8, slots: int, step: float, least: float, reach: float
) -> None:
    for i in range(spot.size):
        for k in range(slots):
            out[i, k] = np.nan
        for k in range(strikes.shape[1]):
            level = strikes[i, k]
            if not (volume[i, k] >= least and abs(level - spot[i]) <= reach):
                continue
            if not maths.is_finite(level):
                continue
            place = int(maths.rint(level / step)) % slots
            if maths.is_nan(out[i, place]) or level > out[i, place]:
                out[i, place] = level


def _oracle(
    strikes: F8, volume: F8, spot: F8, slots: int, step: float, least: float, reach: float
) -> F8:
    out = np.full((spot.size, slots), np.nan)
    with np.errstate(invalid="ignore"):
        near = (volume >= least) & (abs(strikes - spot[:, None]) <= reach) & np.isfinite(strikes)
    for t, k in np.argwhere(near).tolist():
        place = round(strikes[t, k] / step) % slots
        out[t, place] = np.fmax(out[t, place], strikes[t, k])
    return out


@dataclass(frozen=True, eq=False, repr=False)
class ActiveStrikes(Operator):
    r"""Strikes within `reach` of the price that have traded at least `least` contracts.

    .. math:: \{K : V_K \ge v, \; |K - S_t| \le d\}

    Notes
    -----
    Seed: none. NaN: slots without one. Warm-up: 1. Unit: that of `strikes`. A strike has the slot of its number modulo
    their count, which keeps it while it is near; of two the higher stands.

    References
    ----------
    Ni, S. X., Pearson, N. D., Poteshman, A. M. (2005). Stock price clustering on option expiration dates. Journal of
    Financial Economics 78(1), 49-87.

    Examples
    --------
    >>> node = ActiveStrikes(**ActiveStrikes.example | {"slots": 2})
    >>> row = [10.0, 11.0, 12.0, 30.0, 31.0, 32.0, 33.0, 34.0, 35.0]
    >>> evaluate(node, strikes=[row], volume=[[100.0, 0.0, 0.0] + [500.0] * 6], spot=[10.5])
    [[10.0, nan]]
    """

    strikes: Expr
    volume: Expr
    spot: Expr
    slots: int = 16
    step: float = 1.0
    least: float = 100.0
    reach: float = 5.0

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "strikes": COLUMNS["strikes"], "volume": COLUMNS["values"], "spot": COLUMNS["spot"],
    }  # fmt: skip
    exempt: ClassVar = {
        "unit": "the step and the reach are in the unit of the price",
        "warmup": "strikes on the right side of the price are needed, not any",
    }

    def check(self) -> None:
        self.require("slots must be at least 2", self.slots > 1, self.slots)
        for name in ("step", "reach"):
            self.require(f"{name} must be positive", getattr(self, name) > 0.0, getattr(self, name))

    @property
    def cells(self) -> int:
        return self.slots
