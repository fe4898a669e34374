"""What operators share that compare or choose between two values."""

from penstock.core.errors import DefinitionError
from penstock.expr import Constant, Elementwise, Expr


def require_one_unit(node: Expr, x: Expr, y: Expr) -> None:
    """Refuse two sides of different units; a constant takes the other's."""
    if not any(isinstance(side, Constant) for side in (x, y)) and x.unit != y.unit:
        raise DefinitionError(
            f"{type(node).__name__}: both sides must have one unit, got {x.unit} and {y.unit}"
        )


class SameUnit(Elementwise):
    """Both sides, `x` and `y`, have one unit; a constant takes the other's."""

    x: Expr
    y: Expr

    def check(self) -> None:
        require_one_unit(self, self.x, self.y)

    @property
    def unit(self) -> str:
        return self.y.unit if isinstance(self.x, Constant) else self.x.unit
