"""Where the gamma of all positions changes its sign."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import black_scholes as model
from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.option import COLUMNS


@jit
def _net(
    price: float, strikes: F8, positions: F8, sigmas: F8, years: float, rate: float, dividend: float
) -> float:
    """Gamma of all positions at a price, but for factors that do not change its sign."""
    total = 0.0
    for k in range(strikes.size):
        if maths.is_finite(positions[k]) and positions[k] != 0.0:
            one = model.gamma(price, strikes[k], years, sigmas[k], rate, dividend)
            if maths.is_finite(one):
                total += positions[k] * one
    return total


@jit
def _kernel(
    out: F8,
    strikes: F8,
    positions: F8,
    sigmas: F8,
    spot: F8,
    years: F8,
    rate: float,
    dividend: float,
    span: float,
    grid: float,
) -> None:
    for i in range(spot.size):
        out[i] = np.nan
        s = spot[i]
        if not (maths.is_finite(s) and s > 0.0 and years[i] > 0.0 and 2.0 * span * s < 1e4 * grid):
            continue
        row, held, sigma = strikes[i], positions[i], sigmas[i]
        steps = int(maths.floor(2.0 * span * s / grid + 1e-9))
        low = s * (1.0 - span)
        before = _net(low, row, held, sigma, years[i], rate, dividend)
        best = np.inf
        for k in range(1, steps + 1):
            high = s * (1.0 - span) + k * grid
            after = _net(high, row, held, sigma, years[i], rate, dividend)
            if (before < 0.0 < after) or (after < 0.0 < before) or (after == 0.0 and before != 0.0):
                a, b = low, high
                for _ in range(60):
                    middle = 0.5 * (a + b)
                    value = _net(middle, row, held, sigma, years[i], rate, dividend)
                    if (value > 0.0) == (before > 0.0) and value != 0.0:
                        a = middle
                    else:
                        b = middle
                if abs(b - s) < abs(best - s):
                    best = b
            low, before = high, after
        if best != np.inf:
            out[i] = best


def _oracle(
    strikes: F8, positions: F8, sigmas: F8, spot: F8, years: F8,
    rate: float, dividend: float, span: float, grid: float,
) -> F8:  # fmt: skip
    from scipy.optimize import brentq  # noqa: PLC0415  (only tests ask)
    from scipy.stats import norm  # noqa: PLC0415

    out = np.full(spot.size, np.nan)
    for t, s in enumerate(spot.tolist()):
        k, held, v, left = strikes[t], positions[t], sigmas[t], years[t]
        use = np.isfinite(k) & np.isfinite(held) & np.isfinite(v) & (k > 0) & (v > 0)
        fine = np.isfinite(s) and s > 0 and left > 0 and 2 * span * s < 1e4 * grid
        if not fine or not use.any():
            continue
        k, held, v = k[use], held[use], v[use]

        def net(x: float, k: F8 = k, held: F8 = held, v: F8 = v, left: float = left) -> float:
            root = v * np.sqrt(left)
            d1 = (np.log(x / k) + (rate - dividend + v * v / 2) * left) / root
            return float((held * np.exp(-dividend * left) * norm.pdf(d1) / (x * root)).sum())

        prices = s * (1 - span) + grid * np.arange(int(np.floor(2 * span * s / grid + 1e-9)) + 1)
        signs = np.sign(np.array([net(x) for x in prices]))  # pyright: ignore[reportGeneralTypeIssues]
        turns = np.flatnonzero(signs[:-1] * signs[1:] < 0)
        roots = [float(brentq(net, prices[j], prices[j + 1], xtol=1e-13)) for j in turns]  # type: ignore[arg-type]
        if roots:
            out[t] = min(roots, key=lambda x: abs(x - s))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class GammaFlip(Operator):
    r"""The price nearest to the present one at which the net gamma of all positions is zero.

    .. math:: \sum_K n_K \, \Gamma(S^*, K, \sigma_K, T) = 0, \quad |S^* - S| \le \text{span} \cdot S

    Notes
    -----
    Seed: none. NaN: where the sign does not change within `span` of the price on the `grid`. Warm-up: 1. Unit:
    that of `spot`. Positions are held and gammas are valued anew at every price. A tick costs the grid times the
    strikes: sample it on a slow clock.

    References
    ----------
    Barbon, A., Buraschi, A. (2021). Gamma fragility. University of St. Gallen, School of Finance, working paper.

    Examples
    --------
    >>> node = GammaFlip(**GammaFlip.example)
    >>> rows = {"strikes": [[95.0, 105.0] + [1.0] * 7], "positions": [[-1.0, 1.0] + [0.0] * 7]}
    >>> found = evaluate(node, **rows, sigmas=[[0.2] * 9], spot=[99.0], years=[0.1])
    >>> round(found[0], 3)
    99.357
    """

    strikes: Expr
    positions: Expr
    sigmas: Expr
    spot: Expr
    years: Expr
    rate: float = 0.045
    dividend: float = 0.013
    span: float = 0.05
    grid: float = 0.25

    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {n: COLUMNS[n] for n in ("strikes", "positions", "sigmas", "spot", "years")}
    exempt: ClassVar = {
        "unit": "the grid is in the unit of the price",
        "kernel": "held to a library's roots on boards that markets can have, in tests/ops",
    }

    def check(self) -> None:
        for name in ("span", "grid"):
            self.require(f"{name} must be positive", getattr(self, name) > 0.0, getattr(self, name))

    @property
    def cells(self) -> int:
        return 1

    @property
    def unit(self) -> str:
        return self.spot.unit
