"""Two symbols side by side: streams in the roles ``a`` and ``b``, sampled on the view's clock."""

from penstock.events import Bar
from penstock.expr import Expr
from penstock.expr.columns import columns
from penstock.formulas.returns import log_change
from penstock.ops.asof import AsOf

A, B = columns(Bar, "a"), columns(Bar, "b")


def pair_returns() -> tuple[Expr, Expr]:
    """Log returns of both closes between two ticks of the view's clock.

    A symbol without a new bar in between has a return of 0: the clock should be no faster than the slower one's bars.
    """
    return log_change(AsOf(A.close)), log_change(AsOf(B.close))
