"""Where the price of two venues is found: shares that are estimated from time to time."""

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration
from penstock.declare import Feature
from penstock.expr import Expr, Quote, columns
from penstock.fits.price_discovery import SHARES, price_discovery
from penstock.formulas.guards import NOTHING, positive
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.where import Where
from penstock.ops.fitted import Fitted
from penstock.ops.group.cell import Cell
from penstock.ops.row.stack import Stack
from penstock.streams import Every

INFINITY = float("inf")
HOUR, MINUTE, SECOND = duration("1h"), duration("1m"), duration("1s")


def log_mid(role: str, on: Every) -> Expr:
    """The log of the middle price of a venue at the ticks of a clock."""
    of = columns(Quote, role)
    sound = Where(Less(of.ask_price, of.bid_price), NOTHING, (of.bid_price + of.ask_price) / 2.0)
    return Log(positive(AsOf(sound, on=on)))


def share(name: str, w: Duration, dt: Duration, p: int, refit: Duration) -> Expr:
    """A share of venue ``a``, fitted from time to time."""
    slots, every = w // dt, refit // dt
    if p < 1 or slots < 2 or every < 1:
        raise DefinitionError(
            f"Price discovery: p, and refit by dt, must be at least 1 and w two of dt, got p={p}, {every} and {slots}"
        )
    clock = Every(dt)
    prices = Stack(log_mid("a", clock), log_mid("b", clock))
    found = Fitted(prices, price_discovery(p), window=slots, every=every)
    return AsOf(Cell(found, cell=SHARES.index(name)))


def hasbrouck_information_share(
    *, w: Duration = HOUR, dt: Duration = SECOND, p: int = 10, refit: Duration = MINUTE
) -> Expr:
    r"""Share of the variance of the common price that venue ``a``'s innovations bring, a model's estimate.

    .. math:: \frac{([\psi F]_1)^2}{\psi \Omega \psi^\top}

    Notes
    -----
    The mean of both orders of the Cholesky factor. Middle prices every `dt` over the last `w` in a vector error
    correction with `p` lags and the difference of the log prices as the error; fitted every `refit`, and used from the
    next slot on.
    """
    return share("information", w, dt, p, refit)


def gonzalo_granger_component_share(
    *, w: Duration = HOUR, dt: Duration = SECOND, p: int = 10, refit: Duration = MINUTE
) -> Expr:
    r"""Weight of venue ``a`` in the common price, by how little it adjusts, :math:`\alpha_2 / (\alpha_2 - \alpha_1)`.

    Notes
    -----
    A model's estimate, fitted as `hasbrouck_information_share`; it may be below 0 or above 1.
    """
    return share("component", w, dt, p, refit)


def information_leadership_share(
    *, w: Duration = HOUR, dt: Duration = SECOND, p: int = 10, refit: Duration = MINUTE
) -> Expr:
    r"""How far venue ``a`` leads in news rather than in noise, from 0 to 1, a model's estimate.

    .. math:: \frac{L^2}{L^2 + 1}, \quad
              L = \left| \frac{\text{IS}_1}{\text{IS}_2} \frac{\text{CS}_2}{\text{CS}_1} \right|

    Notes
    -----
    Of the shares of `hasbrouck_information_share` and `gonzalo_granger_component_share`.
    """
    return share("leadership", w, dt, p, refit)


FEATURES = (
    Feature(
        "exchange.hasbrouck_information_share",
        hasbrouck_information_share,
        says="Share of venue a's innovations in the variance of the common price, an estimate.",
        source="Hasbrouck 1995",
        oracle="statsmodels.api.OLS",
        range=(0.0, 1.0),
    ),
    Feature(
        "exchange.gonzalo_granger_component_share",
        gonzalo_granger_component_share,
        says="Weight of venue a in the common price, by how little it adjusts, an estimate.",
        source="Gonzalo-Granger 1995",
        oracle="statsmodels.api.OLS",
    ),
    Feature(
        "exchange.information_leadership_share",
        information_leadership_share,
        says="How far venue a leads in news rather than in noise, an estimate.",
        source="Yan-Zivot 2010; Putnins 2013",
        oracle="statsmodels.api.OLS",
        range=(0.0, 1.0),
    ),
)
