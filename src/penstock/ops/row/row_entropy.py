"""Entropy across cells."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.core.units import ONE
from penstock.expr import Column, Expr, Operator
from penstock.streams import Stream

FREE = Stream(EventType("row", "A column of an example.", (Field("size", "size", width=3),)))


@jit
def _kernel(out: F8, size: F8, members: int) -> None:
    for i in range(out.size):
        total, sound = 0.0, True
        for j in range(i * members, (i + 1) * members):
            sound = sound and maths.is_finite(size[j]) and size[j] >= 0.0
            total += size[j]
        out[i] = np.nan
        if sound and total > 0.0 and maths.is_finite(total):
            entropy = 0.0
            for j in range(i * members, (i + 1) * members):
                share = size[j] / total
                if share > 0.0:
                    entropy -= share * maths.log(share)
            out[i] = max(entropy, 0.0)


def _oracle(size: F8) -> F8:
    out = np.full(size.shape[0], np.nan)
    for t, row in enumerate(size):
        total = row.sum()
        if np.isfinite(row).all() and (row >= 0.0).all() and 0.0 < total < np.inf:
            held = row[row > 0.0].astype(np.longdouble)
            # of N things in groups of c the entropy is ln N less the mean of ln c
            out[t] = max(float(np.log(held.sum()) - (held * np.log(held)).sum() / held.sum()), 0.0)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RowEntropy(Operator):
    r"""Shannon entropy of the shares that the cells of a row have of its sum.

    .. math:: y_t = -\sum_j p_{t,j} \ln p_{t,j}, \quad p_{t,j} = \frac{x_{t,j}}{\sum_k x_{t,k}}

    Notes
    -----
    Seed: none. NaN: NaN where a cell is not finite or below 0, and where the sum is 0. Warm-up: 1. Unit: 1,
    in nats. Over a `Histogram` it is the entropy of the values, to the width of a bin.

    References
    ----------
    Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal
    27(3), 379-423.

    Examples
    --------
    >>> evaluate(RowEntropy(**RowEntropy.example), size=[[1.0, 1.0, 0.0]])
    [0.693147...]
    """

    size: Expr

    flat: ClassVar = True
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"size": Column(FREE, "size")}

    def check(self) -> None:
        self.require("size must be a wide column", self.size.cells > 1, self.size.text)

    @property
    def members(self) -> int:
        """Cells of a row."""
        return self.size.cells

    @property
    def unit(self) -> str:
        return ONE
