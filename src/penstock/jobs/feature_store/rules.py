"""Rules between the columns of a row, as text: ``p50 <= p95 <= p99``."""

import ast
import re
from collections.abc import Sequence

import numpy as np

from penstock.core.arrays import F8
from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType, Field
from penstock.declare import Schema
from penstock.declare.expression_text import parse_expression
from penstock.declare.names import Names
from penstock.declare.on_demand import refuse_state
from penstock.expr import Column, Expr
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
        numbers = [c for c in schema.columns if c.kind != "str"]
        self._places = [i for i, c in enumerate(schema.columns) if c.kind != "str"]
        words = [f"c{i}" for i in self._places]
        cells = tuple(Field(word, c.unit) for word, c in zip(words, numbers, strict=True))
        stream = Stream(EventType("row", f"A row of {schema.id}.", cells))
        columns = {word: Column(stream, word) for word in words}
        by_name = dict(zip((c.name for c in numbers), words, strict=True))
        named = Names(columns={n: columns[w] for n, w in by_name.items() if n.isidentifier()})
        named.columns |= columns
        made = {
            f"rule {i}": rule(text, by_name, named, schema) for i, text in enumerate(self.texts)
        }
        self._judge = Stateless(made, stream) if made else None
        self._words = words

    def broken(self, values: F8) -> np.ndarray:
        """Which rows break which rule, shape (rows, rules); a comparison with a null is not broken."""
        if self._judge is None:
            return np.zeros((len(values), 0), np.bool_)
        pairs = zip(self._words, self._places, strict=True)
        return self._judge.compute({word: values[:, i] for word, i in pairs}) == 0.0


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
