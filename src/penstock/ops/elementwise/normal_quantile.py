"""Quantile of the normal distribution."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from penstock.core import normal
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Elementwise, Expr


@jit
def _kernel(out: F8, p: F8) -> None:
    for i in range(out.size):
        out[i] = normal.quantile(p[i])


def _oracle(p: F8) -> F8:
    out = np.where(p == 0.0, -math.inf, np.where(p == 1.0, math.inf, math.nan))
    for t in np.flatnonzero((p > 0.0) & (p < 1.0)):
        out[t] = NormalDist().inv_cdf(float(p[t]))  # Wichura's approximation
    return out


@dataclass(frozen=True, eq=False, repr=False)
class NormalQuantile(Elementwise):
    r"""Value below which a share `p` of the standard normal distribution lies.

    .. math:: y_t = \Phi^{-1}(p_t)

    Notes
    -----
    Seed: none. NaN: passed on, and outside 0 to 1; infinite at both ends. Warm-up: 1. Unit: 1.

    References
    ----------
    Wichura, M. J. (1988). Algorithm AS 241: the percentage points of the normal distribution.
    Applied Statistics 37(3), 477-484.

    Examples
    --------
    >>> evaluate(NormalQuantile(p=x), p=[0.5, 0.0, 2.0])
    [0.0, -inf, nan]
    """

    p: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"unit": "the argument is a share"}

    @property
    def unit(self) -> str:
        return ONE
