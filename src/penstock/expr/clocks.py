"""Clocks that an expression triggers."""

from dataclasses import dataclass

from penstock.expr.expression import Expr
from penstock.streams import Clock


@dataclass(frozen=True, eq=False, repr=False)
class When(Clock):
    """A tick right after each tick of the condition's clock at which the condition is not 0 (NaN is 0)."""

    condition: Expr

    @property
    def text(self) -> str:
        return f"when({self.condition.text})"
