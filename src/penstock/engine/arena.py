"""The memory of one key: an arena of cells, aligned to cache lines, and the program that lays it out."""

import numpy as np

from penstock.compile import Program
from penstock.compile.layout import NEXT, ROWS
from penstock.engine.slabs import aligned


class Arena:
    """One key's cells and its view's row; the cells are given, or its own."""

    __slots__ = ("address", "cells", "program", "row")

    def __init__(self, program: Program, cells: np.ndarray | None = None) -> None:
        self.program = program
        self.cells = aligned(program.layout.cells) if cells is None else cells
        self.cells[:] = program.initial
        self.address = self.cells.ctypes.data
        start, size = program.layout.row, len(program.layout.plan.outputs)
        self.row = self.cells[start : start + size * program.layout.capacity].view(np.float64)

    def rewind(self) -> None:
        """Make the next call of the loop start at its first element and row."""
        self.cells[NEXT] = self.cells[ROWS] = 0

    def twin(self) -> "Arena":
        """A copy that can run on without touching this one."""
        twin = Arena(self.program)
        twin.cells[:] = self.cells
        return twin
