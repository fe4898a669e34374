"""Microstructure whose parameters are fitted from time to time."""

from penstock.declare import Feature
from penstock.expr import Expr
from penstock.fits import HAWKES
from penstock.formulas.sizes import distinct_trade
from penstock.ops.asof import AsOf
from penstock.ops.elapsed import Elapsed
from penstock.ops.fitted import Fitted
from penstock.ops.group.cell import Cell


def hawkes_branching_ratio(*, w: int = 5_000, refit: int = 500) -> Expr:
    r"""Share of trades that earlier trades made come, by a fitted self-exciting process, :math:`\alpha / \beta`.

    Notes
    -----
    A model: the process of `hawkes_intensity`, fitted by maximum likelihood every `refit` times of trades on the last
    `w` gaps between them, and used from the next one on; the row refits once an hour. A base rate that moves with the
    hours of a day makes it larger than it is.
    """
    rates = AsOf(Fitted(Elapsed(distinct_trade()), HAWKES, window=w, every=refit))
    return Cell(rates, cell=1) / Cell(rates, cell=2)


FEATURES = (
    Feature(
        "microstructure.hawkes_branching_ratio",
        hawkes_branching_ratio,
        says="Share of trades that earlier trades made come, by a fitted self-exciting process.",
        source="Filimonov-Sornette 2012",
        oracle="the fit that tests hold to its likelihood, at each event by hand",
        range=(0.0, 1.0),
    ),
)
