"""Expressions: an immutable, interned graph of operators over columns.

A node is a frozen dataclass; its fields are its identity. Fields typed ``Expr`` are operands, ``Clock`` fields
name clocks, everything else is a parameter.
"""

import dataclasses
import hashlib
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

from penstock.core.errors import DefinitionError
from penstock.core.intern import Interned
from penstock.core.schema import Dtype
from penstock.core.time import Duration, duration_text
from penstock.core.units import ONE
from penstock.expr.signs import Signs
from penstock.streams import Clock, Stream


@dataclass(frozen=True, eq=False, repr=False)
class ViewClock(Clock):
    """The clock of the view that an expression ends up in."""

    @property
    def text(self) -> str:
        return "view"


VIEW = ViewClock()
LONGEST = 4_000
"""Characters of a text: what would take more is called by its class and fingerprint, as the graph's own text does."""


def short(make: Callable[["Expr"], str], pattern: str) -> "cached_property[str]":
    """A text of a node that stays readable: operands that are shared are written out for each of their readers."""

    def made(self: "Expr") -> str:
        whole = make(self)
        return whole if len(whole) <= LONGEST else pattern % (type(self).__name__, self.fingerprint)

    made.__doc__ = make.__doc__
    return cached_property(made)


TEXTS = {"text": "%s#%s", "latex": "\\operatorname{%s}_{\\mathtt{%s}}"}


class Expr(Signs, metaclass=Interned):
    """A value at every tick of a clock."""

    def __init_subclass__(cls) -> None:
        """Keep what a node derives from its operands: asking them anew at every level is exponential in the depth."""
        for name in ("cells", "clock", "unit"):
            declared = cls.__dict__.get(name)
            if isinstance(declared, property) and declared.fget is not None:
                kept = cached_property(declared.fget)
                kept.__set_name__(cls, name)
                setattr(cls, name, kept)
        for name, pattern in TEXTS.items():
            written = cls.__dict__.get(name)
            if isinstance(written, cached_property):
                kept = short(written.func, pattern)
                kept.__set_name__(cls, name)
                setattr(cls, name, kept)

    @property
    def operands(self) -> tuple["Expr", ...]:
        """The expressions that this one reads, in field order."""
        return tuple(getattr(self, name) for name in operand_names(type(self)))

    @property
    def parameters(self) -> dict[str, object]:
        """Every field that is not an operand."""
        operands = operand_names(type(self))
        return {name: getattr(self, name) for name in hints(type(self)) if name not in operands}

    @property
    def clock(self) -> Clock | None:
        """The clock that the value lives on; None for a constant, which lives on all."""
        return None

    @property
    def unit(self) -> str:
        """The unit of the value."""
        return ONE

    @property
    def dtype(self) -> Dtype:
        """The type of a cell."""
        return "f8"

    @property
    def cells(self) -> int:
        """Cells per tick."""
        return 1

    @cached_property
    def fingerprint(self) -> str:
        """A hash of class, version, parameters and children: the identity of the definition."""
        parts = [type(self).__name__, str(getattr(self, "version", 1))]
        parts += [f"{name}={canonical(value)}" for name, value in self.parameters.items()]
        parts += [operand.fingerprint for operand in self.operands]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def _text(self) -> str:
        """The expression as it is written."""
        shown = [operand.text for operand in self.operands]
        shown += [f"{name}={parameter_text(self, name)}" for name in self.parameters]
        return f"{type(self).__name__}({', '.join(shown)})"

    text = short(_text, TEXTS["text"])

    def _latex(self) -> str:
        """The expression as a formula."""
        inner = ", ".join(operand.latex for operand in self.operands)
        below = ",\\,".join(f"\\mathrm{{{n}}}={parameter_text(self, n)}" for n in self.parameters)
        name = f"\\operatorname{{{type(self).__name__}}}"
        return (
            f"{name}_{{{below}}}\\left({inner}\\right)"
            if below
            else f"{name}\\left({inner}\\right)"
        )

    latex = short(_latex, TEXTS["latex"])

    def __repr__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        raise DefinitionError(
            f"{type(self).__name__}: an expression has no truth value; write (a < b) & (b < c), "
            f"not a < b < c, and Where(condition, x, y), got {self.text}"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Constant(Expr):
    """The same number at every tick of every clock."""

    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", float(self.value))

    @cached_property
    def text(self) -> str:
        return f"{self.value:g}"

    @cached_property
    def latex(self) -> str:
        return self.text


@dataclass(frozen=True, eq=False, repr=False)
class Column(Expr):
    """One column of an event stream: a field of its type, or ``receive``, when an event was known."""

    stream: Stream
    name: str

    def __post_init__(self) -> None:
        self.stream.type.column(self.name)

    @property
    def clock(self) -> Clock:
        return self.stream

    @property
    def unit(self) -> str:
        return self.stream.type.column(self.name).unit

    @property
    def dtype(self) -> Dtype:
        return self.stream.type.column(self.name).dtype

    @property
    def cells(self) -> int:
        return self.stream.type.column(self.name).width

    @cached_property
    def text(self) -> str:
        return f"{self.stream.text}.{self.name}"

    @cached_property
    def latex(self) -> str:
        return f"\\mathit{{{self.stream.text}.{self.name}}}".replace("_", "\\_")


@dataclass(frozen=True, eq=False, repr=False)
class Output(Expr):
    """One output of an operator that has several."""

    source: Expr
    name: str

    @property
    def clock(self) -> Clock | None:
        return self.source.clock

    @property
    def unit(self) -> str:
        return self.source.unit_of(self.name)  # type: ignore[attr-defined]

    @property
    def cells(self) -> int:
        return self.source.cells

    @cached_property
    def text(self) -> str:
        return f"{self.source.text}[{self.name!r}]"

    @cached_property
    def latex(self) -> str:
        return f"{self.source.latex}_{{\\mathrm{{{self.name}}}}}".replace(
            "_{\\mathrm", "^{\\mathrm", 1
        )


_HINTS: dict[type, dict[str, object]] = {}


def hints(cls: type) -> dict[str, object]:
    """The types of a node's fields."""
    if cls not in _HINTS:
        resolved = typing.get_type_hints(cls)
        _HINTS[cls] = {f.name: resolved[f.name] for f in dataclasses.fields(cls)}
    return _HINTS[cls]


@cache
def operand_names(cls: type) -> tuple[str, ...]:
    """The fields typed ``Expr``."""
    return tuple(name for name, hint in hints(cls).items() if hint is Expr)


def canonical(value: object) -> str:
    """A parameter as text that differs whenever the parameter does."""
    if isinstance(value, float):
        return value.hex()
    if isinstance(value, Clock):
        inner = [
            canonical(getattr(value, f.name))
            for f in dataclasses.fields(value)  # type: ignore[arg-type]
            if not f.metadata.get("later") or getattr(value, f.name) != f.default
        ]
        return f"{type(value).__name__}({','.join(inner)})"
    if isinstance(value, Expr):
        return value.fingerprint
    if isinstance(value, tuple):
        return f"({','.join(canonical(item) for item in value)})"
    return f"{type(value).__name__}:{getattr(value, 'name', value)}"


def parameter_text(node: Expr, name: str) -> str:
    """A parameter as a person would write it."""
    value = getattr(node, name)
    if hints(type(node))[name] is Duration:
        return duration_text(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
