"""What statistics share that fade with a half-life in time."""

from typing import Any

from penstock.core.time import Duration
from penstock.expr import VIEW, Expr, Operator
from penstock.ops.decay.faded import Faded
from penstock.streams import Clock


class Fading(Operator):
    """A recursive statistic of `x`, which has to see every tick of its clock.

    So it lives on that clock. On another one it is two nodes: the statistic, and its last value
    faded to the other clock's ticks.
    """

    halflife: Duration

    def __new__(cls, x: Any, halflife: Any, on: Clock = VIEW) -> Any:
        """The node on the clock of `x`, or that node sampled on `on`."""
        if on is not VIEW and isinstance(x, Expr) and x.clock not in (None, on):
            return cls(x, halflife, x.clock).sampled(on)
        return super().__new__(cls)

    def check(self) -> None:
        self.require("halflife must be positive", self.halflife > 0, self.halflife)

    def sampled(self, on: Clock) -> Operator:
        """The statistic at the ticks of another clock."""
        return Faded(self, halflife=self.halflife, on=on)
