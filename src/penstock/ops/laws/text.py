"""What an operator says of itself: its docstring, its state, and the source of its kernel."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

from penstock.core.errors import LawError
from penstock.core.native import reached
from penstock.expr import Operator

FACTS = ("Seed:", "NaN:", "Warm-up:", "Unit:")
REFUSED = (ast.Raise, ast.Assert, ast.Try, ast.With, ast.Lambda, ast.ListComp, ast.Dict)


def documented(cls: type[Operator], law: str) -> str:
    """What the docstring says after ``NaN:`` and the like."""
    notes = " ".join((inspect.getdoc(cls) or "").split())
    found = re.search(rf"{law}: (.*?)(?= (?:Seed|NaN|Warm-up|Unit): | References -|$)", notes)
    return found[1] if found else ""


def facts(cls: type[Operator]) -> None:
    """The docstring says how the operator is seeded, what NaN does, its warm-up and its unit."""
    text = inspect.getdoc(cls) or ""
    missing = [fact for fact in FACTS if fact not in text]
    if missing:
        raise LawError(
            f"{cls.__name__}: its docstring must say {', '.join(FACTS)} got none of {missing}"
        )


def state(cls: type[Operator]) -> None:
    """State holds numbers and no objects."""
    for dtype in (cls.registers, cls.history):
        other = [n for n in dtype.names or () if dtype[n].base.str not in ("<f8", "<i8")]
        if other:
            raise LawError(
                f"{cls.__name__}: registers and history must be f8 or i8, got {dtype[other[0]]} "
                f"in {other[0]}"
            )


def counts(cls: type[Operator]) -> None:
    """Registers that count the ticks of a clock are named: they move when an operator begins late."""
    names = set(inspect.signature(cls.kernel).parameters)
    registers = set(cls.registers.names or ())
    needed = registers and names & {"first", "before"}
    known = set(cls.absolute) <= registers and set(cls.absolute.values()) <= {"source", "reset"}
    if (needed and not cls.absolute) or not known:
        raise LawError(
            f"{cls.__name__}: absolute must name the registers that hold a number of source or "
            f"reset ticks, got {cls.absolute}"
        )


def hot_path(cls: type[Operator]) -> None:
    """A kernel neither raises nor makes anything."""
    functions: list[Callable[..., Any]] = [cls.kernel, *(f for _, _, f in reached(cls.kernel))]
    for function in functions:
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        except OSError:
            continue  # typed at a prompt
        found = [type(x).__name__ for x in ast.walk(tree) if isinstance(x, REFUSED)]
        if found:
            raise LawError(
                f"{cls.__name__}: a kernel must neither raise nor make objects, got {found[0]} in "
                f"{function.__name__}"
            )
