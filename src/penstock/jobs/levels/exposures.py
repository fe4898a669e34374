"""A day's net gamma of dealers near the price, minute by minute: what later days measure theirs against."""

import datetime as dt

import numpy as np
import polars as pl

from penstock.core.arrays import F8
from penstock.core.time import NANOSECONDS
from penstock.events import OptionTrade, Quarantine
from penstock.events.checks import Rules
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.greeks import with_greeks
from penstock.jobs.levels.inputs import Inputs
from penstock.jobs.levels.sources import frames
from penstock.streams.calendars import hours
from penstock.streams.zones import changes

MINUTE = NANOSECONDS["m"]
SHARES = 100.0


def session(date: dt.date, parameters: Parameters) -> tuple[int, int] | None:
    """When the market opens and closes on a day, ns UTC; None where it does not."""
    opens, closes = hours(parameters.calendar)
    zone = changes(parameters.zone)
    local = opens + zone.offsets[np.searchsorted(zone.starts, opens, side="right") - 1]
    places = np.flatnonzero(local // NANOSECONDS["d"] == (date - dt.date(1970, 1, 1)).days)
    return (int(opens[places[0]]), int(closes[places[0]])) if places.size else None


def exposures(inputs: Inputs, parameters: Parameters, path: pl.DataFrame) -> F8:
    r"""The size of dealers' gamma at strikes within reach of the price, at the end of each minute of the session.

    .. math:: |G_m| = \Big| \sum_{i:\, t_i \le m,\ |K_i - S_m| \le r} -e_i\, n_i\, \Gamma_i \cdot 100 \Big|

    over the option trades since the opening, with :math:`e` the sign of the aggressor and :math:`\Gamma` the gamma as
    it was when they traded. Minutes before the first price are left out.

    Parameters
    ----------
    path
        The underlying's price in dollars: ``time`` and ``path``, in order.
    """
    span = session(inputs.date, parameters)
    chunks = list(frames(inputs.options, OptionTrade, Quarantine(), Rules(crossed=True)))
    if span is None or not chunks or not path.height:
        return np.empty(0)
    start, end = span
    trades = pl.concat(chunks).filter(pl.col("time").is_between(start, end))
    priced = with_greeks(trades.join_asof(path, on="time").rename({"path": "spot"}), parameters)
    signed = priced.select(
        "strike",
        minute=((pl.col("time") - start - 1) // MINUTE).clip(
            0
        ),  # a trade at its end is in a minute
        gamma=-pl.col("side") * pl.col("size") * pl.col("gamma") * SHARES,
    ).drop_nulls()
    minutes = (end - start) // MINUTE
    strikes, place = np.unique(signed["strike"].to_numpy(), return_inverse=True)
    sums = np.zeros((minutes, strikes.size))
    np.add.at(
        sums,
        (np.minimum(signed["minute"].to_numpy(), minutes - 1), place),
        signed["gamma"].to_numpy(),
    )
    ends = pl.DataFrame({"time": start + MINUTE * np.arange(1, minutes + 1)})
    spot = ends.join_asof(path, on="time")["path"].fill_null(float("nan")).to_numpy()
    near = np.abs(strikes[None, :] - spot[:, None]) <= parameters.fuel_reach
    found = np.abs((np.cumsum(sums, axis=0) * near).sum(axis=1))
    return found[np.isfinite(spot)]
