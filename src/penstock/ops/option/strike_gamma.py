"""The gamma of an option at each strike, as the market stands."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import black_scholes as model
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import power
from penstock.expr import Expr, Operator
from penstock.ops.option import COLUMNS


@jit
def _kernel(
    out: F8, strikes: F8, sigmas: F8, spot: F8, years: F8, rate: float, dividend: float
) -> None:
    for i in range(spot.size):
        for k in range(strikes.shape[1]):
            out[i, k] = model.gamma(spot[i], strikes[i, k], years[i], sigmas[i, k], rate, dividend)


def _oracle(strikes: F8, sigmas: F8, spot: F8, years: F8, rate: float, dividend: float) -> F8:
    from scipy.stats import norm  # noqa: PLC0415  (only tests ask)

    s, t = spot[:, None], years[:, None]
    root = sigmas * np.sqrt(t)
    d1 = (np.log(s / strikes) + (rate - dividend + sigmas**2 / 2) * t) / root
    known = (s > 0) & (strikes > 0) & (t > 0) & (sigmas > 0)
    return np.where(known, np.exp(-dividend * t) * norm.pdf(d1) / (s * root), np.nan)


@dataclass(frozen=True, eq=False, repr=False)
class StrikeGamma(Operator):
    r"""Gamma at each strike by Black, Scholes and Merton, valued at the price and the time that there is.

    .. math::
        \Gamma_K = \frac{e^{-q T} \varphi(d_1)}{S \sigma_K \sqrt{T}}, \quad
        d_1 = \frac{\ln(S/K) + (r - q + \sigma_K^2/2) T}{\sigma_K \sqrt{T}}

    Notes
    -----
    Seed: none. NaN: unless price, strike, time and volatility are above 0. Warm-up: 1. Unit: 1 by that of `spot`. The
    same for calls and puts.

    References
    ----------
    Merton, R. (1973). Theory of rational option pricing. Bell Journal of Economics 4(1), 141-183.

    Examples
    --------
    >>> node = StrikeGamma(**StrikeGamma.example)
    >>> found = evaluate(node, strikes=[[600.0] * 9], sigmas=[[0.2] * 9], spot=[600.0], years=[1 / 365])
    >>> round(found[0][0], 6)
    0.063507
    """

    strikes: Expr
    sigmas: Expr
    spot: Expr
    years: Expr
    rate: float = 0.045
    dividend: float = 0.013

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {n: COLUMNS[n] for n in ("strikes", "sigmas", "spot", "years")}
    exempt: ClassVar = {"unit": "prices are worth something only against each other"}

    def check(self) -> None:
        same = self.strikes.cells == self.sigmas.cells
        self.require("strikes and sigmas must be as wide", same, self.sigmas.cells)

    @property
    def cells(self) -> int:
        return self.strikes.cells

    @property
    def unit(self) -> str:
        return power(self.spot.unit, -1)
