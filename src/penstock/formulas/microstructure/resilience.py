"""How fast the size at the touch is back after trades took it."""

from typing import Literal

from penstock.core.time import Duration
from penstock.expr import QUOTE, TRADE, Expr, When
from penstock.formulas.columns import ASK_SIZE, BID_SIZE
from penstock.formulas.guards import tick_number
from penstock.formulas.order_flow.signs import Rule, direction
from penstock.formulas.spans import FIVE_SECONDS
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.less import Less
from penstock.ops.flow.recovery_time import RecoveryTime

Side = Literal["bid", "ask", "both"]


def depth_resilience(
    *,
    frac: float = 0.5,
    T: Duration = FIVE_SECONDS,
    span: float = 20.0,
    side: Side = "both",
    sign: Rule = "flag",
) -> Expr:
    r"""Mean time that the size at the touch takes to be back at `frac` of what it was before a trade depleted it.

    .. math:: \bar d_k = \bar d_{k-1} + \frac{2}{n + 1} (d_k - \bar d_{k-1}), \quad
              d_k = \min(T, \min \{ t : Q_t \ge \text{frac} \cdot Q_{k^-} \} - t_k)

    Notes
    -----
    In seconds, from the first quote after the trade, if it shows less than `frac` of the size before it, to the quote
    that shows it back, at whatever price; what lasts longer than `T` counts as `T`. The mean fades over `span`
    recoveries; with ``side="both"`` it is the middle of both sides' means. Trades before a side has recovered are part
    of its recovery; those whose side is unknown by the rule of `signed_volume` are none.
    """
    sides = ("bid", "ask") if side == "both" else (side,)
    means = [recovery(one, frac, T, span, sign) for one in sides]
    return AsOf(means[0] if len(means) == 1 else (means[0] + means[1]) / 2.0)


def recovery(side: str, frac: float, limit: Duration, span: float, sign: Rule) -> Expr:
    """The mean recovery of one side, on the clock of quotes."""
    taken = direction(sign)
    hit = When(Less(taken, 0.0) if side == "bid" else Greater(taken, 0.0))
    size = BID_SIZE if side == "bid" else ASK_SIZE
    before = AsOf(AsOf(size, on=TRADE), on=hit)
    run, was = AsOf(tick_number(before), on=QUOTE), AsOf(before, on=QUOTE)
    return RecoveryTime(run, size, was, share=frac, limit=limit, span=span)
