"""Volatility by an exponential GARCH filter."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Expr, Operator
from penstock.streams import Stream

FIELDS = (Field("x", "x"), Field("params", "1", width=7))
FREE = Stream(EventType("returns", "Columns of an example.", FIELDS))
USUAL = math.sqrt(2 / math.pi)  # the mean size of a normal shock
MOST = 700.0  # of a log variance, whose exponential is finite
FARTHEST = 100.0  # of a shock: beyond it the next one would tell nothing but rounding


@jit
def _kernel(out: F8, x: F8, params: F8, registers: np.ndarray) -> None:
    s = registers[0]
    logged, n = s["logged"], s["n"]
    for i in range(out.size):
        omega, alpha, gamma, beta = params[i, 0], params[i, 1], params[i, 2], params[i, 3]
        mean, scale, seed = params[i, 4], params[i, 5], params[i, 6]
        out[i] = np.nan
        if not (
            maths.is_finite(omega + alpha + gamma + beta + mean + scale + seed) and scale > 0.0
        ):
            continue
        step = 2.0 * maths.log(scale)
        if n == 0:
            logged = seed - step
            n = 1
        if maths.is_finite(x[i]):
            shock = (x[i] * scale - mean) / maths.exp((logged + step) / 2.0)
            shock = min(max(shock, -FARTHEST), FARTHEST)
            found = omega + alpha * (abs(shock) - USUAL) + gamma * shock
            found += beta * (logged + step)
            logged = min(max(found, -MOST), MOST) - step
        out[i] = maths.exp(logged / 2.0)
    s["logged"], s["n"] = logged, n


def _oracle(x: F8, params: F8) -> F8:
    out = np.full(x.size, np.nan)
    known = np.isfinite(params).all(axis=1) & (params[:, 5] > 0.0)
    logged = None
    for t in np.flatnonzero(known):
        omega, alpha, gamma, beta, mean, scale, seed = params[t].tolist()
        if logged is None:
            logged = seed - math.log(scale**2)
        if np.isfinite(x[t]):
            before = logged + math.log(scale**2)
            z = float(np.clip((x[t] * scale - mean) / math.exp(before / 2), -FARTHEST, FARTHEST))
            now = omega + alpha * (abs(z) - math.sqrt(2 / math.pi)) + gamma * z + beta * before
            logged = float(np.clip(now, -MOST, MOST)) - math.log(scale**2)
        out[t] = math.exp(logged / 2)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class EgarchVolatility(Operator):
    r"""Volatility of the next value, by an exponential GARCH filter with fitted parameters.

    .. math::

        \ln (s \sigma_{t+1})^2 = \omega + \alpha \left( |z_t| - \sqrt{2 / \pi} \right) + \gamma z_t +
        \beta \ln (s \sigma_t)^2, \quad z_t = \frac{s x_t - \mu}{s \sigma_t}

    where the cells of `params` are :math:`\omega, \alpha, \gamma, \beta, \mu`, the scale s, and
    :math:`\ln (s \sigma)^2` at the first tick of the parameters.

    Notes
    -----
    Seed: the last cell of the first known parameters. NaN: a value that is not finite is skipped, the last volatility
    stands; NaN while a parameter is unknown or the scale not positive. Warm-up: 1 with known parameters. Unit: that of
    `x`. A refit changes the parameters, not the volatility. A log variance is kept within
    700 of 0, and a shock within 100.

    References
    ----------
    Nelson, D. B. (1991). Conditional heteroskedasticity in asset returns: a new approach. Econometrica 59(2), 347-370.

    Examples
    --------
    >>> node = EgarchVolatility(**EgarchVolatility.example)
    >>> evaluate(node, x=[float("nan")], params=[[0.0, 0.1, -0.1, 0.9, 0.0, 1.0, 0.0]])
    [1.0]
    """

    x: Expr
    params: Expr

    registers: ClassVar = np.dtype([("logged", "f8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x"), "params": Column(FREE, "params")}
    exempt: ClassVar = {"unit": "the parameters are fitted to the scale of x"}

    def check(self) -> None:
        self.require("params must have 7 cells", self.params.cells == 7, self.params.cells)
