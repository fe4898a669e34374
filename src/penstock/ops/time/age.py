"""Time since a clock ticked."""

from dataclasses import dataclass

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import VIEW, Expr, Operator
from penstock.streams import Clock


@jit
def _kernel(out: F8, ts: I8, first: int, at: I8, upto: I8) -> None:
    for i in range(out.size):
        # the difference is taken in whole nanoseconds: a stamp has more digits than a float
        out[i] = (at[i] - ts[upto[i] - 1 - first]) / 1e9 if upto[i] > 0 else np.nan


def _oracle(x: F8, ts: I8, at: I8, upto: I8) -> F8:
    last = [ts[n - 1] if n > 0 else None for n in upto]
    return np.array(
        [np.nan if then is None else int(t - then) / 1e9 for t, then in zip(at, last, strict=True)]
    )


@dataclass(frozen=True, eq=False, repr=False)
class Age(Operator):
    r"""Seconds since the clock of a column ticked last.

    .. math:: y_p = (t_p - \tau_{q^*}) / 10^9, \quad q^* = \max \{ q \in \text{clock}(x) : q \le p \}

    Notes
    -----
    Seed: none. NaN: before the first tick; the values of `x` are not looked at. Warm-up: 1. Unit: seconds.

    References
    ----------
    Cox, D. R. (1962). Renewal Theory, section 5.1: backward recurrence time.

    Examples
    --------
    >>> evaluate(Age(x), x=[1.0, 3.0], clock={"ts": [0, 5], "at": [2 * 10**9, 3 * 10**9], "upto": [0, 1]})
    [nan, 3.0]
    """

    x: Expr
    on: Clock = VIEW

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def unit(self) -> str:
        return "s"
