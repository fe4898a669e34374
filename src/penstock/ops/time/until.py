"""Time until what a column says."""

from dataclasses import dataclass

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import VIEW, Expr, Operator
from penstock.streams import Clock


@jit
def _kernel(out: F8, id: I8, first: int, at: I8, upto: I8) -> None:
    for i in range(out.size):
        due = id[upto[i] - 1 - first] if upto[i] > 0 else 0
        # the difference is taken in whole nanoseconds: a stamp has more digits than a float
        out[i] = (due - at[i]) / 1e9 if due != 0 else np.nan


def _oracle(id: I8, at: I8, upto: I8) -> F8:
    dues = [int(id[n - 1]) if n > 0 else 0 for n in upto]
    return np.array(
        [(d - int(t)) / 1e9 if d else np.nan for d, t in zip(dues, at, strict=True)], float
    )


@dataclass(frozen=True, eq=False, repr=False)
class Until(Operator):
    r"""Seconds until the time, ns UTC, that a column of whole numbers says at last.

    .. math:: y_p = (x_{q^*} - t_p) / 10^9, \quad q^* = \max \{ q \in \text{clock}(x) : q \le p \}

    Notes
    -----
    Seed: none. NaN: before the first tick, and where the column is 0, which is unknown. Warm-up: 1.
    Unit: seconds; below 0 after the time.

    References
    ----------
    ISO 8601-1:2019, section 3.1.1.8: a duration is what lies between two instants.

    Examples
    --------
    >>> evaluate(Until(x), id=[5_000_000_000, 0])
    [5.0, nan]
    """

    id: Expr
    on: Clock = VIEW

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def unit(self) -> str:
        return "s"
