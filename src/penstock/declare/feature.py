"""A feature: a name, a formula with open parameters, a sentence and a promised range."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from penstock.core.errors import DefinitionError, nearest
from penstock.declare import facts
from penstock.declare.parameters import Parameter, argument, parameters_of
from penstock.declare.timeframes import timeframe
from penstock.expr import Expr, Timeframe, as_expr

NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
REQUEST = re.compile(r"\s*([\w.]+)\s*(?:\((.*)\))?\s*", re.DOTALL)
MATH = re.compile(r"\.\. math::\s+(.+?)(?:\n\s*\n|$)|:math:`([^`]+)`", re.DOTALL)
INFINITY = float("inf")
TIMEFRAME = Parameter("tf", str, "")  # of every feature


@dataclass(frozen=True, eq=False)
class Feature:
    """One row of a catalogue, as data.

    Everything that its expression knows (unit, inputs, warm-up, lineage, formula) is read from the expression.

    Parameters
    ----------
    name
        ``family.name``.
    build
        A formula: keyword parameters with defaults to an expression.
    says
        One sentence.
    range
        The values it promises to stay within; a monitor checks it.
    version
        Raised when a value may change; ``catalog.lock`` holds it to that.
    source
        Whose definition it is.
    oracle
        What it was checked against: a function of another library, such as ``talib.RSI``, or ``brute force``.

    Examples
    --------
    >>> from penstock.catalog import find
    >>> find("price.simple_return").expr(k=5).text
    '((Where(Greater(bar.close, 0), bar.close, nan) / Lag(Where(Greater(bar.close, 0), bar.close, nan), ticks=5)) - 1)'
    """

    name: str
    build: Callable[..., Expr]
    says: str
    range: tuple[float, float] = (-INFINITY, INFINITY)
    version: int = 1
    source: str = ""
    oracle: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()

    CATALOGUE: ClassVar[dict[str, "Feature"]] = {}  # what requests find, filled by penstock.catalog
    OUTSIDE: ClassVar[dict[str, str]] = {}  # names that are no features, and what they are
    ALIASES: ClassVar[dict[str, str]] = {}  # names that other systems have for requests

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise DefinitionError(
                f"Feature: a name must read family.name in lower case, got {self.name!r}"
            )
        if not self.says.endswith("."):
            raise DefinitionError(
                f"Feature {self.name}: says must be a sentence, got {self.says!r}"
            )
        if not self.range[0] <= self.range[1]:
            raise DefinitionError(
                f"Feature {self.name}: range must be (low, high), got {self.range}"
            )

    @property
    def family(self) -> str:
        """The part of the name before the dot."""
        return self.name.partition(".")[0]

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The open parameters by name."""
        return parameters_of(self.build)

    def expr(self, **params: Any) -> Expr:
        """The expression with these parameters and the defaults of the others.

        Every feature takes ``tf`` besides, its timeframe: the clock that its bars are of where that is not the view's.
        """
        given = {
            name: self.parameter(name).check(value, f"{self.name}({name})")
            for name, value in params.items()
        }
        clock = given.pop(TIMEFRAME.name, None) if TIMEFRAME.name not in self.parameters else None
        made = as_expr(
            self.build(**{argument(name): value for name, value in given.items()}), self.name
        )
        return Timeframe(made, on=timeframe(clock)) if clock else made

    def parameter(self, name: str) -> Parameter:
        """A parameter by name; raises with the nearest one."""
        if name in self.parameters:
            return self.parameters[name]
        if name == TIMEFRAME.name:
            return TIMEFRAME
        known = ", ".join(self.parameters) or "none"
        raise DefinitionError(
            f"{self.name}: a parameter must be one of {known}, got {name!r}{nearest(name, self.parameters)}"
        )

    @property
    def unit(self) -> str:
        """The unit at the defaults."""
        return self.expr().unit

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that it reads at the defaults."""
        return facts.inputs(self.expr())

    @property
    def warmup(self) -> int:
        """Ticks of its source clock up to and including the first finite value, at the defaults."""
        return facts.warmup(self.expr())

    @property
    def incremental(self) -> str:
        """Its cost per tick at the defaults."""
        return facts.incremental(self.expr())

    @property
    def about(self) -> str:
        """What the formula's docstring says: the definition, its sources and its corner cases."""
        return inspect.getdoc(self.build) or ""

    @property
    def formula(self) -> str:
        """The definition as it is printed in LaTeX."""
        match = MATH.search(self.about)
        return " ".join((match[1] or match[2]).split()) if match else ""

    @property
    def latex(self) -> str:
        """The formula at the defaults, as the expression has it."""
        return self.expr().latex

    @property
    def fingerprint(self) -> str:
        """The identity of the definition at the defaults."""
        return self.expr().fingerprint

    @property
    def signature(self) -> str:
        """The name with its parameters and defaults."""
        inner = ", ".join(f"{name}={parameter.text}" for name, parameter in self.parameters.items())
        return f"{self.name}({inner})"


def find(name: str) -> Feature:
    """A feature of the loaded catalogues; raises with the nearest name."""
    if name in Feature.OUTSIDE:
        raise DefinitionError(
            f"Feature: a feature is needed, got {name!r}, {Feature.OUTSIDE[name]}"
        )
    if name not in Feature.CATALOGUE:
        same = [known for known in Feature.CATALOGUE if known.partition(".")[2] == name]
        near = f"; did you mean {same[0]!r}?" if same else nearest(name, Feature.CATALOGUE)
        raise DefinitionError(f"Feature: a name of the catalogue is needed, got {name!r}{near}")
    return Feature.CATALOGUE[name]


def parse_request(text: str) -> tuple[Feature, dict[str, Any], str]:
    """A feature, its parameters and the column's name from text such as ``price.simple_return(k=5)``.

    Examples
    --------
    >>> import penstock.catalog
    >>> feature, params, column = parse_request("streaming_stats.rolling_mean(w=20, x=close)")
    >>> feature.name, params, column
    ('streaming_stats.rolling_mean', {'w': 20, 'x': 'close'}, 'streaming_stats.rolling_mean(w=20, x=close)')
    """
    if text.strip() in Feature.ALIASES:
        return (*parse_request(Feature.ALIASES[text.strip()])[:2], text.strip())
    match = REQUEST.fullmatch(text)
    if match is None:
        raise DefinitionError(f"Feature: NAME or NAME(parameter=value, …) is needed, got {text!r}")
    feature, params = find(match[1]), {}
    for part in split_requests(match[2] or ""):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or name in params:
            raise DefinitionError(
                f"{feature.name}: each parameter is given once as name=value, got {part.strip()!r}"
            )
        params[name] = feature.parameter(name).parse(value.strip("'\""), f"{feature.name}({name})")
    return feature, params, text.strip()


def split_requests(text: str) -> list[str]:
    """The parts of a list at its commas, those inside brackets left alone.

    Examples
    --------
    >>> split_requests("price.simple_return(k=5), volume.vwap")
    ['price.simple_return(k=5)', 'volume.vwap']
    """
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]
