"""The first lag at which values tell least about each other.

While the range of the window stays, so do the bins of its values, and a tick moves one pair of every lag from a cell of
its table to another. Where the range changes, what changes its bin moves. The sums of c ln c over counts c are kept in
integers: they are those of the window, whatever the way there.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8, Item
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR

TIE = 1e-12  # nats: what differs by less is rounding
LARGEST = 60  # bits of the largest sum: the difference of two is an integer of 64 bits
DEAR = 6  # where more than this part of the window changes its bin, pairs are counted anew


@cache
def _scale(window: int) -> float:
    """The power of two in whose parts c ln c is held."""
    return 2.0 ** (LARGEST - math.frexp(window * math.log(window))[1])


@cache
def _table(window: int) -> I8:
    """The values of c ln c for every count of a window, 0 for none."""
    whole = [round(c * math.log(c) * _scale(window)) for c in range(1, window + 1)]
    return np.array([0, *whole], np.int64)


@jit
def _code(value: Item, low: float, high: float, bins: int) -> int:
    """The bin of a value of the window; any where it is outside of the range, which is then about to change."""
    if value < low or value >= high:
        return bins - 1
    return min(int((value - low) / (high - low) * bins), bins - 1)


@jit
def _move(pairs: np.ndarray, table: I8, leaves: int, enters: int) -> None:
    """Take a pair from one cell of a lag's table to another, and keep the sum in front of the table."""
    less = pairs[1 + leaves]["value"] - 1
    pairs[1 + leaves]["value"] = less
    more = pairs[1 + enters]["value"] + 1
    pairs[1 + enters]["value"] = more
    change = (table[more] - table[more - 1]) - (table[less + 1] - table[less])
    pairs[0]["value"] += change


@jit
def _shift(codes: np.ndarray, lags: np.ndarray, table: I8, bins: int, built: int) -> None:
    """Take in the last code and let the first one go, at the lags that are built."""
    window, width = codes.size - 1, bins * bins + 1
    first, last = codes[0]["value"], codes[window]["value"]
    for lag in range(1, built + 1):
        leaves = first * bins + codes[lag]["value"]
        enters = codes[window - lag]["value"] * bins + last
        _move(lags[(lag - 1) * width :], table, leaves, enters)


@jit
def _change(
    codes: np.ndarray, lags: np.ndarray, table: I8, bins: int, built: int, j: int, new: int
) -> None:
    """Give one value another bin, at the lags that are built."""
    width, old = bins * bins + 1, codes[j]["value"]
    for lag in range(1, built + 1):
        pairs = lags[(lag - 1) * width :]
        if j + lag < codes.size:
            late = codes[j + lag]["value"]
            _move(pairs, table, old * bins + late, new * bins + late)
        if j >= lag:
            early = codes[j - lag]["value"] * bins
            _move(pairs, table, early + old, early + new)
    codes[j]["value"] = new


@jit
def _count(codes: np.ndarray, pairs: np.ndarray, table: I8, bins: int, lag: int) -> None:
    """Count the pairs of a lag anew."""
    cells = bins * bins
    for c in range(1 + cells):
        pairs[c]["value"] = 0
    joint, late = pairs[1:], codes[lag:]
    for j in range(late.size):
        joint[codes[j]["value"] * bins + late[j]["value"]]["value"] += 1
    total = 0
    for c in range(cells):
        total += table[joint[c]["value"]]
    pairs[0]["value"] = total


@jit
def _leave(counts: np.ndarray, table: I8, code: int) -> int:
    """Take a value out of the counts; returns by how much the sum of c ln c is less."""
    count = counts[code]["value"]
    counts[code]["value"] = count - 1
    return int(table[count]) - int(table[count - 1])


@jit
def _first_minimum(
    h: np.ndarray, codes: np.ndarray, table: I8, tie: float, bins: int, built: int
) -> tuple[int, int]:
    """The first minimum over the lags, of which those behind `built` are counted where they are needed."""
    early, late, lags = h[bins:], h[2 * bins :], h[3 * bins :]
    window, width, total = codes.size, bins * bins + 1, 0
    for b in range(bins):
        early[b]["value"] = h[b]["value"]
        late[b]["value"] = h[b]["value"]
        total += table[h[b]["value"]]
    apart = 2 * total  # of the bins of the earlier values, and of the later
    here, best, least = 0.0, 0, 0.0
    for lag in range(1, (lags.size // width) + 1):
        pairs, n = lags[(lag - 1) * width :], window - lag
        if lag > built:
            _count(codes, pairs, table, bins, lag)
            built = lag
        apart -= _leave(early, table, codes[n]["value"])
        apart -= _leave(late, table, codes[lag - 1]["value"])
        before, here = here, float(pairs[0]["value"] - apart + table[n]) / n
        if lag > 1 and here > before + tie:
            break  # the one before was the first minimum
        if lag == 1 or here < least - tie:
            best, least = lag, here
    return best, built


@jit
def _kernel(
    out: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    table: I8,
    scale: float,
    window: int,
    bins: int,
) -> None:
    s = registers[0]
    clean, low, high, start, built = s["clean"], s["low"], s["high"], s["start"], s["built"]
    counts, lags = history[2 * window :], history[2 * window + 3 * bins :]
    for i in range(out.size):
        new, old = x[i + window], x[i]
        was, clean = clean, min(clean + 1, window) if maths.is_finite(new) else 0
        out[i] = np.nan
        if clean < window:
            continue
        moved = was < window
        if moved:  # a window to begin with: all codes are 0, and counted
            start, built, low, high = 0, 0, new, new
            for j in range(window):
                history[j]["value"] = 0
            for b in range(bins):
                counts[b]["value"] = window if b == 0 else 0
        else:
            if start == window:
                for j in range(window):
                    history[j]["value"] = history[window + j]["value"]
                start = 0
            code = _code(new, low, high, bins)
            history[start + window]["value"] = code
            _shift(history[start : start + window + 1], lags, table, bins, built)
            counts[history[start]["value"]]["value"] -= 1
            counts[code]["value"] += 1
            start += 1
        codes, values = history[start : start + window], x[i + 1 : i + window + 1]
        if moved or new < low or new > high or old <= low or old >= high:
            bottom, top = values[0], values[0]
            for j in range(window):
                bottom, top = min(bottom, values[j]), max(top, values[j])
            moved = moved or bottom != low or top != high
            low, high = bottom, top
        if high > low:
            changed = 0
            for j in range(window if moved else 0):
                place, was_in = _code(values[j], low, high, bins), codes[j]["value"]
                if place != was_in:
                    changed += 1
                    built = 0 if changed * DEAR > window else built
                    counts[was_in]["value"] -= 1
                    counts[place]["value"] += 1
                    _change(codes, lags, table, bins, built, j, place)
            best, built = _first_minimum(counts, codes, table, TIE * scale, bins, built)
            out[i] = float(best)
    s["clean"], s["low"], s["high"], s["start"], s["built"] = clean, low, high, start, built


def _oracle(x: F8, window: int, maximum: int, bins: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if not np.isfinite(values).all() or np.ptp(values) == 0:
            continue
        code = np.minimum((values - values.min()) / np.ptp(values) * bins, bins - 1).astype(int)
        known = []
        for lag in range(1, maximum + 1):
            p = np.zeros((bins, bins))
            np.add.at(p, (code[:-lag], code[lag:]), 1 / (window - lag))
            even = p.sum(axis=1, keepdims=True) * p.sum(axis=0, keepdims=True)
            known.append(float(np.sum(p[p > 0] * np.log(p[p > 0] / even[p > 0]))))
        rises = np.flatnonzero(np.diff(known) > 1e-12)
        falling = np.round(known[: rises[0] + 1] if rises.size else known, 12)
        out[t] = 1 + np.argmin(falling)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingMutualDelay(Operator):
    r"""First minimum over lags of the mutual information of the last `window` values and those before them.

    .. math::
        y_t = \min \{ k : I_{k+1} > I_k \}, \quad
        I_k = \sum_{a,b} p_{ab} \ln \frac{p_{ab}}{p_a p_b}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window, and where it is flat.
    Warm-up: `window`. Unit: 1. From 1 to `maximum`; where the information never rises, the lag with
    the least; what differs by less than 1e-12 is equal. Shares p are of `bins` even parts of the
    window's range. A tick moves a pair for every lag, and one that changes the range passes over
    the window.

    References
    ----------
    Fraser, A. M., Swinney, H. L. (1986). Independent coordinates for strange attractors from mutual
    information. Physical Review A 33, 1134-1140.

    Examples
    --------
    >>> evaluate(RollingMutualDelay(x, window=6, maximum=3, bins=2), x=[1.0, 1.0, 0.0, 0.0, 1.0, 1.0])[-1]
    1.0
    """

    x: Expr
    window: int
    maximum: int
    bins: int = 8

    registers: ClassVar = np.dtype(
        [("clean", "i8"), ("low", "f8"), ("high", "f8"), ("start", "i8"), ("built", "i8")]
    )
    history: ClassVar = np.dtype([("value", "i8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 12, "maximum": 4, "bins": 3}

    def check(self) -> None:
        rule = "maximum must be at least 1 and below window"
        self.require(rule, 1 <= self.maximum < self.window, self.maximum)
        self.require("bins must be at least 2", self.bins >= 2, self.bins)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return 2 * self.window + 3 * self.bins + self.maximum * (self.bins * self.bins + 1)

    @property
    def table(self) -> I8:
        """The values of c ln c by count."""
        return _table(self.window)

    @property
    def scale(self) -> float:
        """What the table holds 1 as."""
        return _scale(self.window)

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE
