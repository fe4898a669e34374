"""The parameters that a date is run with: those that are asked for, as far as its files allow."""

from dataclasses import replace

import numpy as np

from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.inputs import Inputs


def as_run(inputs: Inputs, parameters: Parameters, gamma: tuple[float, ...] = ()) -> Parameters:
    """A date's parameters.

    Without quotes of the underlying, or without a book, there is no ratio but the static one; without futures prices
    are the underlying's own, dollar for dollar. What was added, canceled and filled is counted order by order where
    the book has orders.

    Parameters
    ----------
    gamma
        The sizes of dealers' gamma in the sessions before, of which ``fuel_quantile`` is the threshold.
    """
    found = of_streams(
        parameters,
        gamma,
        ratio=bool(inputs.spy_quotes and inputs.books),
        orders=inputs.kind == "mbo" and bool(inputs.books),
    )
    if not inputs.trades:
        found = replace(found, spot_source="own", ratio="static", ratio_static=1.0)
    return found


def of_streams(
    parameters: Parameters, gamma: tuple[float, ...], *, ratio: bool, orders: bool
) -> Parameters:
    """The parameters where futures trade: by whether the ratio is known from quotes, and the book has orders."""
    found = replace(parameters, barrier_from="orders" if orders else "books")
    if not ratio:
        found = replace(found, ratio="static")
    if parameters.fuel_quantile is not None and gamma:
        threshold = float(np.quantile(np.array(gamma), parameters.fuel_quantile))
        found = replace(found, fuel_threshold=threshold)
    return found
