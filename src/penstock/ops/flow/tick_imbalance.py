"""How far the signs of trades have gone towards the next tick-imbalance bar."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator

BARS = 20.0  # the span over which the length of a bar is expected
BOUND = 4.0  # a bar is expected to be at most so many times longer or shorter than the first


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, start: int) -> None:
    s = registers[0]
    theta, ticks, length, mean, bars = s["theta"], s["ticks"], s["length"], s["mean"], s["bars"]
    for i in range(out.size):
        if not maths.is_nan(x[i]) and x[i] != 0.0:
            theta += 1.0 if x[i] > 0.0 else -1.0
            ticks += 1.0
        if bars == 0:
            out[i] = abs(theta) / start
            done = ticks >= start
        else:
            out[i] = abs(theta) / max(length * abs(mean), maths.sqrt(length))
            done = out[i] >= 1.0
        if done:
            share = 2.0 / (BARS + 1.0)
            tilt = theta / ticks
            length = ticks if bars == 0 else length + share * (ticks - length)
            length = min(max(length, start / BOUND), start * BOUND)
            mean = tilt if bars == 0 else mean + share * (tilt - mean)
            theta, ticks = 0.0, 0.0
            bars += 1
    s["theta"], s["ticks"], s["length"], s["mean"], s["bars"] = theta, ticks, length, mean, bars


def _oracle(x: F8, start: int) -> F8:
    out, bars, signs = np.zeros(x.size), list[tuple[int, float]](), list[float]()
    for t in range(x.size):
        if x[t] > 0.0 or x[t] < 0.0:
            signs.append(float(np.sign(x[t])))
        theta = abs(sum(signs))
        out[t] = theta / start
        full = len(signs) >= start
        if bars:
            length, mean = map(float, bars[0])
            for ticks, tilt in bars[1:]:
                length += 2.0 / 21.0 * (ticks - length)
                length = min(max(length, start / 4.0), start * 4.0)
                mean += 2.0 / 21.0 * (tilt - mean)
            out[t] = theta / max(length * abs(mean), np.sqrt(length))
            full = out[t] >= 1.0
        if full:
            bars.append((len(signs), sum(signs) / len(signs)))
            signs = []
    return out


@dataclass(frozen=True, eq=False, repr=False)
class TickImbalance(Operator):
    r"""Absolute sum of the signs since the last tick-imbalance bar, by the sum that is expected to end the next.

    .. math:: \frac{|\theta_t|}{\max(E[T] \, |E[b]|, \sqrt{E[T]})}, \quad \theta_t = \sum_{i=s}^{t} b_i

    Notes
    -----
    Seed: a first bar of `start` ticks. NaN: not counted, nor is a sign of 0. Warm-up: 1. Unit: 1. A bar ends where the
    ratio reaches 1. Expectations are exponential means over 20 bars, :math:`E[T]` of their ticks and :math:`E[b]` of
    their mean signs. Left alone they run away, to bars of one tick or to none at all; so :math:`E[T]` stays within a
    quarter and four times `start`, and a balanced flow has to go as far as chance would take it,
    :math:`\sqrt{E[T]}`.

    References
    ----------
    López de Prado, M. (2018). Advances in Financial Machine Learning, section 2.3.2.1: tick imbalance bars.

    Examples
    --------
    >>> evaluate(TickImbalance(x, start=2), x=[1.0, 1.0, 1.0])
    [0.5, 1.0, 0.5]
    """

    x: Expr
    start: int

    registers: ClassVar = np.dtype(
        [*((name, "f8") for name in ("theta", "ticks", "length", "mean")), ("bars", "i8")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"start": 6}

    def check(self) -> None:
        self.require("start must be at least 1", self.start >= 1, self.start)

    @property
    def unit(self) -> str:
        return ONE
