"""How many ticks a column has had."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, registers: np.ndarray) -> None:
    s = registers[0]
    for i in range(out.shape[0]):
        s["n"] += 1
        out[i] = float(s["n"])


def _oracle(x: F8) -> F8:
    return np.arange(1.0, len(x) + 1.0)


@dataclass(frozen=True, eq=False, repr=False)
class Ordinal(Operator):
    r"""Number of a column's tick, this one included: sampled elsewhere, it tells whether there was another.

    .. math:: y_t = t

    Notes
    -----
    Seed: none. NaN: the values of `x` are not looked at. Warm-up: 1. Unit: 1.

    References
    ----------
    Design of the clocks: positions (time, phase, rank, seq), ``docs/concepts``.

    Examples
    --------
    >>> evaluate(Ordinal(x), x=[5.0, 5.0])
    [1.0, 2.0]
    """

    x: Expr

    registers: ClassVar = np.dtype([("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def unit(self) -> str:
        return ONE
