"""Moves up and moves down."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(gain: F8, loss: F8, x: F8) -> None:
    for i in range(gain.size):
        change = x[i + 1] - x[i]
        known = maths.is_finite(change)
        gain[i] = max(change, 0.0) if known else np.nan
        loss[i] = max(-change, 0.0) if known else np.nan


def _oracle(x: F8) -> dict[str, F8]:
    change = np.concatenate([[np.nan], np.diff(x)])
    change[~np.isfinite(change)] = np.nan
    return {"gain": change.clip(min=0.0), "loss": (-change).clip(min=0.0)}


@dataclass(frozen=True, eq=False, repr=False)
class GainsAndLosses(Operator):
    r"""Size of the change since the previous tick, by its sign.

    .. math:: g_t = \max(x_t - x_{t-1}, 0), \quad l_t = \max(x_{t-1} - x_t, 0)

    Notes
    -----
    Seed: none. NaN: NaN where this value or the previous one is not finite. Warm-up: 2. Unit: that
    of `x`. One of the two is 0.

    References
    ----------
    Wilder, J. W. (1978). New Concepts in Technical Trading Systems. Trend Research, section VI.

    Examples
    --------
    >>> evaluate(GainsAndLosses(x), x=[1.0, 3.0, 2.5])
    {'gain': [nan, 2.0, 0.0], 'loss': [nan, 0.0, 0.5]}
    """

    x: Expr

    outputs: ClassVar = ("gain", "loss")
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def lookback(self) -> int:
        return 1

    @property
    def warmup(self) -> int:
        return 2
