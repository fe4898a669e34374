"""From a plan to machine code: where things lie, what runs, in what order. No plan is ever compiled itself."""

from penstock.compile.layout import Layout, layout
from penstock.compile.program import Program, program

__all__ = ["Layout", "Program", "layout", "program"]
