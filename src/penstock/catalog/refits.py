"""Formulas whose parameters are fitted from time to time: they see both the formulas and the fits."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.expr import Constant, Expr
from penstock.fits import HAWKES, autoregression
from penstock.fits import microprice as microprice_model
from penstock.formulas.columns import ASK_PRICE, ASK_SIZE, BID_PRICE, BID_SIZE, VOLUME
from penstock.formulas.guards import positive
from penstock.formulas.quotes import mid_price
from penstock.formulas.sizes import distinct_trade
from penstock.ops.book.microprice_adjustment import MicropriceAdjustment
from penstock.ops.book.top_of_book import TopOfBook
from penstock.ops.elapsed import Elapsed
from penstock.ops.elementwise.log import Log
from penstock.ops.fitted import Fitted
from penstock.ops.group.cell import Cell
from penstock.ops.lag import Lag
from penstock.ops.point_process.hawkes_excitation import HawkesExcitation
from penstock.ops.point_process.hawkes_intensity import HawkesIntensity
from penstock.ops.row.dot import Dot
from penstock.ops.row.stack import Stack

Rate = float | Literal["auto"]


def microprice(*, nI: int = 10, nS: int = 3, window: int = 5_000, refit: int = 1_000) -> Expr:
    r"""Mid plus what it is expected to move by, given the imbalance and the spread.

    .. math:: m_t + g^*(I_t, S_t), \quad g^* = \sum_{i \ge 0} B^i G_1

    Notes
    -----
    Imbalance in `nI` equal intervals and spread in 1 to `nS` ticks are the states of a Markov chain, mirrored. It is
    fitted every `refit` quotes on the last `window` of them, and used from the next quote on. The row refits once
    a day; quotes are counted instead, so that the same quotes give the same fits wherever a file begins.
    """
    quote = TopOfBook(BID_PRICE, BID_SIZE, ASK_PRICE, ASK_SIZE)
    table = Fitted(quote, microprice_model(nI, nS), window=window, every=refit)
    return mid_price() + MicropriceAdjustment(quote, table, imbalances=nI, spreads=nS)


def hawkes_intensity(
    *,
    mu: Rate = "auto",
    alpha: Rate = "auto",
    beta: Rate = "auto",
    window: int = 1_000,
    refit: int = 500,
) -> Expr:
    r"""Trades expected per second if each makes others more likely for a while.

    .. math:: \lambda(t) = \mu + \sum_{t_i < t} \alpha e^{-\beta (t - t_i)}

    Notes
    -----
    Trades with one stamp are one event. Left to ``auto``, all three parameters are fitted by maximum likelihood
    every `refit` events on the last `window` gaps, and used from the next event on; the row refits once an hour. Each
    gap fades at the rate that was in force, and what came before the first fit is forgotten.
    """
    event = distinct_trade()
    given = [rate for rate in (mu, alpha, beta) if rate != "auto"]
    if len(given) not in (0, 3):
        raise DefinitionError(
            f"hawkes_intensity: mu, alpha and beta are given together, got {given}"
        )
    fitted = Fitted(Elapsed(event), HAWKES, window=window, every=refit)
    rates = [Constant(rate) for rate in given] or [Cell(fitted, cell=i) for i in range(3)]
    return HawkesIntensity(HawkesExcitation(event, *rates))


def unexpected_volume(*, w: int = 250, lags: int = 5, refit: int = 50) -> Expr:
    r"""Log volume less what an autoregression expected.

    .. math:: y_t - c - \sum_{k=1}^{p} \phi_k y_{t-k}, \quad y = \ln v

    Notes
    -----
    Fitted by least squares every `refit` bars on the last `w` of them, and used from the next bar on. A bar without
    volume has no logarithm: it is left out of the fit, and NaN for itself and the `lags` bars after.
    """
    if not 1 <= lags < w:
        raise DefinitionError(f"unexpected_volume: lags must be from 1 to below w, got {lags}")
    logged = Log(positive(VOLUME))
    past: Expr = Constant(1.0)
    for lag in range(1, lags + 1):
        past = Stack(past, Lag(logged, ticks=lag))
    return logged - Dot(past, Fitted(logged, autoregression(lags), window=w, every=refit))
