"""What an expression gives on another clock than the view's."""

from dataclasses import dataclass

from penstock.core.schema import Dtype
from penstock.expr.expression import VIEW, Expr
from penstock.streams import Clock


@dataclass(frozen=True, eq=False, repr=False)
class Timeframe(Expr):
    """The value that an expression would have in a view on another clock, as of that clock's last tick.

    Bars are then those of that clock, made from trades or from the shorter bars that a source has; what is sampled on
    "the view's clock" is sampled there. A bar that is not finished yet is not seen.

    Examples
    --------
    >>> from penstock.catalog import find
    >>> from penstock.declare.timeframes import timeframe
    >>> Timeframe(find("price.log_return").expr(), on=timeframe("M5")).clock
    view
    """

    x: Expr
    on: Clock

    @property
    def clock(self) -> Clock:
        return VIEW

    @property
    def unit(self) -> str:
        return self.x.unit

    @property
    def dtype(self) -> Dtype:
        return self.x.dtype

    @property
    def cells(self) -> int:
        return self.x.cells
