"""Candles with the averages of the ones before."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.candle.rows import (
    BODY,
    BOTTOM,
    CELLS,
    CLOSE,
    HIGH,
    LONG,
    LONGEST,
    LOW,
    LOWER,
    OPEN,
    RANGE,
    RUN,
    SHADOW,
    SMALL,
    TOP,
    UPPER,
)

MANY, FEW = 10, 5  # candles that averages are over


@jit
def _add(total: float, rest: float, value: float) -> tuple[float, float]:
    """Add to a sum of two floats, of which the first is the whole rounded."""
    added = total + value
    part = added - total
    rest += (total - (added - part)) + (value - part)
    whole = added + rest
    return whole, rest - (whole - added)


@jit
def _kernel(out: F8, open: F8, high: F8, low: F8, close: F8, registers: np.ndarray) -> None:
    s = registers[0]
    body, body_rest, run = s["body"], s["body_rest"], s["run"]
    shadow, shadow_rest = s["shadow"], s["shadow_rest"]
    wide, wide_rest, few, few_rest = s["wide"], s["wide_rest"], s["few"], s["few_rest"]
    for i in range(len(out)):
        first, top, bottom, last = open[i + MANY], high[i + MANY], low[i + MANY], close[i + MANY]
        upper_end, lower_end = max(first, last), min(first, last)
        out[i, OPEN], out[i, HIGH], out[i, LOW], out[i, CLOSE] = first, top, bottom, last
        out[i, TOP], out[i, BOTTOM] = upper_end, lower_end
        size, upper, lower = abs(last - first), top - upper_end, lower_end - bottom
        out[i, BODY], out[i, UPPER], out[i, LOWER] = size, upper, lower
        many = run >= MANY
        out[i, LONG] = body / 10.0 if many else np.nan
        out[i, SMALL] = 0.1 * (wide / 10.0) if many else np.nan
        out[i, SHADOW] = shadow / 10.0 / 2.0 if many else np.nan
        out[i, RANGE] = few / 5.0 if run >= FEW else np.nan
        if not (maths.is_finite(size) & maths.is_finite(upper) & maths.is_finite(lower)):
            run = 0
            out[i, TOP] = out[i, BOTTOM] = out[i, BODY] = out[i, UPPER] = out[i, LOWER] = np.nan
            body = body_rest = shadow = shadow_rest = 0.0
            wide = wide_rest = few = few_rest = 0.0
            out[i, RUN] = 0.0
            continue
        body, body_rest = _add(body, body_rest, size)
        shadow, shadow_rest = _add(shadow, shadow_rest, upper + lower)
        wide, wide_rest = _add(wide, wide_rest, top - bottom)
        few, few_rest = _add(few, few_rest, top - bottom)
        if run >= FEW:
            few, few_rest = _add(few, few_rest, low[i + FEW] - high[i + FEW])
        if many:
            old, end = max(open[i], close[i]), min(open[i], close[i])
            body, body_rest = _add(body, body_rest, -abs(close[i] - open[i]))
            shadow, shadow_rest = _add(shadow, shadow_rest, -((high[i] - old) + (end - low[i])))
            wide, wide_rest = _add(wide, wide_rest, low[i] - high[i])
        run = min(run + 1, LONGEST)
        out[i, RUN] = float(run)
    s["body"], s["body_rest"], s["run"] = body, body_rest, run
    s["shadow"], s["shadow_rest"] = shadow, shadow_rest
    s["wide"], s["wide_rest"], s["few"], s["few_rest"] = wide, wide_rest, few, few_rest


def _oracle(open: F8, high: F8, low: F8, close: F8) -> F8:
    top, bottom = np.maximum(open, close), np.minimum(open, close)
    body, upper, lower = abs(close - open), high - top, bottom - low
    known = np.isfinite(body) & np.isfinite(upper) & np.isfinite(lower)
    out = np.full((open.size, CELLS), np.nan)
    out[:, : CLOSE + 1] = np.column_stack([open, high, low, close])
    shapes = np.column_stack([top, bottom, body, upper, lower])
    out[:, TOP : LOWER + 1] = np.where(known[:, None], shapes, np.nan)
    for t in range(open.size):
        holes = np.flatnonzero(~known[: t + 1])
        run = t - (int(holes[-1]) if holes.size else -1)
        out[t, RUN] = min(run, LONGEST)
        ten, five = slice(t - MANY, t), slice(t - FEW, t)
        if t >= MANY and known[ten].all():
            out[t, LONG] = math.fsum(body[ten]) / 10.0
            out[t, SMALL] = 0.1 * (math.fsum((high - low)[ten]) / 10.0)
            out[t, SHADOW] = math.fsum((upper + lower)[ten]) / 10.0 / 2.0
        if t >= FEW and known[five].all():
            out[t, RANGE] = math.fsum((high - low)[five]) / 5.0
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Candles(Operator):
    r"""Bars as candles: body, shadows, and what is long, short and near after the candles before.

    .. math::
        b_t = |c_t - o_t|, \quad u_t = h_t - \max(o_t, c_t), \quad l_t = \min(o_t, c_t) - l^{*}_t, \quad
        \bar b_t = \frac{1}{10} \sum_{i=t-10}^{t-1} b_i, \quad
        s_t = \frac{0.1}{10} \sum_{i=t-10}^{t-1} r_i, \quad
        \bar r_t = \frac{1}{5} \sum_{i=t-5}^{t-1} r_i

    Notes
    -----
    Seed: none. NaN: a candle that is not finite has no averages after it until ten (five) whole ones
    follow; ``run`` starts at 0 there. Warm-up: 1; averages after ten (five) candles. Unit: that of the
    prices, but for ``run``, the number of whole candles up to this one, 15 at most. The cells are those of
    `rows.FIELDS`; l* is the low, r the range, s what is small. The settings are TA-Lib's defaults. Sums are exact
    and rounded once, so that equal candles are neither long nor short; TA-Lib's running sums drift, and where a body
    or a shadow is as long as its measure the last bit decides there.

    References
    ----------
    TA-Lib, ta_global.c, TA_CandleDefaultSettings. Nison, S. (1991). Japanese Candlestick Charting Techniques.
    New York Institute of Finance.

    Examples
    --------
    >>> evaluate(Candles(x, y, z, v), open=[2.0], high=[5.0], low=[1.0], close=[4.0])[0][:9]
    [2.0, 5.0, 1.0, 4.0, 4.0, 2.0, 2.0, 1.0, 1.0]
    """

    open: Expr
    high: Expr
    low: Expr
    close: Expr

    registers: ClassVar = np.dtype(
        [
            (name, "f8")
            for part in ("body", "shadow", "wide", "few")
            for name in (part, f"{part}_rest")
        ]
        + [("run", "i8")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"unit": "a row also counts candles"}

    def check(self) -> None:
        units = {x.unit for x in self.operands}
        self.require("all operands must have one unit", len(units) == 1, sorted(units))

    @property
    def lookback(self) -> int:
        return MANY

    @property
    def cells(self) -> int:
        return CELLS
