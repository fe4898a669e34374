"""Volatility, delta and gamma of what is traded in options."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import black_scholes as model
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import NANOSECONDS, Duration
from penstock.core.units import ONE, power
from penstock.expr import Expr, Operator
from penstock.ops.option import COLUMNS

FLOOR, LIFE = Duration(60 * NANOSECONDS["s"]), Duration(12 * NANOSECONDS["h"])


@jit
def _kernel(
    live: F8,
    sigma: F8,
    delta: F8,
    gamma: F8,
    price: F8,
    strike: F8,
    right: I8,
    expiry: I8,
    iv: F8,
    mid: F8,
    spot: F8,
    at: I8,
    rate: float,
    dividend: float,
    floor: int,
    life: int,
) -> None:
    for i in range(live.size):
        left = expiry[i] - at[i]
        years = float(max(left, floor)) / 31_536_000e9
        way = 1 if right[i] > 0 else -1
        found = model.traded_volatility(
            iv[i], mid[i], price[i], spot[i], strike[i], years, rate, dividend, way
        )
        live[i] = 1.0 if 0 < left <= life else 0.0
        sigma[i] = found
        delta[i] = model.delta(spot[i], strike[i], years, found, rate, dividend, way)
        gamma[i] = model.gamma(spot[i], strike[i], years, found, rate, dividend)


def _oracle(
    price: F8, strike: F8, right: I8, expiry: I8, iv: F8, mid: F8, spot: F8, at: I8,
    rate: float, dividend: float, floor: int, life: int,
) -> dict[str, F8]:  # fmt: skip
    from scipy.optimize import brentq  # noqa: PLC0415  (only tests ask)
    from scipy.stats import norm  # noqa: PLC0415

    out = {name: np.full(price.size, np.nan) for name in OptionGreeks.outputs}
    for i in range(price.size):
        left, way = int(expiry[i]) - int(at[i]), 1 if right[i] > 0 else -1
        t = max(left, floor) / 31_536_000e9
        out["live"][i] = float(0 < left <= life)
        s, k = float(spot[i]), float(strike[i])

        def worth(v: float, s: float = s, k: float = k, t: float = t, way: int = way) -> float:
            d1 = (np.log(s / k) + (rate - dividend + v * v / 2) * t) / (v * np.sqrt(t))
            asset, owed = s * np.exp(-dividend * t), k * np.exp(-rate * t)
            return way * (asset * norm.cdf(way * d1) - owed * norm.cdf(way * (d1 - v * np.sqrt(t))))

        v = float(iv[i]) if np.isfinite(iv[i]) and iv[i] > 0 else np.nan
        positive = s > 0 and k > 0 and np.isfinite([s, k]).all()
        for paid in (float(mid[i]), float(price[i])):
            if np.isnan(v) and positive and worth(1e-3) < paid < worth(50.0):
                v = float(brentq(lambda x, worth=worth, paid=paid: worth(x) - paid, 1e-3, 50.0))  # type: ignore[arg-type]
        out["sigma"][i] = v
        if positive and v > 0:
            d1 = (np.log(s / k) + (rate - dividend + v * v / 2) * t) / (v * np.sqrt(t))
            out["delta"][i] = way * np.exp(-dividend * t) * norm.cdf(way * d1)
            out["gamma"][i] = np.exp(-dividend * t) * norm.pdf(d1) / (s * v * np.sqrt(t))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class OptionGreeks(Operator):
    r"""Volatility, delta and gamma of an option trade by Black, Scholes and Merton, and whether it expires soon.

    .. math::
        \Gamma = \frac{e^{-q T} \varphi(d_1)}{S \sigma \sqrt{T}}, \quad
        d_1 = \frac{\ln(S/K) + (r - q + \sigma^2/2) T}{\sigma \sqrt{T}}

    Notes
    -----
    Seed: none. NaN: where no price says a volatility, and where spot or strike are not positive. Warm-up: 1. Unit: 1,
    by price for gamma. The volatility is `iv`, else the one implied by `mid`, the middle of the quotes that the trade
    met, else by its price, which is half a spread off. T is in years of 365 days, at least `floor`. `live` is 1 where
    the option expires within `life`, else 0. Early exercise is out of the model: for American options this is an
    approximation, poor only near a dividend.

    References
    ----------
    Merton, R. (1973). Theory of rational option pricing. Bell Journal of Economics 4(1), 141-183.

    Examples
    --------
    >>> node = OptionGreeks(**OptionGreeks.example)
    >>> node.unit_of("gamma"), node.unit_of("delta")
    ('spot^-1', '1')
    """

    price: Expr
    strike: Expr
    right: Expr
    expiry: Expr
    iv: Expr
    mid: Expr
    spot: Expr
    rate: float = 0.045
    dividend: float = 0.013
    floor: Duration = FLOOR
    life: Duration = LIFE

    outputs: ClassVar = ("live", "sigma", "delta", "gamma")
    version: ClassVar[int] = 2
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "price": COLUMNS["price"], "strike": COLUMNS["strike"], "right": COLUMNS["right"],
        "expiry": COLUMNS["expiry"], "iv": COLUMNS["sigma"], "mid": COLUMNS["mid"],
        "spot": COLUMNS["spot"],
    }  # fmt: skip
    exempt: ClassVar = {
        "unit": "prices are worth something only against each other",
        "kernel": "held to a library's roots on prices that options can have, in tests/jobs/levels",
    }

    def check(self) -> None:
        self.require("floor must be positive", self.floor > 0, self.floor)
        self.require("life must be positive", self.life > 0, self.life)

    @property
    def unit(self) -> str:
        return ONE

    def unit_of(self, output: str) -> str:
        return power(self.spot.unit, -1) if output == "gamma" else ONE
