"""Features that are computed when they are asked for, from stored values and from the request itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType
from penstock.core.schema import Field as Cell
from penstock.declare.expression_text import parse_expression
from penstock.declare.names import Names
from penstock.expr import Column, Expr, Operator, walk
from penstock.expr.operator import NO_STATE
from penstock.streams import Stream


@dataclass(frozen=True, eq=False)
class OnDemand:
    """Columns computed at request time: Feast's OnDemandFeatureView.

    Parameters
    ----------
    name
        How requests call it, as a view: ``name:column``.
    columns
        Expressions as text over the names of `reads` and `request`; they may keep no state.
    reads
        By name, the stored feature that it stands for, as ``view:feature``.
    request
        By name, the unit of a number that comes with the request.

    Examples
    --------
    >>> made = OnDemand(
    ...     "risk", {"share": "amount / limit"}, reads={"limit": "account:limit"}, request={"amount": "1"}
    ... )
    >>> made.expressions({"limit": "1"})["share"].text
    '(risk.amount / risk.limit)'
    >>> OnDemand("slow", {"mean": "RollingMean(x, window=5)"}, request={"x": "1"}).expressions({})
    Traceback (most recent call last):
    penstock.core.errors.DefinitionError: OnDemand slow: a column may keep no state, got RollingMean in 'mean'...
    """

    name: str
    columns: Mapping[str, str]
    reads: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    request: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    owner: str = field(default="", kw_only=True)
    tags: tuple[str, ...] = field(default=(), kw_only=True)
    says: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        names = [*self.reads, *self.request]
        bad = next((name for name in names if not name.isidentifier() or names.count(name) > 1), "")
        if not self.name.isidentifier() or not self.columns or not names or bad:
            raise DefinitionError(
                f"OnDemand {self.name}: a word for its name and for each input, once, and a column are needed, "
                f"got {bad or names!r}"
            )
        for reference in self.reads.values():
            if reference.count(":") != 1:
                raise DefinitionError(
                    f"OnDemand {self.name}: it reads view:feature, got {reference!r}"
                )
        self.expressions(dict.fromkeys(self.reads, "1"), judge_units=False)

    def stream(self, units: Mapping[str, str]) -> Stream:
        """The stream that its inputs are columns of; `units` are those of what it reads."""
        given = {**units, **self.request}
        cells = tuple(Cell(name, given[name]) for name in (*self.reads, *self.request))
        return Stream(EventType(self.name, "What an on-demand view reads.", cells))

    def expressions(self, units: Mapping[str, str], *, judge_units: bool = True) -> dict[str, Expr]:
        """The columns' expressions over `stream`.

        Raises
        ------
        DefinitionError
            A text is no expression, or one that keeps state.
        """
        stream = self.stream(units)
        inputs = {name: Column(stream, name) for name in (*self.reads, *self.request)}
        names = Names(columns=dict(inputs))
        made: dict[str, Expr] = {}
        for column, text in self.columns.items():
            try:
                found = parse_expression(text, names)
            except DefinitionError as error:
                if not judge_units and "unit" in str(error):
                    continue  # judged where the units of what it reads are known
                raise DefinitionError(f"OnDemand {self.name}: {column}: {error}") from error
            if not isinstance(found, Expr):
                raise DefinitionError(
                    f"OnDemand {self.name}: a column must be an expression, got {text!r}"
                )
            refuse_state(found, f"OnDemand {self.name}", column)
            made[column] = found
        return made


def refuse_state(expr: Expr, thing: str, column: str) -> None:
    """Raise where an expression looks back, or at a clock."""
    for node in walk([expr]):
        if not isinstance(node, Operator):
            continue
        kept = node.registers != NO_STATE or node.history != NO_STATE
        if kept or node.lookback or any(hasattr(node, name) for name in ("width", "on", "reset")):
            raise DefinitionError(
                f"{thing}: a column may keep no state, got {type(node).__name__} in {column!r}; "
                "make it a column of a view, which the engine computes from events"
            )
