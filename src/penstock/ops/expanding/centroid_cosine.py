"""How alike a row is to those of its group before it."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Expr, Operator
from penstock.streams import Stream

FREE = Stream(
    EventType("rows", "Rows of an example.", (Field("x", "1", width=3), Field("group", "1")))
)


@jit
def _kernel(
    out: F8, x: F8, group: F8, history: np.ndarray, keep: float, groups: int, members: int
) -> None:
    for i in range(out.size):
        at, to, g = i * members, -1, group[i]
        if maths.is_finite(g):
            to = math.floor(g - math.floor(g / groups) * groups) * members
            to = min(max(to, 0), (groups - 1) * members)  # rounding of a large number
        mine, others, both, finite = 0.0, 0.0, 0.0, to >= 0
        for j in range(members):
            finite = finite and maths.is_finite(x[at + j])
        out[i] = np.nan
        if finite:
            for j in range(members):
                value, known = x[at + j], history[to + j]["value"]
                mine += value * value
                others += known * known
                both += value * known
                history[to + j]["value"] = known * keep + value
            if mine > 0.0 and others > 0.0:
                cosine = both / (maths.sqrt(mine) * maths.sqrt(others))
                out[i] = min(max(cosine, -1.0), 1.0)


def _oracle(x: F8, group: F8, halflife: float, groups: int) -> F8:
    out = np.full(len(x), np.nan)
    whole = np.asarray(np.isfinite(x).all(axis=1))
    with np.errstate(invalid="ignore"):
        places = np.floor(np.mod(group, groups))
    for t in range(len(x)):
        if not whole[t] or np.isnan(places[t]):
            continue
        before = x[:t][whole[:t] & (places[:t] == places[t])].astype(np.longdouble)
        if len(before):
            ages = np.arange(len(before))[::-1]
            centre = (before * 0.5 ** (ages[:, None] / np.longdouble(halflife))).sum(axis=0)
            size = np.sqrt((centre**2).sum()) * np.sqrt((x[t].astype(np.longdouble) ** 2).sum())
            if size > 0.0:
                out[t] = float((centre * x[t]).sum() / size)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class CentroidCosine(Operator):
    r"""Cosine of a row and the exponentially weighted mean of the rows of its group before it.

    .. math:: y_t = \frac{x_t \cdot c_t}{|x_t| |c_t|}, \quad c_t = \sum_{s < t, g_s = g_t} 2^{-a_s / h} x_s

    Notes
    -----
    Seed: none. NaN: where a cell of `x` or `group` is not finite, which leaves the groups as they were; and where the
    row or the mean is 0. Warm-up: 2. Unit: 1. A group is a whole number, taken modulo `groups`. :math:`a_s` counts the
    rows of the group after s and before t; a mean's length does not matter, so the sum stands for it.

    References
    ----------
    Salton, G., Wong, A., Yang, C. S. (1975). A vector space model for automatic indexing. CACM 18(11).

    Examples
    --------
    >>> evaluate(CentroidCosine(**CentroidCosine.example), x=[[2.0, 0.0, 0.0], [3.0, 0.0, 4.0]], group=[0.0, 0.0])
    [nan, 0.6]
    """

    x: Expr
    group: Expr
    halflife: float
    groups: int

    flat: ClassVar = True
    history: ClassVar = np.dtype([("value", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "x": Column(FREE, "x"),
        "group": Column(FREE, "group"),
        "halflife": 5.0,
        "groups": 2,
    }

    def check(self) -> None:
        self.require("x must be a wide column", self.x.cells > 1, self.x.text)
        self.require("group must be one number", self.group.cells == 1, self.group.text)
        self.require("halflife must be positive", self.halflife > 0.0, self.halflife)
        self.require("groups must be at least 1", self.groups >= 1, self.groups)

    @property
    def members(self) -> int:
        """Cells of a row."""
        return self.x.cells

    @property
    def keep(self) -> float:
        """What a tick leaves of the rows before."""
        return 0.5 ** (1.0 / self.halflife)

    @property
    def history_items(self) -> int:
        return self.groups * self.x.cells

    @property
    def warmup(self) -> int:
        return 2

    @property
    def unit(self) -> str:
        return "1"
