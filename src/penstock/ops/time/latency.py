"""How long an event took to be received."""

from dataclasses import dataclass

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, id: I8, at: I8) -> None:
    for i in range(out.size):
        # the difference is taken in whole nanoseconds: a stamp has more digits than a float
        out[i] = (id[i] - at[i]) / 1e6 if id[i] > 0 and id[i] != at[i] else np.nan


def _oracle(id: I8, at: I8) -> F8:
    pairs = zip(id.tolist(), at.tolist(), strict=True)
    return np.array([(r - t) / 1e6 if r > 0 and r != t else np.nan for r, t in pairs], float)


@dataclass(frozen=True, eq=False, repr=False)
class Latency(Operator):
    r"""Milliseconds from the time of an event to the time, ns UTC, at which it was received.

    .. math:: y_t = (r_t - \tau_t) / 10^6

    Notes
    -----
    Seed: none. NaN: where `id` is not above 0, or is the time itself, which is what an event has that nobody noted
    another time for. Warm-up: 1. Unit: milliseconds; below 0 where the receiver's clock is behind the sender's. In a
    source that is ordered by receipt the time is that of receipt, so that it is NaN: the sender's stamp is not kept.

    References
    ----------
    RFC 7679 (2016). A One-Way Delay Metric for IP Performance Metrics, section 3: a difference of two clocks has both
    their errors.

    Examples
    --------
    >>> evaluate(Latency(x), id=[2_000_000, 1_000_000_000, 1_750_000_000])
    [2.0, nan, -250.0]
    """

    id: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def unit(self) -> str:
        return "ms"
