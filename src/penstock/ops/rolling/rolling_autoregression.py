"""Autoregression of the last values by least squares, of a given order and of the best one.

The products of the lags are kept from tick to tick. Where too little is left of what was summed (a far value at an edge
of the window, lags that hardly differ), they are summed anew. The factors of the lags up to the highest hold those
of every lower order, and with them what each order leaves unexplained.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.rolling.lag_products import centre, lay, products

LOST = 1e-13  # of a lag's own sum of squares: what is left of it beside the others is rounding
# what is left of kept sums: with less they are summed anew, as their rounding would be seen
SHARE, APART = 0.0625, 1e-3


@jit
def _factor(h: np.ndarray, order: int, lost: float) -> int:
    """Factors L D L' of the lags in place, D on the diagonal; in row 0 the slope of each lag beside those before it.

    Returns how many lags are of full rank.
    """
    side = order + 1
    for a in range(1, side):
        h[a]["value"] = h[a * side + a]["value"]
    for k in range(1, side):
        column = h[k * side : k * side + side]  # above the diagonal, before it is divided
        square, explains = column[k]["value"], column[0]["value"]
        if not square > lost * h[k]["value"]:
            return k - 1
        share = 1.0 / square
        for a in range(k + 1, side):
            row = h[a * side : a * side + side]
            below = row[k]["value"]
            column[a]["value"] = below
            below *= share
            row[0]["value"] -= below * explains
            for b in range(k + 1, a + 1):
                row[b]["value"] -= below * column[b]["value"]
            row[k]["value"] = below
        h[k]["value"] = explains * share
    return order


@jit
def _explained(h: np.ndarray, order: int, lag: int) -> float:
    """What a lag explains of the squares, beside those before it."""
    return h[lag]["value"] * h[lag]["value"] * h[lag * (order + 2)]["value"]


@jit
def _slopes(h: np.ndarray, order: int) -> None:
    """The coefficients, in row 0, from the slope of each lag beside those before it."""
    side = order + 1
    for k in range(order, 1, -1):
        slope, row = h[k]["value"], h[k * side : k * side + side]
        for a in range(1, k):
            h[a]["value"] -= row[a]["value"] * slope


@jit
def _best(h: np.ndarray, order: int, rows: int) -> float:
    """The order of the least information criterion of Schwarz."""
    left, best, least = h[0]["value"], 0, 0.0
    n = float(rows)
    price = maths.log(n)
    for p in range(order + 1):
        if p > 0:
            left -= _explained(h, order, p)
        if not left > LOST * h[0]["value"]:
            return float(p)  # nothing is left to explain
        criterion = n * maths.log(left / n) + float(p) * price
        if p == 0 or criterion < least:
            best, least = p, criterion
    return float(best)


@jit
def _solid(h: np.ndarray, order: int) -> bool:
    """Whether the kept sums, centred, tell the lags apart, and leave something unexplained."""
    if not h[0]["value"] > 0.0 or _factor(h, order, APART) < order:
        return False
    left = h[0]["value"]
    for a in range(1, order + 1):
        left -= _explained(h, order, a)
    return left > APART * h[0]["value"]


@jit
def _kernel(
    slope: F8,
    forecast: F8,
    best: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
    order: int,
) -> None:
    s = registers[0]
    clean, age, anchor, total, most = s["clean"], s["age"], s["anchor"], s["total"], s["most"]
    side = order + 1
    kept = history[side * side + side :]
    for i in range(slope.size):
        new, old = i + window, i + order
        clean = min(clean + 1, window) if maths.is_finite(x[new]) else 0
        slope[i], forecast[i], best[i] = np.nan, np.nan, np.nan
        age += 1
        if clean < window:
            age = window  # nothing is kept
            continue
        values = x[i + 1 : new + 1]
        if age < window:
            enters, leaves = x[new] - anchor, x[old] - anchor
            for b in range(side):
                change = enters * (x[new - b] - anchor) - leaves * (x[old - b] - anchor)
                kept[b]["value"] += change
            total += enters - leaves
            most = max(most, kept[0]["value"])
        if age >= window or not kept[0]["value"] >= SHARE * most:
            anchor, total, most = lay(kept, values, order)
            age = 0
        known = centre(history, values, anchor, total, order) >= SHARE * most
        if not (known and _solid(history, order)):
            products(history, values, order)
            known = history[0]["value"] > 0.0 and _factor(history, order, LOST) == order
        if known:
            best[i] = _best(history, order, window - order)
            _slopes(history, order)
            slope[i] = history[1]["value"]
            expected = history[side * side]["value"]
            for a in range(1, side):
                distance = values[window - a] - history[side * side + a]["value"]
                expected += history[a]["value"] * distance
            forecast[i] = expected
    s["clean"], s["age"], s["anchor"], s["total"], s["most"] = clean, age, anchor, total, most


def _least_squares(table: list[list[Fraction]], y: list[Fraction]) -> list[Fraction] | None:
    """The slopes of exact least squares by Gauss's elimination; None where columns depend on each other."""
    size, zero = len(table[0]), Fraction(0)
    rows = [
        [sum((row[a] * row[b] for row in table), zero) for b in range(size)]
        + [sum((row[a] * v for row, v in zip(table, y, strict=True)), zero)]
        for a in range(size)
    ]
    for a in range(size):
        if rows[a][a] == 0:
            return None
        for b in range(size):
            if b != a:
                share = rows[b][a] / rows[a][a]
                rows[b] = [v - share * w for v, w in zip(rows[b], rows[a], strict=True)]
    return [rows[a][size] / rows[a][a] for a in range(size)]


def _oracle(x: F8, window: int, order: int) -> dict[str, F8]:
    """Least squares over the written-out table of lags, one order after the other, in exact arithmetic."""
    out = {name: np.full(x.size, np.nan) for name in ("slope", "forecast", "best")}
    for t in range(window - 1, x.size):
        if not np.isfinite(x[t - window + 1 : t + 1]).all():
            continue
        values = [Fraction(float(v)) for v in x[t - window + 1 : t + 1]]
        y, rows = values[order:], window - order
        criteria, slopes = [], None
        for p in range(order + 1):
            table = [
                [Fraction(1), *(values[j - k] for k in range(1, p + 1))]
                for j in range(order, window)
            ]
            slopes = _least_squares(table, y)
            if slopes is None:
                break
            fit = [sum(s * v for s, v in zip(slopes, row, strict=True)) for row in table]
            left = float(sum((v - f) ** 2 for v, f in zip(y, fit, strict=True)))
            criteria.append(rows * np.log(left / rows) + p * np.log(rows) if left else -np.inf)
        if slopes is not None and len(set(y)) > 1:
            out["best"][t], out["slope"][t] = int(np.argmin(criteria)), float(slopes[1])
            newest = [Fraction(1), *values[::-1][:order]]
            out["forecast"][t] = float(sum(s * v for s, v in zip(slopes, newest, strict=True)))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingAutoregression(Operator):
    r"""Autoregression with a constant over the last `window` values: first slope, forecast, and the best order.

    .. math::
        x_i = c + \sum_{k=1}^{p} \phi_k x_{i-k} + e_i, \quad
        \hat x_{t+1} = c + \sum_{k=1}^{p} \phi_k x_{t+1-k}, \quad
        p^* = \arg\min_{0 \le q \le p} n \ln \frac{\text{RSS}_q}{n} + q \ln n

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window, and where the lags do
    not tell each other apart. Warm-up: `window`. Unit: none for the slope and the order, that of
    `x` for the forecast. By least squares over the n = `window` - `order` values that have all
    lags, for every order up to `order` alike. A tick costs the cube of `order`, and `window` times
    its square where a far value is at an edge of the window or lags hardly differ.

    References
    ----------
    Yule, G. U. (1927). On a method of investigating periodicities in disturbed series.
    Philosophical Transactions A 226, 267-298. Schwarz, G. (1978). Estimating the dimension of a
    model. Annals of Statistics 6(2), 461-464.

    Examples
    --------
    >>> made = evaluate(RollingAutoregression(x, window=5, order=1), x=[1.0, 2.0, 4.0, 9.0, 16.0])
    >>> made["slope"][-1], made["forecast"][-1]
    (1.7368421, 28.5921053)
    """

    x: Expr
    window: int
    order: int = 1

    outputs: ClassVar = ("slope", "forecast", "best")
    registers: ClassVar = np.dtype(
        [("clean", "i8"), ("age", "i8"), ("anchor", "f8"), ("total", "f8"), ("most", "f8")]
    )
    history: ClassVar = np.dtype([("value", "f8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 14, "order": 2}

    def check(self) -> None:
        self.require("order must be at least 1", self.order >= 1, self.order)
        rule = "window must be at least 2 * order + 2"
        self.require(rule, self.window >= 2 * self.order + 2, self.window)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return (self.order + 1) * (self.order + 3)

    @property
    def warmup(self) -> int:
        return self.window

    def unit_of(self, output: str) -> str:
        return self.x.unit if output == "forecast" else ONE
