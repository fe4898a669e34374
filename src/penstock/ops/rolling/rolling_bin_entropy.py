"""Entropy over the last ticks, in bins of powers of two."""

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator

BINS = 128
LOWEST = -64  # the exponent of the first bin; what lies outside is counted in the bins at the ends


@jit
def _bin(value: float) -> int:
    """The bin of a value; -1 for what has none."""
    if not maths.is_finite(value) or value <= 0.0:
        return -1
    return min(max(maths.exponent(value) - LOWEST, 0), BINS - 1)


@jit
def _add(history: np.ndarray, number: int, change: int) -> None:
    one = history[number]
    count = one["count"] + change
    one["count"] = count
    one["term"] = count * maths.log(float(count)) if count > 0 else 0.0


@jit
def _evenness(history: np.ndarray, low: int, high: int, window: int) -> float:
    total, occupied = 0.0, 0
    for number in range(low, high + 1):
        total += history[number]["term"]
        occupied += 1 if history[number]["count"] > 0 else 0
    if occupied == 1:
        return 0.0
    entropy = maths.log(float(window)) - total / window
    return entropy / maths.log(float(occupied))


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, history: np.ndarray, window: int) -> None:
    s = registers[0]
    seen, size, low, high = s["seen"], s["size"], s["low"], s["high"]
    if seen == 0:
        low = BINS  # the span of the bins in use is empty
    for i in range(out.size):
        enters = _bin(x[i + window])
        leaves = _bin(x[i]) if seen >= window else -1
        seen += 1
        if enters != leaves:
            if leaves >= 0:
                _add(history, leaves, -1)
                size -= 1
            if enters >= 0:
                _add(history, enters, 1)
                size += 1
                low, high = min(low, enters), max(high, enters)
        out[i] = _evenness(history, low, high, window) if size == window else np.nan
    s["seen"], s["size"], s["low"], s["high"] = seen, size, low, high


def _oracle(x: F8, window: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if not (np.isfinite(values).all() and (values > 0.0).all()):
            continue
        exponents = np.clip(np.frexp(values)[1] - 1, LOWEST, LOWEST + BINS - 1)
        shares = np.array(list(Counter(exponents.tolist()).values())) / window
        if shares.size == 1:
            out[t] = 0.0
        else:
            out[t] = -np.sum(shares * np.log(shares)) / np.log(shares.size)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingBinEntropy(Operator):
    r"""Shannon entropy of the last `window` values in powers of two, as a share of its maximum.

    .. math::
        H_t = -\frac{1}{\ln K} \sum_{b} p_b \ln p_b, \quad
        p_b = \frac{1}{w} \#\{ i : t - w < i \le t, \; \lfloor \log_2 x_i \rfloor = b \}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite and positive is in the window. Warm-up:
    `window`. Unit: none. K is the number of bins that hold a value; with one bin the entropy is 0.
    Values below 2^-64 or from 2^63 share the bins at the ends.

    References
    ----------
    Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal
    27(3), 379-423.

    Examples
    --------
    >>> evaluate(RollingBinEntropy(x, window=2), x=[1.0, 1.5, 2.0])
    [nan, 0.0, 1.0]
    """

    x: Expr
    window: int

    registers: ClassVar = np.dtype([("seen", "i8"), ("size", "i8"), ("low", "i8"), ("high", "i8")])
    history: ClassVar = np.dtype([("count", "i8"), ("term", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return BINS

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE
