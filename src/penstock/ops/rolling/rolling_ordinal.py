"""Ordinal patterns over the last ticks.

The pattern of `order` values in a row is its number among all permutations (Lehmer's code). How
often each occurs in the window is counted: one pattern enters and one leaves at a tick.
"""

import math
from dataclasses import dataclass
from itertools import permutations
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _pattern(x: F8, newest: int, order: int) -> int:
    """The number of the permutation that the last values form; -1 where one is not finite."""
    code = 0
    for a in range(order):
        first, below = x[newest - order + 1 + a], 0
        if not maths.is_finite(first):
            return -1
        for b in range(a + 1, order):
            below += 1 if x[newest - order + 1 + b] < first else 0
        code = code * (order - a) + below
    return code


@jit
def _kernel(
    entropy: F8,
    complexity: F8,
    fisher: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
    order: int,
    largest: float,
) -> None:
    s, counts = registers[0], history
    clean, seen, words = s["clean"], s["seen"], window - order + 1
    for i in range(entropy.size):
        new = _pattern(x, i + window, order)
        old = _pattern(x, i + order - 1, order) if seen >= window else -1
        if new >= 0 and seen >= order - 1:
            counts[new]["count"] += 1
        if old >= 0:
            counts[old]["count"] -= 1
        seen += 1
        clean = clean + 1 if maths.is_finite(x[i + window]) else 0
        h, mixed, jump = 0.0, 0.0, 0.0
        for j in range(counts.size):
            p = counts[j]["count"] / words
            h -= p * math.log(p) if p > 0.0 else 0.0
            half = 0.5 * (p + 1.0 / counts.size)
            mixed -= half * math.log(half)
            if j > 0:
                step = math.sqrt(p) - math.sqrt(counts[j - 1]["count"] / words)
                jump += step * step
        even = math.log(float(counts.size))
        known = clean >= window
        ends = counts[0]["count"] == words or counts[counts.size - 1]["count"] == words
        entropy[i] = h / even if known else np.nan
        complexity[i] = (mixed - 0.5 * h - 0.5 * even) / largest * h / even if known else np.nan
        fisher[i] = (jump if ends else 0.5 * jump) if known else np.nan
    s["clean"], s["seen"] = clean, seen


def _oracle(x: F8, window: int, order: int) -> dict[str, F8]:
    out = {name: np.full(x.size, np.nan) for name in ("entropy", "complexity", "fisher")}
    known = sorted(permutations(range(order)))
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if not np.isfinite(values).all():
            continue
        parts = (values[k : k + order] for k in range(window - order + 1))
        # the rank of each value: of equal ones the earlier is the lower
        found = [tuple(np.argsort(np.argsort(part, kind="stable"))) for part in parts]
        p = np.array([found.count(one) for one in known]) / len(found)
        even, sole = np.full(len(known), 1 / len(known)), np.eye(len(known))[0]
        share = _entropy(p) / np.log(len(known))
        divergence, most = (
            _entropy((q + even) / 2) - _entropy(q) / 2 - _entropy(even) / 2 for q in (p, sole)
        )
        out["entropy"][t], out["complexity"][t] = share, divergence / most * share
        factor = 1.0 if p[0] == 1.0 or p[-1] == 1.0 else 0.5
        out["fisher"][t] = factor * np.sum(np.diff(np.sqrt(p)) ** 2)
    return out


def _entropy(p: F8) -> float:
    return -float(np.sum(p[p > 0] * np.log(p[p > 0])))


@dataclass(frozen=True, eq=False, repr=False)
class RollingOrdinal(Operator):
    r"""Entropy, statistical complexity and Fisher information of the ordinal patterns of the last values.

    .. math::
        H = -\frac{1}{\ln m!} \sum_\pi p_\pi \ln p_\pi, \quad
        C = \frac{J(p, u)}{J_{\max}} H, \quad
        F = F_0 \sum_{j=2}^{m!} \big( \sqrt{p_j} - \sqrt{p_{j-1}} \big)^2

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    1. Patterns of m = `order` values in a row, `window` - m + 1 of them, in the order of their
    numbers; of equal values the earlier is the lower. J is the divergence of Jensen and Shannon
    from the even distribution u; F_0 is 1 where the first or the last pattern is the only one, else
    1/2.

    References
    ----------
    Bandt, C., Pompe, B. (2002). Permutation entropy: a natural complexity measure for time series.
    Physical Review Letters 88, 174102. Rosso, O. A., et al. (2007). Distinguishing noise from
    chaos. Physical Review Letters 99, 154102. Olivares, F., Plastino, A., Rosso, O. A. (2012).
    Contrasting chaos with noise via local versus global information quantifiers. Physics Letters A
    376, 1577-1583.

    Examples
    --------
    >>> evaluate(RollingOrdinal(x, window=4, order=2), x=[1.0, 2.0, 3.0, 2.0, 1.0])["fisher"]
    [nan, nan, nan, 0.02859547920896832, 0.02859547920896832]
    """

    x: Expr
    window: int
    order: int = 3

    outputs: ClassVar = ("entropy", "complexity", "fisher")
    registers: ClassVar = np.dtype([("clean", "i8"), ("seen", "i8")])
    history: ClassVar = np.dtype([("count", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 9, "order": 3}

    def check(self) -> None:
        self.require("order must be from 2 to 6", 2 <= self.order <= 6, self.order)
        self.require("window must be at least order", self.window >= self.order, self.window)

    @property
    def largest(self) -> float:
        """The divergence of a sole pattern from the even distribution."""
        n = float(math.factorial(self.order))
        high, low = 0.5 * (1.0 + 1.0 / n), 0.5 / n
        mixed = -high * math.log(high) - (n - 1.0) * low * math.log(low)
        return mixed - 0.5 * math.log(n)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return math.factorial(self.order)

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE
