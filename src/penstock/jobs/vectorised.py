"""Which operators of one tick run as vector code."""

from penstock.compile.vectorised import Vectorised, vectorised
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Operator, operand_names
from penstock.ops import OPERATORS
from penstock.streams import Stream

FAMILIES = ("penstock.ops.elementwise", "penstock.expr")


def elementwise() -> tuple[type[Operator], ...]:
    """The operators whose value depends on one tick of floats alone."""
    return tuple(
        cls
        for cls in OPERATORS
        if cls.__module__.startswith(FAMILIES) and set(operand_names(cls)) - {"id"}
    )


def look(cls: type[Operator]) -> Vectorised:
    """What the compiler made of an operator with its example's parameters."""
    names = operand_names(cls)
    fields = tuple(Field(name, "1") for name in names)
    stream = Stream(EventType("vectorised", "Columns to look at machine code.", fields))
    node = cls(**{name: Column(stream, name) for name in names} | cls.example)
    return vectorised(node, stream)
