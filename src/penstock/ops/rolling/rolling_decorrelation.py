"""How long values remember: the first lag at which their autocorrelation is low.

The products of lags are kept from tick to tick about an anchor, with a bound of their rounding; a lag that the bound
leaves open is summed anew about the mean.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, Item
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR

# of the largest sum of squares since products were laid, for each value: more than all rounding in a kept product
ROUNDING = 64.0 * 2.0**-53
STALE = 1e4  # times the squares of now: what the sums were laid for has left, and their rounding is seen


@jit
def _moments(values: F8) -> tuple[float, float]:
    """The mean less the first value, and the sum of squares about it."""
    first, total, square = values[0], 0.0, 0.0
    for j in range(values.size):
        total += values[j] - first
    mean = total / values.size
    for j in range(values.size):
        e = (values[j] - first) - mean
        square += e * e
    return mean, square


@jit
def _product(values: F8, origin: Item, mean: float, lag: int) -> float:
    """The sum of products of the values with those `lag` before them, about a mean that is given from an origin."""
    total, later = 0.0, values[lag:]
    for j in range(later.size):
        total += ((values[j] - origin) - mean) * ((later[j] - origin) - mean)
    return total


@jit
def _below(values: F8, level: float, lag: int) -> bool:
    """Whether the autocorrelation at a lag is below the level, summed anew."""
    mean, square = _moments(values)
    return _product(values, values[0], mean, lag) < level * square


@jit
def _search(values: F8, level: float) -> float:
    """The first lag below the level, summed anew; NaN where the window is flat."""
    mean, square = _moments(values)
    if not square > 0.0:
        return np.nan
    lag = 1
    while lag < values.size and _product(values, values[0], mean, lag) >= level * square:
        lag += 1
    return float(lag)


@jit
def _find(
    kept: np.ndarray, values: F8, s: np.ndarray, low: float, bound: float, level: float
) -> float:
    """The first lag whose product is below `low`, from kept products, which are laid up to it."""
    window, anchor, total = values.size, s["anchor"], s["total"]
    mean, early, late = total / window, total, total
    for lag in range(1, window):
        if lag > s["built"]:
            kept[lag]["value"] = _product(values, anchor, 0.0, lag)
            s["built"] = lag
        early -= values[lag - 1] - anchor
        late -= values[window - lag] - anchor
        product = kept[lag]["value"] - mean * (early + late) + (window - lag) * mean * mean
        if product < low - bound:
            return float(lag)
        if not product > low + bound and _below(values, level, lag):
            return float(lag)
    return float(window)


@jit
def _slide(kept: np.ndarray, x: F8, s: np.ndarray, window: int) -> None:
    """Take in the last of `x` and let the first one go, at the lags that are built."""
    anchor = s["anchor"]
    enters, leaves = x[window] - anchor, x[0] - anchor
    for lag in range(1, s["built"] + 1):
        gained = enters * (x[window - lag] - anchor)
        kept[lag]["value"] += gained - leaves * (x[lag] - anchor)
    s["total"] += enters - leaves
    s["squares"] += enters * enters - leaves * leaves
    s["most"] = max(s["most"], s["squares"])


@jit
def _lay(values: F8, s: np.ndarray) -> None:
    """Sum anew about an anchor in the middle of the window; products follow where they are needed."""
    anchor, total, squares = values[0] + _moments(values)[0], 0.0, 0.0
    for j in range(values.size):
        e = values[j] - anchor
        total += e
        squares += e * e
    s["anchor"], s["total"], s["squares"], s["most"] = anchor, total, squares, squares
    s["age"], s["built"] = 0, 0


@jit
def _kernel(
    out: F8,
    x: F8,
    window: int,
    level: float,
    registers: np.ndarray,
    history: np.ndarray,
) -> None:
    s = registers[0]
    clean = s["clean"]
    for i in range(out.size):
        clean = min(clean + 1, window) if maths.is_finite(x[i + window]) else 0
        out[i] = np.nan
        s["age"] += 1
        if clean < window:
            s["age"] = window  # nothing is kept
            continue
        values = x[i + 1 : i + window + 1]
        if s["age"] < window:
            _slide(history, x[i : i + window + 1], s, window)
        square = s["squares"] - s["total"] * (s["total"] / window)
        if s["age"] >= window or not s["most"] <= STALE * square:
            _lay(values, s)
            square = s["squares"] - s["total"] * (s["total"] / window)
        bound = ROUNDING * window * s["most"]
        if square > bound:
            out[i] = _find(history, values, s, level * square, bound, level)
        else:
            out[i] = _search(values, level)
    s["clean"] = clean


def _oracle(x: F8, window: int, level: float) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all() and not (values == values[0]).all():
            d = (values - values[0]).astype(np.longdouble)
            d -= d.mean()
            lags = np.correlate(d, d, mode="full")[window - 1 :] / np.sum(d * d)
            low = np.flatnonzero(lags < level)
            out[t] = low[0] if low.size else window
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingDecorrelation(Operator):
    r"""First lag at which the autocorrelation of the last `window` values is below `level`.

    .. math:: y_t = \min \{ k : \rho_k < l \}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window, and where it is flat.
    Warm-up: `window`. Unit: 1. From 1 to `window`. A tick costs one product for every lag up to
    the one that is found, and a pass over the window for those that are not yet kept.

    References
    ----------
    Box, G. E. P., Jenkins, G. M. (1970). Time Series Analysis, section 2.1.5. Liebert, W., Schuster,
    H. G. (1989). Proper choice of the time delay for the analysis of chaotic time series. Physics
    Letters A 142, 107-111.

    Examples
    --------
    >>> evaluate(RollingDecorrelation(x, window=4, level=0.2), x=[1.0, 2.0, 3.0, 4.0])
    [nan, nan, nan, 2.0]
    """

    x: Expr
    window: int
    level: float

    registers: ClassVar = np.dtype(
        [(name, "i8") for name in ("clean", "age", "built")]
        + [(name, "f8") for name in ("anchor", "total", "squares", "most")]
    )
    history: ClassVar = np.dtype([("value", "f8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7, "level": 0.3}

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)
        self.require("level must be between 0 and 1", 0.0 < self.level < 1.0, self.level)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE
