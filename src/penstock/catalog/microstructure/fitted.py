"""Microstructure whose parameters are fitted from time to time."""

from penstock.core.errors import DefinitionError
from penstock.declare import Feature
from penstock.expr import Expr
from penstock.fits import ACD, HAWKES
from penstock.formulas.sizes import distinct_trade
from penstock.ops.asof import AsOf
from penstock.ops.elapsed import Elapsed
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.fitted import Fitted
from penstock.ops.group.cell import Cell
from penstock.ops.volatility.garch_volatility import GarchVolatility

INFINITY = float("inf")


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


def acd_conditional_duration(
    *, p: int = 1, q: int = 1, window: int = 1_000, refit: int = 500
) -> Expr:
    r"""Time expected until the next trade, by durations that follow those before them.

    .. math:: \psi_i = \omega + \alpha x_{i-1} + \beta \psi_{i-1}

    Notes
    -----
    A model. In seconds, between times of trades; fitted by exponential quasi maximum likelihood every `refit` of them
    on the last `window` gaps, and used from the next one on; the row refits once an hour. Durations are as they come:
    the hours of a day are not taken out. `p` and `q` are 1: one lag of each.
    """
    if (p, q) != (1, 1):
        raise DefinitionError(f"acd_conditional_duration: p and q must be 1, got {p} and {q}")
    root = Sqrt(Elapsed(distinct_trade()))
    expected = AsOf(GarchVolatility(root, Fitted(root, ACD, window=window, every=refit)))
    return expected * expected


FEATURES = (
    Feature(
        "microstructure.acd_conditional_duration",
        acd_conditional_duration,
        says="Time expected until the next trade, by durations that follow those before them.",
        source="Engle-Russell 1998",
        oracle="arch.univariate.GARCH on roots of durations",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.hawkes_branching_ratio",
        hawkes_branching_ratio,
        says="Share of trades that earlier trades made come, by a fitted self-exciting process.",
        source="Filimonov-Sornette 2012",
        oracle="the fit that tests hold to its likelihood, at each event by hand",
        range=(0.0, 1.0),
    ),
)
