"""What operators share that compare or choose between two values."""

from penstock.core.errors import DefinitionError
from penstock.expr import Constant, Expr, Operator


class SameUnit(Operator):
    """Both sides, `x` and `y`, have one unit; a constant takes the other's."""

    x: Expr
    y: Expr

    def check(self) -> None:
        sides = (self.x, self.y)
        if not any(isinstance(side, Constant) for side in sides) and self.x.unit != self.y.unit:
            raise DefinitionError(
                f"{type(self).__name__}: both sides must have one unit, "
                f"got {self.x.unit} and {self.y.unit}"
            )

    @property
    def unit(self) -> str:
        return self.y.unit if isinstance(self.x, Constant) else self.x.unit
