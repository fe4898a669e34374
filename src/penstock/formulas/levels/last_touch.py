"""Columns of the pipeline at the view's ticks: levels as they stand, and what the last touch was like."""

from functools import cache
from typing import Any, Literal

from penstock.core.errors import DefinitionError
from penstock.expr import Expr
from penstock.formulas.joins import as_of
from penstock.formulas.levels.parameters import Parameters
from penstock.formulas.levels.touched import Touched
from penstock.ops import Cell

Ratio = float | Literal["dynamic"]


def value_of(name: str, ratio: Ratio, **changed: Any) -> Expr:
    """The level of a kind."""
    return as_of(levels(ratio, changed).values[name])


def moment(name: str, ratio: Ratio, **changed: Any) -> Expr:
    """What the last touch's moment was like."""
    return as_of(levels(ratio, changed).moment[name])


def own(name: str, cell: int, ratio: Ratio, **changed: Any) -> Expr:
    """What one of the levels of the last touch had of its own."""
    return as_of(Cell(levels(ratio, changed).each[name], cell))


def levels(ratio: Ratio, changed: dict[str, Any]) -> Touched:
    """The pipeline's expressions with some parameters changed."""
    fixed = {} if ratio == "dynamic" else {"ratio": "static", "ratio_static": ratio}
    return made(Parameters.of(fixed | changed))


@cache
def made(parameters: Parameters) -> Touched:
    """The expressions for some parameters, made once."""
    return Touched(parameters)


def numbers(name: str, given: tuple[float, ...], count: int) -> tuple[float, ...]:
    """So many numbers; raises where there are more or fewer."""
    if len(given) != count:
        raise DefinitionError(f"Levels: {name} must be {count} numbers, got {given}")
    return given
