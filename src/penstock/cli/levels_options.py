"""The options that the commands of ``penstock levels`` share."""

import datetime as dt
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from penstock.core.errors import DefinitionError

if TYPE_CHECKING:
    from penstock.formulas.levels.parameters import Parameters
    from penstock.jobs.levels.choice import Dates

HERE = Path("penstock-levels")

SourceDir = Annotated[
    Path, Parameter(help="The directory with the files, searched with those below it.")
]
OutDir = Annotated[Path, Parameter(help="The directory that gets bronze/ and gold/research/.")]
Workers = Annotated[int, Parameter(help="Processes that dates are spread over.")]
Book = Annotated[
    Literal["mbp-10", "mbo"] | None,
    Parameter(help="Which book to read where there are both; the one by price by default."),
]
Force = Annotated[bool, Parameter(negative="", help="Make again what is there already.")]
Set = Annotated[
    list[str] | None,
    Parameter(
        name="--set",
        negative="",
        help="A parameter as NAME=VALUE, such as touch_tol=0.2; may be repeated.",
    ),
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Span:
    """Which dates."""

    dates: Annotated[
        str | None, Parameter(help="Dates such as 2025-12-16,2025-12-17; all by default.")
    ] = None
    start_date: Annotated[str | None, Parameter(help="The first date of a span.")] = None
    end_date: Annotated[str | None, Parameter(help="The last date of a span.")] = None

    def asked(self) -> "Dates":
        """As jobs know them."""
        from penstock.jobs.levels.choice import Dates

        some = tuple(day(text, "--dates") for text in (self.dates or "").split(",") if text.strip())
        first = None if self.start_date is None else day(self.start_date, "--start-date")
        last = None if self.end_date is None else day(self.end_date, "--end-date")
        return Dates(some, first, last)


ALL = Span()


def parameters_of(preset: str, mode: str | None, changed: list[str] | None) -> "Parameters":
    """The parameters of a preset, with what the command line changes."""
    from penstock.formulas.levels.parameters import Parameters

    given: dict[str, object] = {}
    for text in changed or []:
        name, equals, value = text.partition("=")
        if not equals:
            raise DefinitionError(f"--set: NAME=VALUE is needed, got {text!r}")
        given[name.strip()] = value_of(name.strip(), value.strip())
    if mode is not None:
        given["mode"] = mode
    return Parameters.preset(preset, **given)


def positive(workers: int) -> int:
    """A number of processes."""
    if workers < 1:
        raise DefinitionError(f"--workers: at least 1 is needed, got {workers}")
    return workers


def day(text: str, option: str) -> dt.date:
    """A date of an option."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise DefinitionError(
            f"{option}: a date such as 2025-12-16 is needed, got {text!r}"
        ) from None


def value_of(name: str, text: str) -> Any:
    """A parameter's value from text, of the type that its default has; a list has commas.

    Examples
    --------
    >>> value_of("touch_tol", "0.2"), value_of("sma", "100,200"), value_of("tape_window", "10s")
    (0.2, (100, 200), '10s')
    """
    from penstock.formulas.levels.parameters import Parameters

    default = next((each.default for each in fields(Parameters) if each.name == name), "")
    try:
        if isinstance(default, tuple):
            kinds = [type(item) for item in default]
            return tuple(
                kind(part.strip()) for kind, part in zip(kinds, text.split(","), strict=True)
            )
        if default is None:
            return text if not text.replace(".", "", 1).isdigit() else float(text)
        return type(default)(text)
    except ValueError:
        raise DefinitionError(f"--set: {name} must be like {default!r}, got {text!r}") from None
