"""Rules between the columns of a row, as text: ``p50 <= p95 <= p99``."""

import ast
import re
from collections.abc import Mapping, Sequence

import numpy as np

from penstock.core.arrays import F8
from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType, Field
from penstock.declare import Schema
from penstock.declare.expression_text import parse_expression
from penstock.declare.names import Names
from penstock.declare.on_demand import refuse_state
from penstock.expr import Column, Expr, walk
from penstock.jobs.feature_store.stateless import Stateless
from penstock.streams import Stream

QUOTED = re.compile(r"`([^`]+)`")


class Rules:
    """The rules of a view, ready to judge rows.

    Units are those of the columns, so a rule may not compare a price with a size.

    Examples
    --------
    >>> from penstock.declare import Field, Pushed, schema_of
    >>> schema = schema_of(Pushed("latency", [Field("p50"), Field("p95"), Field("p 99")]))
    >>> rules = Rules(["p50 <= p95 <= `p 99`"], schema)
    >>> rules.broken(np.array([[1.0, 2.0, 3.0], [1.0, 5.0, 3.0], [1.0, np.nan, 3.0]]))
    array([[False],
           [ True],
           [False]])
    """

    def __init__(self, texts: Sequence[str], schema: Schema) -> None:
        self.texts = tuple(texts)
        numbers = {i: c.unit for i, c in enumerate(schema.columns) if c.kind != "str"}
        made, _ = compiled(self.texts, schema, numbers)
        read = {
            node.name for expr in made.values() for node in walk([expr]) if isinstance(node, Column)
        }
        # a row of fifty columns is taken in slower than its rules are judged: only what is read goes in
        self._places = [i for i in numbers if f"c{i}" in read]
        made, stream = compiled(self.texts, schema, {i: numbers[i] for i in self._places})
        self._judge = Stateless(made, stream) if made else None

    def broken(self, values: F8) -> np.ndarray:
        """Which rows break which rule, shape (rows, rules); a comparison with a null is not broken."""
        if self._judge is None:
            return np.zeros((len(values), 0), np.bool_)
        return self._judge.compute({f"c{i}": values[:, i] for i in self._places}) == 0.0


def compiled(
    texts: Sequence[str], schema: Schema, units: Mapping[int, str]
) -> tuple[dict[str, Expr], Stream]:
    """The rules' expressions over a stream of these columns, which are called by their places."""
    cells = tuple(Field(f"c{i}", unit) for i, unit in units.items())
    stream = Stream(EventType("row", f"A row of {schema.id}.", cells))
    columns = {f"c{i}": Column(stream, f"c{i}") for i in units}
    by_name = {schema.names[i]: f"c{i}" for i in units}
    words = {name: columns[word] for name, word in by_name.items() if name.isidentifier()}
    names = Names(columns=words | columns)
    return {f"rule {i}": rule(t, by_name, names, schema) for i, t in enumerate(texts)}, stream


def rule(text: str, by_name: dict[str, str], names: Names, schema: Schema) -> Expr:
    """The expression of a rule: 1 where it holds, 0 where it is broken, NaN where it says nothing."""

    def word(match: re.Match[str]) -> str:
        if match[1] not in by_name:
            raise DefinitionError(
                f"Checks of {schema.view}: a rule names columns of numbers, got {match[1]!r} in {text!r}"
            )
        return by_name[match[1]]

    try:
        found = parse_expression(unchained(QUOTED.sub(word, text)), names)
    except DefinitionError as error:
        raise DefinitionError(f"Checks of {schema.view}: {text!r}: {error}") from error
    if not isinstance(found, Expr):
        raise DefinitionError(f"Checks of {schema.view}: a rule must compare columns, got {text!r}")
    refuse_state(found, f"Checks of {schema.view}", text)
    return found


def unchained(text: str) -> str:
    """A chain of comparisons as the single ones that it stands for.

    Examples
    --------
    >>> unchained("a <= b < c")
    '(a <= b) & (b < c)'
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return text  # the reader of expressions says what is wrong
    if not isinstance(tree, ast.Compare) or len(tree.ops) < 2:
        return text
    sides = [tree.left, *tree.comparators]
    single = [
        ast.unparse(ast.Compare(left=sides[i], ops=[sign], comparators=[sides[i + 1]]))
        for i, sign in enumerate(tree.ops)
    ]
    return " & ".join(f"({part})" for part in single)
