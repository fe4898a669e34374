"""Sum over a run of one value."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8, run: F8, registers: np.ndarray) -> None:
    s = registers[0]
    last, total, carry, n = s["last"], s["total"], s["carry"], s["n"]
    for i in range(out.size):
        if n == 0 or run[i] != last:
            total, carry = 0.0, 0.0
        n, last = 1, run[i]
        if maths.is_finite(x[i]):
            total, carry = maths.two_sum(total, carry, x[i])
        out[i] = np.nan if maths.is_nan(last) else total + carry
    s["last"], s["total"], s["carry"], s["n"] = last, total, carry, n


def _oracle(x: F8, run: F8) -> F8:
    out, known = np.full(x.size, np.nan), np.where(np.isfinite(x), x, 0.0).astype(np.longdouble)
    for t in range(x.size):
        if not np.isnan(run[t]):
            changes = np.flatnonzero(run[: t + 1] != run[t])
            start = changes[-1] + 1 if changes.size else 0
            out[t] = known[start : t + 1].sum()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RunSum(Operator):
    r"""Sum of a column for as long as another has had its value.

    .. math:: y_t = \sum_{i = s}^{t} x_i, \quad s = 1 + \max \{ i < t : r_i \ne r_t \}

    Notes
    -----
    Seed: 0. NaN: of `x` adds nothing, nor does an infinity; of `run` NaN, and the next value begins a run. Warm-up: 1.
    Unit: that of `x`. Compensated.

    References
    ----------
    López de Prado, M. (2018). Advances in Financial Machine Learning, section 2.3.2: runs bars.

    Examples
    --------
    >>> evaluate(RunSum(x, y), x=[1.0, 3.0, 2.0], run=[1.0, 1.0, -1.0])
    [1.0, 4.0, 2.0]
    """

    x: Expr
    run: Expr

    registers: ClassVar = np.dtype([("last", "f8"), ("total", "f8"), ("carry", "f8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"nan": "a NaN in x adds nothing, but one in run ends the run"}

    @property
    def unit(self) -> str:
        return self.x.unit
