"""Size that was not shown, inferred from what traded against what was shown.

No public feed says that an order is an iceberg: these are scores, and new orders of others at the same price count too.
"""

from penstock.core.time import Duration, duration
from penstock.expr import BOOK, TRADE, Expr
from penstock.formulas.columns import LEVELS, PRICE, SIZE
from penstock.formulas.guards import tick_number
from penstock.formulas.order_flow.signs import Rule, direction
from penstock.formulas.spans import MINUTE
from penstock.ops.asof import AsOf
from penstock.ops.book.size_at import SizeAt
from penstock.ops.clock.as_of_within import AsOfWithin
from penstock.ops.flow.executed_share import ExecutedShare
from penstock.ops.flow.refilled import Refilled
from penstock.ops.window.window_sum import WindowSum

SOON = duration("100ms")
REFILLED = 0.9


def met(L: int, sign: Rule) -> Expr:
    """Size that the book before a trade showed at its price, on the side that it took from."""
    return SizeAt(AsOf(LEVELS, on=TRADE), PRICE, direction(sign), depth=L)


def iceberg_score(*, W: Duration = MINUTE, L: int = 10, sign: Rule = "flag") -> Expr:
    r"""Most that traded at one price in the last `W` by the most that trades there met; above 1 it was refilled.

    .. math:: \max_\pi \frac{\sum_{i : p_i = \pi} v_i}{\max_{i : p_i = \pi} Q_{t_i^-}(\pi)}

    Notes
    -----
    An inference: orders that others added count as a refill too. What was shown is read from the first `L` levels of
    the last book before each trade, on the side that it took from; NaN where no trade met anything shown.
    """
    return ExecutedShare(PRICE, SIZE, met(L, sign), width=W)


def iceberg_refill_count(
    *, W: Duration = MINUTE, dt: Duration = SOON, L: int = 10, sign: Rule = "flag"
) -> Expr:
    r"""How often in the last `W` the size at a traded price fell, and was back at 90% within `dt` of the trade.

    .. math:: \#\{ i : \exists\, s < t \le t_i + dt, \; Q_s(p_i) < 0.9\, Q_{t_i^-}(p_i) \le Q_t(p_i) \}

    Notes
    -----
    An inference, and a lower bound: it needs a book that shows the size fallen, and of trades between two books it
    follows the last one. Orders that others added count too.
    """
    number = AsOfWithin(tick_number(PRICE), dt, on=BOOK)
    price, side, before = (AsOf(x, on=BOOK) for x in (PRICE, direction(sign), met(L, sign)))
    now = SizeAt(LEVELS, price, side, depth=L)
    return WindowSum(Refilled(number, now, before, share=REFILLED), width=W)
