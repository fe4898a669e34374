"""The parameters of a formula: names, types and defaults, read from its signature."""

import inspect
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
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
        ``int``, ``float``, ``bool``, ``str`` or ``Duration``.
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
    def kind(self) -> str:
        """The type, or the choices, as a person would say it."""
        return (
            "one of " + ", ".join(self.choices)
            if self.choices
            else getattr(self.type, "__name__", "text").lower()
        )

    def write(self, value: Any) -> str:
        """A value as a person would write it."""
        if self.type is Duration:
            return duration_text(value)
        return (
            f"{value:g}"
            if self.type is float
            else str(value).lower()
            if self.type is bool
            else str(value)
        )

    def check(self, value: object, where: str) -> object:
        """The value with its exact type; raises where the type is another."""
        if self.type is Duration and isinstance(value, int | str) and not isinstance(value, bool):
            return duration(value)
        if self.type is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if self.choices and value not in self.choices:
            raise DefinitionError(
                f"{where}: must be {self.kind}, got {value!r}{nearest(str(value), self.choices)}"
            )
        if self.type is not Duration and type(value) is self.type:
            return value
        raise DefinitionError(f"{where}: must be {self.kind}, got {value!r}")

    def parse(self, text: str, where: str) -> object:
        """The value that a text stands for."""
        if self.type is bool:
            return self.check(TRUTH.get(text.lower(), text), where)
        if self.type is int:
            match = TICKS.fullmatch(text)
            return self.check(int(match[1]) if match else text, where)
        if self.type is float:
            try:
                return float(text)
            except ValueError:
                return self.check(text, where)
        return self.check(text, where)


@cache
def parameters_of(build: Callable[..., Any]) -> dict[str, Parameter]:
    """The open parameters of a formula, in order."""
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
        choices = tuple(typing.get_args(hints[name]))
        found[name] = Parameter(name, str if choices else hints[name], declared.default, choices)
    return found
