"""Who started a trade: what the exchange says, or rules that estimate it from prices.

A rule is a model, not an observation: it is right for most trades, not for all. Only ``flag`` is observed.
"""

from collections.abc import Callable
from typing import Literal

from penstock.core.time import Duration, duration
from penstock.expr import QUOTE, TRADE, Expr, When
from penstock.formulas.bar_flow import aggressor
from penstock.formulas.columns import ASK_PRICE, BID_PRICE, PRICE
from penstock.formulas.guards import whole
from penstock.formulas.quotes import mid_price
from penstock.ops.asof import AsOf
from penstock.ops.clock.delayed import Delayed
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.less_equal import LessEqual
from penstock.ops.elementwise.not_equal import NotEqual
from penstock.ops.elementwise.sign import Sign
from penstock.ops.elementwise.where import Where
from penstock.ops.lag import Lag
from penstock.ops.state.value_when import ValueWhen
from penstock.streams import Delay

Rule = Literal["flag", "tick", "quote", "lee_ready", "emo", "clnv"]
AT_ONCE = duration("0ms")


def tick_rule_sign() -> Expr:
    r"""Sign of the last change of the trade price, :math:`\operatorname{sgn}(p_t - p_{t-1})` carried over no change.

    Notes
    -----
    An estimate of who started the trade. NaN until the price has moved.
    """
    step = Sign(PRICE - Lag(PRICE, ticks=1))
    return ValueWhen(NotEqual(step, 0.0), step)


def quote_rule_sign() -> Expr:
    r"""Side of the mid that a trade is on, :math:`\operatorname{sgn}(p - m)`; 0 at the mid.

    Notes
    -----
    An estimate of who started the trade. The mid is that of the last quote before the trade's position; NaN without
    one. Prices are compared in billionths, so a trade at the mid is there whatever its decimals round to.
    """
    return against(AsOf(mid_price(), on=TRADE))


def against(mid: Expr) -> Expr:
    """The side of a mid that trades are on."""
    return Sign(whole(PRICE - mid))


def lee_ready_sign(*, delay: Duration = AT_ONCE) -> Expr:
    r"""Quote rule, and the tick rule for trades at the mid.

    .. math:: e = \operatorname{sgn}(p - m) \text{ if } p \ne m, \text{ else the tick rule}

    Notes
    -----
    An estimate of who started the trade. The mid is that of the quote in force `delay` before the trade: 5 s suited
    the tapes of 1991, and no delay suits stamps of one clock. Without a mid it is unknown, NaN.
    """
    mid = mid_price() if delay == 0 else Delayed(mid_price(), on=Delay(QUOTE, delay))
    side = against(AsOf(mid, on=TRADE))
    return Where(NotEqual(side, 0.0), side, tick_rule_sign())


def emo_sign() -> Expr:
    r"""Quote rule for trades at the touch, tick rule for all others.

    .. math:: e = 1 \text{ if } p = P^a, \; -1 \text{ if } p = P^b, \text{ else the tick rule}

    Notes
    -----
    An estimate of who started the trade. A locked or crossed quote names no side: tick rule.
    """
    bid, ask = (AsOf(side, on=TRADE) for side in (BID_PRICE, ASK_PRICE))
    return quoted(Equal(whole(PRICE - ask), 0.0), Equal(whole(PRICE - bid), 0.0), bid, ask)


def clnv_sign() -> Expr:
    r"""Quote rule within 30% of the spread from the touch, tick rule for all others.

    .. math:: e = 1 \text{ if } P^a - 0.3 s \le p \le P^a, \; -1 \text{ if } P^b \le p \le P^b + 0.3 s,
              \text{ else the tick rule}

    Notes
    -----
    An estimate of who started the trade. A locked or crossed quote names no side: tick rule.
    """
    bid, ask = (AsOf(side, on=TRADE) for side in (BID_PRICE, ASK_PRICE))
    near = whole(ask - bid) * 3.0
    below, above = whole(ask - PRICE), whole(PRICE - bid)
    buys = within(below, near)
    sells = within(above, near)
    return quoted(buys, sells, bid, ask)


def within(distance: Expr, near: Expr) -> Expr:
    """1 where a distance from the touch is not beyond it, nor more than a tenth of `near`."""
    return GreaterEqual(distance, 0.0) * LessEqual(distance * 10.0, near)


def quoted(buys: Expr, sells: Expr, bid: Expr, ask: Expr) -> Expr:
    """1 and -1 where the quote says so, the tick rule elsewhere."""
    open_quote = FillNan(Greater(ask, bid), value=0.0)
    side = FillNan(buys - sells, value=0.0) * open_quote
    return Where(NotEqual(side, 0.0), side, tick_rule_sign())


RULES: dict[str, Callable[[], Expr]] = {
    "flag": aggressor,
    "tick": tick_rule_sign,
    "quote": quote_rule_sign,
    "lee_ready": lee_ready_sign,
    "emo": emo_sign,
    "clnv": clnv_sign,
}


def direction(sign: Rule) -> Expr:
    """1 for a bought trade, -1 for a sold one, 0 where the rule does not know."""
    return FillNan(RULES[sign](), value=0.0)


def signed(sign: Rule) -> Expr:
    """The signs of the trades whose sign is known: a clock of their own."""
    side = direction(sign)
    return AsOf(side, on=When(NotEqual(side, 0.0)))
