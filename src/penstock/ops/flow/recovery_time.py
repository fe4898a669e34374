"""How long a depth that fell takes to recover."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import Expr, Operator


@jit
def _kernel(
    out: F8,
    run: F8,
    x: F8,
    was: F8,
    at: I8,
    registers: np.ndarray,
    share: float,
    limit: int,
    span: float,
) -> None:
    s = registers[0]
    last, wanted, since, open_ = s["last"], s["wanted"], s["since"], s["open"]
    mean, n = s["mean"], s["n"]
    for i in range(out.size):
        shown = 0.0 if maths.is_nan(x[i]) else x[i]
        if open_ == 1 and (at[i] - since >= limit or shown >= wanted):
            took = min(at[i] - since, limit) / 1e9
            mean = took if n == 0 else mean + 2.0 / (span + 1.0) * (took - mean)
            open_, n = 0, 1
        if not maths.is_nan(run[i]) and run[i] != last:
            last = run[i]
            if open_ == 0 and maths.is_finite(was[i]) and shown < share * was[i]:
                open_, since, wanted = 1, at[i], share * was[i]
        out[i] = mean if n > 0 else np.nan
    s["last"], s["wanted"], s["since"], s["open"] = last, wanted, since, open_
    s["mean"], s["n"] = mean, n


def _oracle(run: F8, x: F8, was: F8, at: I8, share: float, limit: int, span: float) -> F8:
    out, shown = np.full(x.size, np.nan), np.where(np.isnan(x), 0.0, x)
    last, mean, t = 0.0, np.nan, 0
    ended: list[tuple[int, float]] = []
    while t < x.size:
        begins = not np.isnan(run[t]) and run[t] != last
        last = run[t] if begins else last
        if begins and np.isfinite(was[t]) and shown[t] < share * was[t]:
            over = (at[t + 1 :] - at[t] >= limit) | (shown[t + 1 :] >= share * was[t])
            if not over.any():
                break
            end = t + 1 + int(np.argmax(over))
            ended.append((end, min(at[end] - at[t], limit) / 1e9))
            skipped = run[t + 1 : end][~np.isnan(run[t + 1 : end])]
            last = skipped[-1] if skipped.size else last
            t = end - 1
        t += 1
    for end, seconds in ended:
        mean = seconds if np.isnan(mean) else mean + 2.0 / (span + 1.0) * (seconds - mean)
        out[end:] = mean
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RecoveryTime(Operator):
    r"""Mean time, in seconds, that a value takes to be back at a share of what it was, exponentially weighted.

    .. math:: \bar d_k = \bar d_{k-1} + \frac{2}{n + 1} (d_k - \bar d_{k-1}), \quad
              d_k = \min(T, \min \{ t : x_t \ge c \, b_k \} - t_k)

    Notes
    -----
    Seed: the first recovery. NaN: of `run` no new run, of `x` a value of 0, of `was` nothing to come back to; NaN until
    a recovery has ended. Warm-up: counted in recoveries. Unit: seconds. One begins at the first tick of a run, at which
    `run` has a new value, if `x` is then below the share of `was`; it ends where `x` is back, or with `limit` at the
    first tick so much later. Runs that begin before it has ended are part of it.

    References
    ----------
    Large, J. (2007). Measuring the resiliency of an electronic limit order book. Journal of Financial Markets 10(1),
    1-25.

    Examples
    --------
    >>> node = RecoveryTime(x, y, z, share=0.5, limit="5s", span=20.0)
    >>> evaluate(node, run=[1.0, 1.0, 1.0], x=[2.0, 3.0, 6.0], was=[9.0, 9.0, 9.0])
    [nan, nan, 2.0]
    """

    run: Expr
    x: Expr
    was: Expr
    share: float
    limit: Duration
    span: float

    registers: ClassVar = np.dtype(
        [
            *((name, "f8") for name in ("last", "wanted", "mean")),
            *((name, "i8") for name in ("since", "open", "n")),
        ]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"share": 0.9, "limit": "5s", "span": 3.0}
    exempt: ClassVar = {
        "unit": "x and was are compared",
        "warmup": "counted in recoveries, not in ticks",
    }

    def check(self) -> None:
        self.require("share must be above 0 and at most 1", 0.0 < self.share <= 1.0, self.share)
        self.require("limit must be positive", self.limit > 0, self.limit)
        self.require("span must be at least 1", self.span >= 1.0, self.span)

    @property
    def unit(self) -> str:
        return "s"
