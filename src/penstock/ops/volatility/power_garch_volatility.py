"""Volatility by a power GARCH filter whose gains and losses weigh differently."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Expr, Operator
from penstock.streams import Stream

FIELDS = (Field("x", "x"), Field("params", "1", width=8))
FREE = Stream(EventType("returns", "Columns of an example.", FIELDS))

LEAST, MOST = 0.05, 4.0  # a power


@jit
def _kernel(out: F8, x: F8, params: F8, registers: np.ndarray) -> None:
    s = registers[0]
    sigma, n = s["sigma"], s["n"]
    for i in range(out.size):
        omega, up, down, beta = params[i, 0], params[i, 1], params[i, 2], params[i, 3]
        power, mean, scale, seed = params[i, 4], params[i, 5], params[i, 6], params[i, 7]
        out[i] = np.nan
        if not (
            maths.is_finite(omega + up + down + beta + power + mean + scale + seed) and scale > 0.0
        ):
            continue
        power = min(max(power, LEAST), MOST)
        if n == 0:
            sigma = seed / scale
            n = 1
        if maths.is_finite(x[i]):
            shock = x[i] * scale - mean
            weight = up if shock > 0.0 else down
            total = omega + weight * maths.power(abs(shock), power)
            total += beta * maths.power(sigma * scale, power)
            sigma = maths.power(total, 1.0 / power) / scale
        out[i] = sigma
    s["sigma"], s["n"] = sigma, n


def _oracle(x: F8, params: F8) -> F8:
    out = np.full(x.size, np.nan)
    known = np.isfinite(params).all(axis=1) & (params[:, 6] > 0.0)
    sigma = np.nan
    with np.errstate(all="ignore"):
        for t in np.flatnonzero(known):
            omega, up, down, beta, power, mean, scale, seed = params[t]
            power = np.clip(power, LEAST, MOST)
            sigma = seed / scale if np.isnan(sigma) and not known[:t].any() else sigma
            if np.isfinite(x[t]):
                e = x[t] * scale - mean
                both = (np.array([max(e, 0.0), max(-e, 0.0)]) ** power) @ [up, down]
                sigma = (omega + both + beta * (sigma * scale) ** power) ** (1 / power) / scale
            out[t] = sigma
    return out


@dataclass(frozen=True, eq=False, repr=False)
class PowerGarchVolatility(Operator):
    r"""Volatility of the next value, by a filter of a power of it, with fitted parameters.

    .. math::

        (s \sigma_{t+1})^\delta = \omega + a_\pm |s x_t - \mu|^\delta + \beta (s \sigma_t)^\delta

    where the cells of `params` are :math:`\omega`, :math:`a_+` of a gain, :math:`a_-` of a loss, :math:`\beta`,
    :math:`\delta`, :math:`\mu`, the scale s, and :math:`s \sigma` at the first tick of the parameters.

    Notes
    -----
    Seed: the last cell of the first known parameters. NaN: a value that is not finite is skipped, the last volatility
    stands; NaN while a parameter is unknown or the scale not positive. Warm-up: 1 with known parameters. Unit: that of
    `x`. A power is kept between 0.05 and 4. A refit changes the parameters, not the volatility. With a power of 2 and
    one weight it is ``GarchVolatility``, with two the GARCH of Glosten, Jagannathan and Runkle.

    References
    ----------
    Ding, Z., Granger, C. W. J., Engle, R. F. (1993). A long memory property of stock market returns and a new model.
    Journal of Empirical Finance 1(1), 83-106.

    Examples
    --------
    >>> node = PowerGarchVolatility(**PowerGarchVolatility.example)
    >>> evaluate(node, x=[-2.0], params=[[1.0, 0.0, 0.5, 0.25, 2.0, 0.0, 1.0, 2.0]])
    [2.0]
    """

    x: Expr
    params: Expr

    registers: ClassVar = np.dtype([("sigma", "f8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x"), "params": Column(FREE, "params")}
    exempt: ClassVar = {"unit": "the parameters are fitted to the scale of x"}

    def check(self) -> None:
        self.require("params must have 8 cells", self.params.cells == 8, self.params.cells)
