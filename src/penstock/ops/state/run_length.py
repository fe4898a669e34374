"""How long a value has stood."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray) -> None:
    s = registers[0]
    last, n = s["last"], s["n"]
    for i in range(out.size):
        n = n + 1 if x[i] == last and n > 0 else 1
        last = x[i]
        out[i] = np.nan if maths.is_nan(last) else float(n)
    s["last"], s["n"] = last, n


def _oracle(x: F8) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(x.size):
        if not np.isnan(x[t]):
            changes = np.flatnonzero(x[: t + 1] != x[t])
            out[t] = t - changes[-1] if changes.size else t + 1
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RunLength(Operator):
    r"""Ticks for which a column has had its value, this one included.

    .. math:: y_t = t - \max \{ i < t : x_i \ne x_t \}

    Notes
    -----
    Seed: none. NaN: NaN, and the next value begins a run. Warm-up: 1. Unit: 1.
    A window is flat where the run is as long as the window: exact, where a variance of 0 is not.

    References
    ----------
    Wald, A., Wolfowitz, J. (1940). On a test whether two samples are from the same population.
    Ann. Math. Stat. 11(2), 147-162.

    Examples
    --------
    >>> evaluate(RunLength(x), x=[1.0, 1.0, 2.0])
    [1.0, 2.0, 1.0]
    """

    x: Expr

    registers: ClassVar = np.dtype([("last", "f8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def unit(self) -> str:
        return ONE
