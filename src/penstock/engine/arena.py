"""The memory of one key: an arena of cells, aligned to cache lines, and the program that lays it out."""

from typing import Protocol

import numpy as np

from penstock.compile import Program
from penstock.compile.layout import NEXT, ROWS
from penstock.engine.slabs import aligned
from penstock.expr import Operator


class UnderWay(Protocol):
    """A fit that may not be ready yet, of a node and to hold from a tick on."""

    @property
    def node(self) -> Operator: ...

    @property
    def effective(self) -> int: ...

    def put(self, arena: "Arena") -> None:
        """Wait for it, and put it where the kernel finds it."""


class Arena:
    """One key's cells and its view's row, at the start of memory that is given, or its own.

    What the cells hold is not touched: a new key's are those that ``begin`` writes.
    """

    __slots__ = ("address", "cells", "fits", "memory", "program", "row")

    def __init__(self, program: Program, memory: np.ndarray | None = None) -> None:
        self.program = program
        self.fits: list[UnderWay] = []  # in the order in which they hold, those of one refit
        self.memory = aligned(program.layout.cells) if memory is None else memory
        self.cells = self.memory[: program.layout.cells]
        self.address = self.cells.ctypes.data
        start, size = program.layout.row, len(program.layout.plan.outputs)
        self.row = self.cells[start : start + size * program.layout.capacity].view(np.float64)
        self.row.flags.writeable = False  # a value that does not change is not written again

    def begin(self) -> "Arena":
        """Make it that of a new key."""
        self.cells[:] = self.program.initial
        return self

    def show(self, row: np.ndarray) -> None:
        """Make the view's row that of another arena of the key."""
        start = self.program.layout.row
        self.cells[start : start + row.size] = row.view(np.int64)

    def rewind(self) -> None:
        """Make the next call of the loop start at its first element and row."""
        self.cells[NEXT] = self.cells[ROWS] = 0

    def settle(self) -> None:
        """Wait for fits that are under way: what they give is part of the key's state."""
        while self.fits:
            self.fits.pop(0).put(self)

    def twin(self) -> "Arena":
        """A copy that can run on without touching this one."""
        self.settle()
        twin = Arena(self.program)
        twin.cells[:] = self.cells
        return twin
