"""Klinger's volume force."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, price: F8, spread: F8, volume: F8, registers: np.ndarray) -> None:
    s = registers[0]
    last, before, total, trend, n = s["last"], s["before"], s["total"], s["trend"], s["n"]
    for i in range(out.size):
        p, d, v = price[i], spread[i], volume[i]
        out[i] = np.nan
        if maths.is_finite(p) and maths.is_finite(d) and maths.is_finite(v):
            if n > 0:
                way = 1.0 if p > last else -1.0
                total = total + d if way == trend else before + d
                trend = way
                out[i] = 100.0 * v * abs(maths.divide(2.0 * d, total) - 1.0) * way
            last, before = p, d
            n += 1
    s["last"], s["before"], s["total"], s["trend"], s["n"] = last, before, total, trend, n


def _oracle(price: F8, spread: F8, volume: F8) -> F8:
    out = np.full(price.size, np.nan)
    known = np.flatnonzero(np.isfinite(price) & np.isfinite(spread) & np.isfinite(volume))
    if known.size < 2:
        return out
    d, v = spread[known], volume[known]
    way = np.where(np.diff(price[known]) > 0.0, 1.0, -1.0)
    turns = np.flatnonzero(np.diff(way, prepend=0.0))  # bars k + 1 that begin a trend
    for k in range(way.size):
        start = turns[turns <= k][-1]
        total = d[start : k + 2].astype(np.longdouble).sum()
        share = float(2.0 * d[k + 1] / total) if total != 0.0 else np.nan
        out[known[k + 1]] = 100.0 * v[k + 1] * abs(share - 1.0) * way[k]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class KlingerForce(Operator):
    r"""Volume with the sign of the trend, weighted by a bar's range against those of the trend so far.

    .. math::
        F_t = 100 \, v_t \left| 2 \frac{d_t}{D_t} - 1 \right| T_t, \quad
        T_t = \begin{cases} 1 & p_t > p_{t-1} \\ -1 & \text{else} \end{cases}, \quad
        D_t = \begin{cases} D_{t-1} + d_t & T_t = T_{t-1} \\ d_{t-1} + d_t & \text{else} \end{cases}

    Notes
    -----
    Seed: the second bar begins a trend. NaN: a bar that is not finite in `price`, `spread` or `volume` is NaN and
    skipped; NaN while the ranges of the trend add up to 0. Warm-up: 2. Unit: that of `volume`. `price` is high + low +
    close, `spread` is high - low.

    References
    ----------
    Klinger, S. (1997). Identifying trends with volume analysis. Technical Analysis of Stocks & Commodities 15(12).

    Examples
    --------
    >>> evaluate(KlingerForce(x, y, z), price=[3.0, 6.0, 9.0], spread=[1.0, 1.0, 2.0], volume=[1.0, 1.0, 1.0])
    [nan, 0.0, 0.0]
    """

    price: Expr
    spread: Expr
    volume: Expr

    registers: ClassVar = np.dtype(
        [(name, "f8") for name in ("last", "before", "total", "trend")] + [("n", "i8")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def warmup(self) -> int:
        return 2

    @property
    def unit(self) -> str:
        return self.volume.unit
