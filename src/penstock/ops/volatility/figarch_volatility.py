"""Volatility by a fractionally integrated GARCH filter."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.streams import Stream

FIELDS = (Field("x", "x"), Field("params", "1", width=7))
FREE = Stream(EventType("returns", "Columns of an example.", FIELDS))


@jit
def _kernel(
    out: F8, x: F8, params: F8, registers: np.ndarray, history: np.ndarray, terms: int
) -> None:
    s = registers[0]
    n = s["n"]
    for i in range(out.size):
        if maths.is_finite(x[i]):
            history[n % terms]["x"] = x[i]
            n += 1
        omega, phi, d, beta = params[i, 0], params[i, 1], params[i, 2], params[i, 3]
        mean, scale, before = params[i, 4], params[i, 5], params[i, 6]
        out[i] = np.nan
        if not (maths.is_finite(omega + phi + d + beta + mean + scale + before) and scale > 0.0):
            continue
        weight, delta = phi - beta + d, d
        variance = omega / (1.0 - beta)
        for k in range(terms):
            if k > 0:
                earlier = delta
                delta *= (k - d) / (k + 1.0)
                weight = beta * weight + (delta - phi * earlier)
            shock = before
            if k < n:
                e = history[(n - 1 - k) % terms]["x"] * scale - mean
                shock = e * e
            variance += weight * shock
        out[i] = maths.sqrt(variance) / scale
    s["n"] = n


def _oracle(x: F8, params: F8, terms: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(x.size):
        omega, phi, d, beta, mean, scale, before = params[t]
        if not (np.isfinite(params[t]).all() and scale > 0.0):
            continue
        past = x[: t + 1][np.isfinite(x[: t + 1])][::-1][:terms]
        shocks = np.full(terms, before)
        shocks[: past.size] = (past * scale - mean) ** 2
        # (1 - L)^d and its quotient as power series
        k = np.arange(1, terms + 1)
        pi = np.concatenate([[1.0], np.cumprod((k - 1 - d) / k)])
        numerator = np.convolve([1.0, -phi], pi)[: terms + 1]
        quotient = np.convolve(numerator, beta ** np.arange(terms + 1))[: terms + 1]
        with np.errstate(invalid="ignore"):
            out[t] = np.sqrt(omega / (1.0 - beta) + -quotient[1:] @ shocks) / scale
    return out


@dataclass(frozen=True, eq=False, repr=False)
class FigarchVolatility(Operator):
    r"""Volatility of the next value, by a fractionally integrated GARCH filter with fitted parameters.

    .. math::

        (s \sigma_{t+1})^2 = \frac{\omega}{1 - \beta} + \sum_{k=1}^{n} \lambda_k (s x_{t+1-k} - \mu)^2, \quad
        \sum_k \lambda_k L^k = 1 - \frac{(1 - \phi L)(1 - L)^d}{1 - \beta L}

    where the cells of `params` are :math:`\omega, \phi, d, \beta, \mu`, the scale s, and the squared shock that stands
    for values before the first.

    Notes
    -----
    Seed: the last cell. NaN: a value that is not finite is left out; NaN while a parameter is unknown or the scale not
    positive. Warm-up: 1 with known parameters. Unit: that of `x`. The sum has `terms` terms, all of which are gone
    through at each tick.

    References
    ----------
    Baillie, R. T., Bollerslev, T., Mikkelsen, H. O. (1996). Fractionally integrated generalized autoregressive
    conditional heteroskedasticity. Journal of Econometrics 74(1), 3-30.

    Examples
    --------
    >>> node = FigarchVolatility(**FigarchVolatility.example)
    >>> evaluate(node, x=[2.0], params=[[0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]])
    [2.0]
    """

    x: Expr
    params: Expr
    terms: int

    registers: ClassVar = np.dtype([("n", "i8")])
    history: ClassVar = np.dtype([("x", "f8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x"), "params": Column(FREE, "params"), "terms": 20}
    exempt: ClassVar = {"unit": "the parameters are fitted to the scale of x"}

    def check(self) -> None:
        self.require("params must have 7 cells", self.params.cells == 7, self.params.cells)
        self.require("terms must be at least 1", self.terms >= 1, self.terms)

    @property
    def history_items(self) -> int:
        return self.terms
