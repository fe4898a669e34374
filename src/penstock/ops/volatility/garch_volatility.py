"""Volatility by a GARCH(1,1) filter."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Expr, Operator
from penstock.streams import Stream

FIELDS = (Field("x", "x"), Field("params", "1", width=6))
FREE = Stream(EventType("returns", "Columns of an example.", FIELDS))


@jit
def _kernel(out: F8, x: F8, params: F8, registers: np.ndarray) -> None:
    s = registers[0]
    variance, n = s["variance"], s["n"]
    for i in range(out.size):
        omega, alpha, beta = params[i, 0], params[i, 1], params[i, 2]
        mean, scale, seed = params[i, 3], params[i, 4], params[i, 5]
        out[i] = np.nan
        if not (maths.is_finite(omega + alpha + beta + mean + scale + seed) and scale > 0.0):
            continue
        square = scale * scale
        if n == 0:
            variance = seed / square
            n = 1
        if maths.is_finite(x[i]):
            shock = x[i] - mean / scale
            variance = omega / square + alpha * (shock * shock) + beta * variance
        out[i] = maths.sqrt(variance)
    s["variance"], s["n"] = variance, n


def _oracle(x: F8, params: F8) -> F8:
    out = np.full(x.size, np.nan)
    known = np.flatnonzero(np.isfinite(params).all(axis=1) & (params[:, 4] > 0.0))
    variance = params[known[0], 5] / params[known[0], 4] ** 2 if known.size else np.nan
    for t in known:
        omega, alpha, beta, mean, scale, _ = params[t]
        if np.isfinite(x[t]):
            scaled = omega + alpha * (x[t] * scale - mean) ** 2 + beta * variance * scale**2
            variance = scaled / scale**2
        out[t] = np.sqrt(variance) if variance >= 0.0 else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class GarchVolatility(Operator):
    r"""Volatility of the next value, by a GARCH(1,1) filter with fitted parameters.

    .. math::

        y_t = \sqrt{h_{t+1}}, \quad
        h_{t+1} = \frac{\omega}{s^2} + \alpha \left( x_t - \frac{\mu}{s} \right)^2 + \beta h_t

    where the cells of `params` are :math:`\omega, \alpha, \beta, \mu` of the model of
    :math:`s x_t`, the scale s, and the variance of :math:`s x` at the first tick of the parameters.

    Notes
    -----
    Seed: the last cell of the first known parameters. NaN: a value that is not finite is skipped,
    the last volatility stands; NaN while a parameter is unknown or the scale not positive. Warm-up:
    1 with known parameters. Unit: that of `x`. A refit changes the parameters, not the variance.

    References
    ----------
    Bollerslev, T. (1986). Generalized autoregressive conditional heteroskedasticity. Journal of
    Econometrics 31(3), 307-327.

    Examples
    --------
    >>> node = GarchVolatility(**GarchVolatility.example)
    >>> evaluate(node, x=[2.0], params=[[1.0, 0.5, 0.25, 0.0, 1.0, 4.0]])
    [2.0]
    """

    x: Expr
    params: Expr

    registers: ClassVar = np.dtype([("variance", "f8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x"), "params": Column(FREE, "params")}
    exempt: ClassVar = {"unit": "the parameters are fitted to the scale of x"}

    def check(self) -> None:
        self.require("params must have 6 cells", self.params.cells == 6, self.params.cells)
