"""The view whose rows are touches: what was measured when a trade, or a bar, touched levels.

A row has the columns of the moment, and for each of the levels that were touched at once its own, named ``column#0``
and so on, NaN where fewer were touched.
"""

from functools import cache

from penstock.declare import View
from penstock.formulas.levels.parameters import Parameters
from penstock.formulas.levels.prices import TRADES, Prices
from penstock.formulas.levels.touched import Touched
from penstock.ops import Cell


@cache
def view(parameters: Parameters) -> View:
    """The view of touches."""
    levels = Touched(parameters)
    own = {
        f"{name}#{j}": Cell(x, j)
        for j in range(parameters.most_at_once)
        for name, x in levels.each.items()
    }
    return View(
        "levels",
        levels.moment | own,
        on=levels.rows,
        says="Touches of price levels, and what the market did there.",
    )


@cache
def path(parameters: Parameters) -> View:
    """The view of the underlying's price at each trade: what labels are of."""
    return View("levels_path", {"spot": Prices(parameters).spot}, on=TRADES)
