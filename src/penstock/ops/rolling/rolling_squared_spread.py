"""Squared spread between bids and asks by the open, high, low and close of the last bars."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import power
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR


@jit
def _pair(o: F8, h: F8, low: F8, c: F8, j: int) -> tuple[float, float, float, float, float, float]:
    """Five differences of a bar and the one before, and 1 where the price moved in them."""
    middle, before = (h[j] + low[j]) / 2.0, (h[j - 1] + low[j - 1]) / 2.0
    moved = 1.0 if h[j] != low[j] or low[j] != c[j - 1] else 0.0
    return (
        middle - o[j],
        o[j] - before,
        middle - c[j - 1],
        c[j - 1] - before,
        o[j] - c[j - 1],
        moved,
    )


@jit
def _estimates(
    o: F8,
    h: F8,
    low: F8,
    c: F8,
    j: int,
    opens: float,
    closes: float,
    d1: float,
    d3: float,
    d5: float,
) -> tuple[float, float]:
    """Both estimates of the squared spread by one pair of bars."""
    r1, r2, r3, r4, r5, moved = _pair(o, h, low, c, j)
    r1, r3, d5 = r1 - d1 * moved, r3 - d3 * moved, r5 - d5 * moved
    return opens * r1 * r2 + closes * r3 * r4, opens * r1 * r5 + closes * d5 * r4


@jit
def _squared(o: F8, h: F8, low: F8, c: F8, start: int, window: int) -> float:
    moves, opens, closes, s1, s3, s5 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(start + 1, start + window):
        r1, _, r3, _, r5, moved = _pair(o, h, low, c, j)
        s1, s3, s5, moves = s1 + r1, s3 + r3, s5 + r5, moves + moved
        if moved == 1.0:
            opens += (1.0 if o[j] != h[j] else 0.0) + (1.0 if o[j] != low[j] else 0.0)
            closes += 1.0 if c[j - 1] != h[j - 1] else 0.0
            closes += 1.0 if c[j - 1] != low[j - 1] else 0.0
    if moves < 2.0 or opens == 0.0 or closes == 0.0:
        return np.nan
    n = window - 1.0
    opens, closes, s1, s3, s5 = (
        -4.0 * n / opens,
        -4.0 * n / closes,
        s1 / moves,
        s3 / moves,
        s5 / moves,
    )
    e1, e2 = 0.0, 0.0
    for j in range(start + 1, start + window):
        x1, x2 = _estimates(o, h, low, c, j, opens, closes, s1, s3, s5)
        e1, e2 = e1 + x1 / n, e2 + x2 / n
    v1, v2 = 0.0, 0.0
    for j in range(start + 1, start + window):
        x1, x2 = _estimates(o, h, low, c, j, opens, closes, s1, s3, s5)
        v1, v2 = v1 + (x1 - e1) * (x1 - e1), v2 + (x2 - e2) * (x2 - e2)
    if v1 + v2 > 0.0:
        share = v2 / (v1 + v2)
        return share * e1 + (1.0 - share) * e2
    return 0.5 * (e1 + e2)


@jit
def _kernel(
    out: F8, open: F8, high: F8, low: F8, close: F8, registers: np.ndarray, window: int
) -> None:
    clean = registers[0]["clean"]  # bars in a row of which all is known
    for i in range(out.size):
        j = i + window
        known = maths.is_finite(open[j]) and maths.is_finite(high[j])
        known = known and maths.is_finite(low[j]) and maths.is_finite(close[j])
        clean = clean + 1 if known else 0
        out[i] = np.nan
        if clean >= window:
            squared = _squared(open, high, low, close, i + 1, window)
            out[i] = squared if maths.is_finite(squared) else np.nan
    registers[0]["clean"] = clean


def _oracle(open: F8, high: F8, low: F8, close: F8, window: int) -> F8:
    out = np.full(close.size, np.nan)
    for t in range(window - 1, close.size):
        bars = np.array([x[t - window + 1 : t + 1] for x in (open, high, low, close)])
        if not np.isfinite(bars).all():
            continue
        middle = (bars[1] + bars[2]) / 2.0
        (o, h, low_now), m = bars[:3, 1:], middle[1:]
        h1, l1, c1, m1 = *bars[1:, :-1], middle[:-1]
        moved = ((h != low_now) | (low_now != c1)).astype(float)
        opens = np.mean(moved * (o != h)) + np.mean(moved * (o != low_now))
        closes = np.mean(moved * (c1 != h1)) + np.mean(moved * (c1 != l1))
        if moved.sum() < 2 or opens == 0 or closes == 0:
            continue
        d1, d3, d5 = (r - r.mean() / moved.mean() * moved for r in (m - o, m - c1, o - c1))
        x = np.array(
            [
                -4.0 / opens * d1 * (o - m1) - 4.0 / closes * d3 * (c1 - m1),
                -4.0 / opens * d1 * (o - c1) - 4.0 / closes * d5 * (c1 - m1),
            ]
        )
        weights = x.var(axis=1)[::-1]
        out[t] = np.average(x.mean(axis=1), weights=weights if weights.sum() > 0 else None)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingSquaredSpread(Operator):
    r"""Squared spread by the moments of the last `window` bars that estimate it best; below 0 by chance.

    .. math::

        y_t = \frac{v_2 \bar x_1 + v_1 \bar x_2}{v_1 + v_2}, \quad
        x_1 = -\frac{4}{p_o} d_1 r_2 - \frac{4}{p_c} d_3 r_4, \quad x_2 = -\frac{4}{p_o} d_1 r_5 - \frac{4}{p_c} d_5 r_4

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window, where fewer than two bars moved, and where
    opens or closes were always at both ends of their bars. Warm-up: `window`. Unit: that of the operands, squared: of
    logarithms of prices a squared share. With :math:`\eta` the middle of high and low, :math:`r_1 = \eta_t - o_t`,
    :math:`r_2 = o_t - \eta_{t-1}`, :math:`r_3 = \eta_t - c_{t-1}`, :math:`r_4 = c_{t-1} - \eta_{t-1}`,
    :math:`r_5 = o_t - c_{t-1}`; `d` are those less their mean where the price moved, `p` the shares of moving bars
    with an open, or a close, off the high, and off the low, and `v` variances. A tick costs passes over the window.

    References
    ----------
    Ardia, D., Guidotti, E., Kroencke, T. A. (2024). Efficient estimation of bid-ask spreads from open, high, low, and
    close prices. Journal of Financial Economics 161, 103916.

    Examples
    --------
    >>> bars = {"open": [1.0, 2.0, 1.0], "high": [3.0, 3.0, 2.0], "low": [0.0, 0.0, 0.0], "close": [1.0, 2.0, 1.0]}
    >>> evaluate(RollingSquaredSpread(x, y, z, v, window=3), **bars)
    [nan, nan, 1.25]
    """

    open: Expr
    high: Expr
    low: Expr
    close: Expr
    window: int

    registers: ClassVar = np.dtype([("clean", "i8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 3", self.window >= 3, self.window)
        units = {x.unit for x in self.operands}
        self.require("all operands must have one unit", len(units) == 1, sorted(units))

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return power(self.close.unit, 2)
