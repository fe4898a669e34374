"""One of two values, as a condition says."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr
from penstock.ops.elementwise.same_unit import SameUnit


@jit
def _kernel(out: F8, condition: F8, x: F8, y: F8) -> None:
    for i in range(out.size):
        if maths.is_nan(condition[i]):
            out[i] = np.nan
        else:
            out[i] = x[i] if condition[i] != 0.0 else y[i]


def _oracle(condition: F8, x: F8, y: F8) -> F8:
    return np.where(np.isnan(condition), np.nan, np.where(condition != 0.0, x, y))


@dataclass(frozen=True, eq=False, repr=False)
class Where(SameUnit):
    r"""`x` where the condition is not 0, else `y`.

    .. math:: z_t = x_t \text{ if } c_t \ne 0 \text{ else } y_t

    Notes
    -----
    Seed: none. NaN: NaN where the condition or the chosen value is. Warm-up: 1.
    Unit: that of both sides.

    References
    ----------
    Iverson, K. E. (1962). A Programming Language, section 1.9: selection.

    Examples
    --------
    >>> evaluate(Where(z, x, 0.0), condition=[1.0, 0.0], x=[2.0, 3.0])
    [2.0, 0.0]
    """

    condition: Expr
    x: Expr
    y: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"vector": "reads only the side that is chosen"}
