"""What a store checks of a row before it keeps it."""

from typing import Any, Literal

import msgspec

from penstock.core.errors import DefinitionError

Policy = Literal["flag", "null", "refuse"]
FILLS = ("last", "mean", "median")


class Checks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The policy of a view for the rows that are written to it.

    Attributes
    ----------
    rules
        What must hold between the columns of a row, as expressions: ``"low <= high"``, ``"p50 <= p95 <= p99"``,
        ``"Abs(up + down + flat - 1) <= 1e-9"``. A column whose name is no word stands in backquotes. A row that breaks
        one is refused; where a column is null, a rule says nothing.
    outside
        A value outside its feature's promised range is counted (``flag``), made null, or its row is refused.
    infinite
        The same for an infinity.
    nulls
        ``keep`` nulls, or ``refuse`` a row that has one after filling.
    fill
        By column, what stands in for a null: a value, or the ``last``, ``mean`` or ``median`` of the accepted rows.
        Nothing is filled that is not named here, and each fill is counted.
    deviations
        A value further than this many standard deviations from the mean of the latest accepted rows is flagged.
    robust
        The same in scaled median deviations from the median (1.4826 times the median absolute deviation).
    window
        Accepted rows that both are of.
    """

    rules: tuple[str, ...] = ()
    outside: Policy = "flag"
    infinite: Policy = "refuse"
    nulls: Literal["keep", "refuse"] = "keep"
    fill: dict[str, float | int | bool | str] = {}
    deviations: float = 3.0
    robust: float = 3.5
    window: int = 256


def checks_of(found: Any, thing: str) -> Checks:
    """Checks as a table of a file says them."""
    try:
        made = msgspec.convert(found, Checks)
    except msgspec.ValidationError as error:
        raise DefinitionError(f"{thing}: {error}") from error
    if made.window < 8 or min(made.deviations, made.robust) <= 0:
        raise DefinitionError(
            f"{thing}: a window of at least 8 rows and positive deviations are needed, "
            f"got {made.window}, {made.deviations} and {made.robust}"
        )
    return made
