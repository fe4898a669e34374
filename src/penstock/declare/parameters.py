"""The parameters of a formula: names, types and defaults, read from its signature."""

import inspect
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from keyword import iskeyword
from typing import Any

from penstock.core.errors import DefinitionError, nearest
from penstock.core.time import Duration, duration, duration_text

TRUTH = {"true": True, "false": False}
TICKS = re.compile(r"(-?\d+)(?: (?:bars|trades|ticks))?")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One open parameter of a feature.

    Attributes
    ----------
    type
        ``int``, ``float``, ``bool``, ``str``, ``Duration``, or ``tuple[int, ...]``: several, written ``10:20:30``.
    choices
        What a text may be, where that is fixed.
    """

    name: str
    type: Any
    default: object
    choices: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The default as a person would write it."""
        return self.write(self.default)

    @property
    def each(self) -> "Parameter | None":
        """What one of several values is; None where there is one value."""
        if typing.get_origin(self.type) is not tuple:
            return None
        return Parameter(self.name, typing.get_args(self.type)[0], None)

    @property
    def kind(self) -> str:
        """The type, or the choices, as a person would say it."""
        if self.each:
            return f"values with colons between them, each {self.each.kind}"
        kinds: dict[Any, str] = {Duration: "a duration", str: "a text"}
        named = kinds[self.type] if self.type in kinds else str(self.type.__name__)
        listed = "one of " + ", ".join(self.choices)
        return named if not self.choices else listed if self.type is str else f"{named} or {listed}"

    def write(self, value: Any) -> str:
        """A value as a person would write it."""
        if self.each:
            return ":".join(self.each.write(item) for item in value)
        if value in self.choices or self.type is str:
            return str(value)
        if self.type is Duration:
            return duration_text(value)
        return f"{value:g}" if self.type is float else str(value).lower()

    def check(self, value: Any, where: str) -> Any:
        """The value with its exact type; raises where the type is another."""
        if self.each:
            if isinstance(value, tuple | list) and value:
                return tuple(self.each.check(item, where) for item in value)
            raise DefinitionError(f"{where}: must be {self.kind}, got {value!r}")
        if value in self.choices:
            return value
        number = isinstance(value, int) and not isinstance(value, bool)
        if self.type is Duration and (number or isinstance(value, str)):
            return duration(value)
        if self.type is float and number:
            return float(value)
        if type(value) is self.type and not (self.choices and self.type is str):
            return value
        near = nearest(str(value), self.choices)
        raise DefinitionError(f"{where}: must be {self.kind}, got {value!r}{near}")

    def parse(self, text: str, where: str) -> Any:
        """The value that a text stands for."""
        if self.each:
            return tuple(self.each.parse(part.strip(), where) for part in text.split(":"))
        value: Any = text
        if self.type is bool:
            value = TRUTH.get(text.lower(), text)
        elif self.type is int and (match := TICKS.fullmatch(text)):
            value = int(match[1])
        elif self.type is float and text not in self.choices:
            value = number(text)
        return self.check(value, where)


def number(text: str) -> float | str:
    """The number that a text stands for, or the text."""
    try:
        return float(text)
    except ValueError:
        return text


@cache
def parameters_of(build: Callable[..., Any]) -> dict[str, Parameter]:
    """The open parameters of a formula, in order; one that is called as a keyword of Python has a ``_`` behind it."""
    hints = typing.get_type_hints(build)
    found = {}
    for name, declared in inspect.signature(build).parameters.items():
        if (
            declared.kind is not inspect.Parameter.KEYWORD_ONLY
            or declared.default is inspect.Parameter.empty
        ):
            raise DefinitionError(
                f"{build.__name__}: a parameter must be keyword-only with a default, got {declared}"
            )
        kind, choices = hints[name], tuple(x for x in flat(hints[name]) if isinstance(x, str))
        if choices:
            kind = next((x for x in flat(kind) if isinstance(x, type)), str)
        open_ = name[:-1] if iskeyword(name[:-1]) else name
        found[open_] = Parameter(open_, kind, declared.default, choices)
    return found


def argument(name: str) -> str:
    """A parameter's name in a formula's signature."""
    return f"{name}_" if iskeyword(name) else name


def flat(hint: Any) -> tuple[Any, ...]:
    """The alternatives of a type: ``float | Literal["auto"]`` is ``(float, "auto")``."""
    inner = typing.get_args(hint)
    return tuple(y for x in inner for y in flat(x)) if inner else (hint,)
