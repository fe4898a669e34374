"""The value at the tick that caused a delayed tick."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.errors import DefinitionError
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import VIEW, Column, Expr, Operator
from penstock.streams import Clock, Delay, Stream

FREE = Stream(EventType("free", "A column of an example.", (Field("x", "x"),)))


@jit
def _kernel(out: F8, x: F8, first: int, upto: I8, cells: int) -> None:
    to, of = out.flat, x.flat
    for i in range(upto.size):
        start = (upto[i] - 1 - first) * cells
        for j in range(cells):
            to[i * cells + j] = of[start + j] if upto[i] > 0 else np.nan


def _oracle(x: F8, upto: I8) -> F8:
    return np.array([x[cause - 1] if cause > 0 else np.full(x.shape[1:], np.nan) for cause in upto])


@dataclass(frozen=True, eq=False, repr=False)
class Delayed(Operator):
    r"""Value of a column at the tick that caused each tick of a delayed clock.

    .. math:: y_n = x_n, \quad \tau(y_n) = \tau(x_n) + d

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: that of `x`. At the same tick an as-of gives what
    has become of the value since.

    References
    ----------
    Huang, R. D., Stoll, H. R. (1996). Dealer versus auction markets: a paired comparison of execution
    costs on NASDAQ and the NYSE. Journal of Financial Economics 41, 313-357.

    Examples
    --------
    >>> evaluate(Delayed(**Delayed.example), x=[1.0, 3.0], clock={"at": [5, 6], "upto": [1, 2]})
    [1.0, 3.0]
    """

    x: Expr
    on: Clock

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    caused: ClassVar = True
    example: ClassVar = {"x": Column(FREE, "x"), "on": Delay(FREE, "5s")}

    def check_clocks(self) -> None:
        super().check_clocks()
        if not isinstance(self.on, Delay):
            raise DefinitionError(f"Delayed: on must be a Delay, got {self.on.text}")
        if self.source not in (None, VIEW, self.on.of):
            raise DefinitionError(
                f"Delayed: x must live on the clock that is delayed, {self.on.of.text} "
                f"(sample it with AsOf(x, on=…)), got {self.source.text}"
            )

    @property
    def cells(self) -> int:
        return self.x.cells
