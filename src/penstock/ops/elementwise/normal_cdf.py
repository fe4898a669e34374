"""Normal distribution function."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import normal
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Elementwise, Expr


@jit
def _kernel(out: F8, x: F8) -> None:
    for i in range(out.size):
        out[i] = normal.cdf(x[i])


def _below(z: float) -> float:
    """Marsaglia's series about 0; Laplace's continued fraction in the tail."""
    size = abs(z)
    density = math.exp(-0.5 * size * size) / math.sqrt(2.0 * math.pi)
    if size < 4.0:
        term = total = size
        for k in range(1, 200):
            term *= size * size / (2 * k + 1)
            total += term
        return 0.5 + math.copysign(density * total, z) if z > 0 else 0.5 - density * total
    rest = size
    for k in range(300, 0, -1):
        rest = size + k / rest
    return density / rest if z < 0 else 1.0 - density / rest


def _oracle(x: F8) -> F8:
    return np.array([value if np.isnan(value) else _below(float(value)) for value in x])


@dataclass(frozen=True, eq=False, repr=False)
class NormalCdf(Elementwise):
    r"""Share of the standard normal distribution that lies below a value.

    .. math:: y_t = \Phi(x_t) = \frac{1}{\sqrt{2 \pi}} \int_{-\infty}^{x_t} e^{-s^2 / 2} \, ds

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: 1. The lower tail keeps its digits.

    References
    ----------
    Marsaglia, G. (2004). Evaluating the normal distribution. Journal of Statistical Software 11(4).

    Examples
    --------
    >>> evaluate(NormalCdf(x), x=[0.0, -100.0, 100.0])
    [0.5, 0.0, 1.0]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"unit": "the argument is a pure number"}

    @property
    def unit(self) -> str:
        return ONE
