"""The delta and gamma of option trades, as the market stood when they were made."""

import math

import numpy as np
import polars as pl

from penstock.core import black_scholes as model
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.native import compiled
from penstock.core.time import NANOSECONDS, duration
from penstock.formulas.levels.parameters import Parameters

YEAR = 365 * NANOSECONDS["d"]


@jit
def _fill(out: F8, trades: F8, right: I8, rate: float, dividend: float) -> None:
    """Volatility, delta and gamma of each trade."""
    for i in range(out.shape[0]):
        spot, strike, years = trades[i, 0], trades[i, 1], trades[i, 2]
        stated, mid, price = trades[i, 3], trades[i, 4], trades[i, 5]
        sigma = model.traded_volatility(
            stated, mid, price, spot, strike, years, rate, dividend, right[i]
        )
        out[i, 0] = sigma
        out[i, 1] = model.delta(spot, strike, years, sigma, rate, dividend, right[i])
        out[i, 2] = model.gamma(spot, strike, years, sigma, rate, dividend)


def with_greeks(trades: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """Option trades with ``sigma``, ``delta`` and ``gamma``; null where the price says no volatility.

    Parameters
    ----------
    trades
        ``time``, ``strike``, ``expiry``, ``right``, ``price``, ``iv``, ``mid``, and ``spot`` in dollars then.
    parameters
        The rate, the dividend yield, and the least time to expiry.
    """
    floor = duration(parameters.option_floor)
    left = (pl.col("expiry") - pl.col("time")).clip(floor) / YEAR
    cells = trades.select("spot", "strike", left.alias("years"), "iv", "mid", "price")
    out = np.empty((trades.height, 3))
    rates = parameters.rate, parameters.dividend
    known = np.ascontiguousarray(cells.fill_null(math.nan).to_numpy())
    compiled(_fill)(out, known, trades["right"].to_numpy(), *rates)
    found = {name: pl.Series(out[:, i]) for i, name in enumerate(("sigma", "delta", "gamma"))}
    return trades.with_columns(**found).with_columns(pl.col(*found).fill_nan(None))
