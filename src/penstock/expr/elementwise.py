"""The base of operators that treat every cell of a tick alike."""

from typing import ClassVar

from penstock.core.errors import DefinitionError
from penstock.expr.expression import Constant
from penstock.expr.operator import Operator


class Elementwise(Operator):
    """An operator of one tick that works on wide columns too, cell by cell; a constant fits any width."""

    flat: ClassVar[bool] = True

    def check_clocks(self) -> None:
        super().check_clocks()
        widths = {x.cells for x in self.operands if not isinstance(x, Constant)}
        if len(widths) > 1:
            names = " and ".join(str(width) for width in sorted(widths))
            raise DefinitionError(
                f"{type(self).__name__}: operands must have equally many cells (widen one with Spread), got {names}"
            )

    @property
    def cells(self) -> int:
        """Cells per tick: those of the operands."""
        return max(x.cells for x in self.operands)
