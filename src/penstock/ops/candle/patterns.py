"""What operators of candle patterns have in common."""

from typing import ClassVar

from penstock.core.units import ONE
from penstock.expr import Operator
from penstock.ops.candle.rows import CELLS


class Patterns(Operator):
    """An operator whose outputs are patterns over the rows of `Candles`."""

    needed: ClassVar[
        dict[str, int]
    ] = {}  # candles that a pattern is read from, with their averages
    back: ClassVar[int] = 0  # candles before the last

    def check(self) -> None:
        cells = self.operands[0].cells
        self.require("candles must be the rows that Candles gives", cells == CELLS, cells)

    @property
    def lookback(self) -> int:
        return self.back

    @property
    def warmup(self) -> int:
        return min(self.needed.values())

    def warmup_of(self, output: str) -> int:
        return self.needed[output]

    @property
    def unit(self) -> str:
        return ONE
