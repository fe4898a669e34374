"""The first lag at which values tell least about each other."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR


@jit
def _information(h: np.ndarray, window: int, bins: int, lag: int) -> float:
    """Mutual information of the bins in the first items and those `lag` later, from their joint counts behind them."""
    joint, pairs = h[window:], window - lag
    for c in range(bins * bins + 2 * bins):
        joint[c]["value"] = 0
    early, late = joint[bins * bins :], joint[bins * bins + bins :]
    for j in range(pairs):
        a, b = h[j]["value"], h[j + lag]["value"]
        joint[a * bins + b]["value"] += 1
        early[a]["value"] += 1
        late[b]["value"] += 1
    total = 0.0
    for a in range(bins):
        for b in range(bins):
            count = joint[a * bins + b]["value"]
            if count > 0:
                even = float(early[a]["value"]) * float(late[b]["value"])
                total += float(count) * maths.log(float(count) * float(pairs) / even)
    return total / pairs


@jit
def _kernel(
    out: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
    maximum: int,
    bins: int,
) -> None:
    s = registers[0]
    clean = s["clean"]
    for i in range(out.size):
        clean = min(clean + 1, window) if maths.is_finite(x[i + window]) else 0
        out[i] = np.nan
        if clean == window:
            values = x[i + 1 : i + window + 1]
            low, high = values[0], values[0]
            for j in range(values.size):
                low, high = min(low, values[j]), max(high, values[j])
            if high > low:
                for j in range(values.size):
                    place = int((values[j] - low) / (high - low) * bins)
                    history[j]["value"] = min(place, bins - 1)
                before = _information(history, window, bins, 1)
                here, best, least = before, 1, before
                for lag in range(2, maximum + 1):
                    before, here = here, _information(history, window, bins, lag)
                    if here > before:
                        break  # the one before was the first minimum
                    if here < least:
                        best, least = lag, here
                out[i] = float(best)
    s["clean"] = clean


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
    the least. Shares p are of `bins` even parts of the window's range. A tick costs one pass over
    the window for every lag up to the one that is found.

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

    registers: ClassVar = np.dtype([("clean", "i8")])
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
        return self.window + self.bins * self.bins + 2 * self.bins

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE
