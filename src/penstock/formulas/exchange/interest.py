"""Open interest, and on which side accounts are."""

from typing import Literal

from penstock.core.time import Duration, duration
from penstock.events.types.perpetual import ACCOUNTS, TOP_POSITIONS
from penstock.expr import (
    BAR,
    Expr,
    Instrument,
    InsuranceFund,
    MarkPrice,
    OpenInterest,
    account_ratio,
    columns,
    instrument,
    insurance_fund,
    open_interest,
)
from penstock.formulas.columns import CLOSE
from penstock.formulas.guards import NOTHING, positive
from penstock.ops.asof import AsOf
from penstock.ops.clock.delayed import Delayed
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.sign import Sign
from penstock.ops.elementwise.where import Where
from penstock.ops.state.last_known import LastKnown
from penstock.streams import Clock, Delay, Stream

HOUR, DAY = duration("1h"), duration("1d")
EVER = 1 << 40  # ticks
Unit = Literal["quote", "contracts", "marked"]


def was(x: Expr, clock: Clock, W: Duration) -> Expr:
    """What a column of a clock was at its last tick that is at least `W` old."""
    return AsOf(Delayed(x, on=Delay(clock, W)))


def open_interest_at(*, unit: Unit = "quote") -> Expr:
    r"""What is open now: its value as the venue gives it, contracts, or contracts by multiplier and mark price.

    .. math:: \text{contracts} \cdot \text{multiplier} \cdot \text{mark} \quad (\text{marked})
    """
    if unit == "quote":
        return AsOf(open_interest.value)
    if unit == "contracts":
        return AsOf(open_interest.contracts)
    mark = AsOf(columns(MarkPrice).price)
    return AsOf(open_interest.contracts) * AsOf(columns(Instrument).multiplier) * mark


def open_interest_change(*, W: Duration = HOUR) -> Expr:
    r"""Log change of open contracts over `W`, :math:`\ln(\text{OI}_t / \text{OI}_{t-W})`.

    Notes
    -----
    Of contracts, so that moves of the price do not leak in. What was open `W` ago is the last value that is at least
    so old.
    """
    contracts = positive(open_interest.contracts)
    return Log(AsOf(contracts) / was(contracts, Stream(OpenInterest), W))


def oi_price_quadrant(*, W: Duration = HOUR) -> Expr:
    r"""What the last `W` built: 1 longs, 2 covers of shorts, 3 shorts, 4 unwinds of longs; 0 where either stood still.

    .. math:: \frac{5 - 2 \operatorname{sgn}(c_t - c_{t-W}) - \operatorname{sgn}(\text{OI}_t - \text{OI}_{t-W})}{2}

    Notes
    -----
    A reading of practice: nobody sees who opened what.
    """
    contracts = open_interest.contracts
    built = Sign(AsOf(contracts) - was(contracts, Stream(OpenInterest), W))
    moved = Sign(AsOf(CLOSE) - was(CLOSE, BAR, W))
    quadrant = 2.5 - moved - 0.5 * built
    return Where(Equal(moved * built, 0.0), 0.0, quadrant)


def open_interest_to_market_cap() -> Expr:
    r"""Open contracts against the units in circulation, :math:`\text{OI} / \text{supply}`.

    Notes
    -----
    Both at one price, which cancels; a contract is of one unit.
    """
    return AsOf(open_interest.contracts) / AsOf(positive(instrument.supply))


def ratio_of(kind: int) -> Expr:
    """Log of the last ratio of one kind."""
    mine = Where(Equal(account_ratio.kind, float(kind)), positive(account_ratio.ratio), NOTHING)
    return AsOf(LastKnown(Log(mine), ticks=EVER))


def long_short_account_ratio() -> Expr:
    r"""Accounts that are long for each that is short, :math:`\ln(n_\text{long} / n_\text{short})`."""
    return ratio_of(ACCOUNTS)


def top_trader_position_ratio() -> Expr:
    r"""Longs for each short in the positions of the largest accounts, :math:`\ln(q_\text{long} / q_\text{short})`."""
    return ratio_of(TOP_POSITIONS)


def insurance_fund_change(*, W: Duration = DAY) -> Expr:
    r"""Log change of a venue's insurance fund over `W`, :math:`\ln(B_t / B_{t-W})`."""
    balance = positive(insurance_fund.balance)
    return Log(AsOf(balance) / was(balance, Stream(InsuranceFund), W))
