"""The base of every operator: what a node type declares and what the engine derives from it."""

import inspect
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any, ClassVar

import numpy as np

from penstock.core.errors import DefinitionError
from penstock.core.schema import Dtype
from penstock.expr.expression import VIEW, Expr, Output, operand_names
from penstock.expr.operands import coerce, pick
from penstock.streams import Clock

NO_STATE = np.dtype([])
# the classes of cost of a tick, cheapest first: w is the window
CONSTANT, LOGARITHMIC, LINEAR, REFITTED = COSTS = (
    "O(1) exact",
    "O(log w)",
    "O(w)",
    "periodic refit",
)

# a history that grows with the source clock's window: a ring of the items from register ``head`` up to ``tail``
ROOM = -1


class Operator(Expr):
    """A node type: kernel, oracle, registers, warm-up, unit and version.

    A kernel's arguments are bound by name: the names in ``outputs``; the operand fields; ``registers`` and
    ``history``; a parameter, of which a tuple of numbers comes as an array; a property that is a number, or a table (an
    array that never changes and that its module keeps as long as the process runs); and, from the clocks,

    ``at``      times of this node's ticks in the block
    ``upto``    per tick, the absolute number of source ticks visible to it
    ``first``   the absolute number of ``x[0]``
    ``ts``      times of the source's ticks, aligned with ``x``
    ``before``  per tick, the number of ticks of the ``reset`` clock strictly before it

    An operator whose state merges has a marked function ``merge`` of ``registers``, ``history``, ``other_registers``,
    ``other_history`` and parameters: it leaves in the first two what both parts of the stream together would have left.

    Without ``upto`` an operand is a count-window operand: it carries ``lookback`` leading items.
    """

    kernel: ClassVar[Callable[..., None]]
    oracle: ClassVar[Callable[..., Any]]
    merge: ClassVar[Callable[..., None]]
    registers: ClassVar[np.dtype] = NO_STATE
    history: ClassVar[np.dtype] = NO_STATE
    # registers that hold a number of the "source" clock's ticks, or of the "reset" clock's, from its beginning on
    absolute: ClassVar[dict[str, str]] = {}
    caused: ClassVar[bool] = False  # ``upto`` ends at the source tick that caused each tick
    ahead: ClassVar[str] = ""  # the register after whose item in ``history`` the next tick reads
    reads_once: ClassVar[bool] = False  # a windowed kernel that reads no source tick again
    # operands on the node's own clock, a value for each of its ticks: what a windowed kernel is asked about
    queries: ClassVar[tuple[str, ...]] = ()
    # a history of ROOM items is no part of a state: where it is all 0, the kernel makes it from its window's ticks
    rebuilt: ClassVar[bool] = False
    outputs: ClassVar[tuple[str, ...]] = ("out",)
    version: ClassVar[int] = 1
    cost: ClassVar[str] = (
        CONSTANT  # of a tick, amortised; fixed levels, bins and lags are constants
    )
    example: ClassVar[dict[str, Any]] = {}
    exempt: ClassVar[dict[str, str]] = {}  # law -> why it does not hold here
    flat: ClassVar[bool] = False  # the kernel sees a wide column as one array, tick after tick

    def __post_init__(self) -> None:
        coerce(self)
        self.check()
        self.check_clocks()

    def check(self) -> None:
        """Refuse bad parameters; operators override it."""

    def check_clocks(self) -> None:
        """Refuse operands of different clocks, and queries on another clock than the node's."""
        clocks = self._clocks()
        if len(clocks - {VIEW}) > 1:
            names = " and ".join(sorted(clock.text for clock in clocks))
            raise DefinitionError(
                f"{type(self).__name__}: operands must live on one clock (sample one with AsOf(x, on=…)), got {names}"
            )
        for name in self.queries:
            asked = getattr(self, name).clock
            if asked not in (None, VIEW, self.clock) and self.clock is not VIEW:
                raise DefinitionError(
                    f"{type(self).__name__}: {name} must live on {self.clock.text if self.clock else 'a clock'} "
                    f"(sample it with AsOf(x, on=…)), got {asked.text}"
                )

    def _clocks(self) -> set[Clock]:
        """The clocks of the operands that are no queries."""
        names = [name for name in operand_names(type(self)) if name not in self.queries]
        clocks = (getattr(self, name).clock for name in names)
        return {clock for clock in clocks if clock is not None}

    def require(self, rule: str, holds: bool, value: object) -> None:  # noqa: FBT001  (reads as a sentence)
        """Raise ``Thing: rule, got value`` unless the rule holds."""
        if not holds:
            raise DefinitionError(f"{type(self).__name__}: {rule}, got {value!r}")

    def __getitem__(self, name: str) -> Output:
        return pick(self, name)

    @cached_property
    def source(self) -> Clock | None:
        """The clock that the operands live on, queries apart."""
        clocks = self._clocks()
        return VIEW if VIEW in clocks else next(iter(clocks), None)

    @property
    def clock(self) -> Clock | None:
        on = getattr(self, "on", None)
        return on if on is not None else self.source

    @property
    def lookback(self) -> int:
        """Past values of the operands that a count-window kernel reads."""
        return 0

    @property
    def retention(self) -> int:
        """Nanoseconds of source ticks that a windowed kernel reads back; 0 needs the last tick only."""
        return 0

    @property
    def history_items(self) -> int:
        """Length of the private history, or ROOM."""
        return 0

    def room_items(self, room: int) -> int:
        """Length of a history of ROOM items where the source's window has room for so many ticks."""
        return room

    @property
    def warmup(self) -> int:
        """Inputs up to and including the first finite output."""
        return 1

    def warmup_of(self, output: str) -> int:  # noqa: ARG002  (operators with several outputs override it)
        """Inputs up to and including the first finite value of one output."""
        return self.warmup

    @property
    def unit(self) -> str:
        return self.operands[0].unit

    def unit_of(self, output: str) -> str:  # noqa: ARG002  (operators with several outputs override it)
        """The unit of one output."""
        return self.unit

    @property
    def dtype(self) -> Dtype:
        return "f8"

    @property
    def kernel_arguments(self) -> tuple[str, ...]:
        """The names of the kernel's arguments."""
        return arguments(type(self).kernel)

    @property
    def windowed(self) -> bool:
        """Whether the kernel reads its source through ``upto``."""
        return "upto" in self.kernel_arguments


@cache
def arguments(kernel: Callable[..., None]) -> tuple[str, ...]:
    """The names of a kernel's arguments."""
    return tuple(inspect.signature(kernel).parameters)
