"""Orders that come to the book and leave it, told from what its levels show.

Books of levels do not name orders: what was added is at least what a price gained, and what left without trading was
cancelled. These are inferences from net changes, not observations of orders.
"""

from penstock.core.time import Duration
from penstock.expr import Expr
from penstock.formulas.columns import LEVELS, SIZE
from penstock.formulas.depths import Side
from penstock.formulas.order_flow.signs import Rule, direction
from penstock.formulas.order_flow.volumes import SECONDS
from penstock.formulas.spans import MINUTE, TEN_SECONDS
from penstock.ops.book.depth_changes import DepthChanges
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.window.window_sum import WindowSum


def moved(side: str, how: str, L: int, width: Duration) -> Expr:
    """Size added to or removed from a side over a window; an update that shows no side adds nothing."""
    change = DepthChanges(LEVELS, depth=L)[f"{side}_{how}"]
    return WindowSum(FillNan(change, value=0.0), width=width)


def limit_add_rate(*, W: Duration = TEN_SECONDS, side: Side = "both", L: int = 5) -> Expr:
    r"""Size per second that was added to the first `L` levels in the last `W`.

    .. math:: \frac{1}{W} \sum_t \sum_{p \in V_t} (Q_t(p) - Q_{t-1}(p))^+

    Notes
    -----
    Only at prices that both books show, so that a level coming into sight is nothing added. What came and left
    between two books is not seen.
    """
    sides = ("bid", "ask") if side == "both" else (side,)
    sizes = [moved(one, "added", L, W) for one in sides]
    return (sizes[0] + sizes[1] if len(sizes) > 1 else sizes[0]) / (W * SECONDS)


def cancelled(L: int, width: Duration) -> Expr:
    """Size that left the levels without having traded."""
    removed = moved("bid", "removed", L, width) + moved("ask", "removed", L, width)
    return Maximum(removed - WindowSum(SIZE, width=width), 0.0)


def cancel_rate(*, W: Duration = TEN_SECONDS, L: int = 5) -> Expr:
    r"""Size per second that left the first `L` levels in the last `W` without having traded.

    .. math:: \frac{1}{W} \Big( \sum_t \sum_{p \in V_t} (Q_{t-1}(p) - Q_t(p))^+ - \sum_i v_i \Big)^+

    Notes
    -----
    An inference: a trade takes from the levels that the book shows, unless it met an order that was hidden. The
    difference is taken over the window, as a book and its trades carry other stamps.
    """
    return cancelled(L, W) / (W * SECONDS)


def cancel_to_trade_ratio(*, W: Duration = MINUTE, L: int = 5) -> Expr:
    r"""Size cancelled on the first `L` levels in the last `W` by the size traded, :math:`C / \sum v_i`.

    Notes
    -----
    Cancelled is what `cancel_rate` says; NaN without trades.
    """
    return cancelled(L, W) / WindowSum(SIZE, width=W)


def add_cancel_imbalance(*, W: Duration = TEN_SECONDS, L: int = 5, sign: Rule = "flag") -> Expr:
    r"""What was added less cancelled on the bids against the asks, from -1 to 1.

    .. math:: \frac{(A^b - C^b) - (A^a - C^a)}{A^b + C^b + A^a + C^a}

    Notes
    -----
    Over the first `L` levels and the last `W`. A side's cancelled size is what left it less what traded against it,
    and never below 0; `sign` says who started a trade, and a trade whose sign is unknown took from neither.
    """
    hit = direction(sign) * SIZE
    added = [moved(side, "added", L, W) for side in ("bid", "ask")]
    left = [
        Maximum(moved(side, "removed", L, W) - WindowSum(Maximum(traded, 0.0), width=W), 0.0)
        for side, traded in (("bid", 0.0 - hit), ("ask", hit))
    ]
    net = (added[0] - left[0]) - (added[1] - left[1])
    return net / (added[0] + left[0] + added[1] + left[1])
