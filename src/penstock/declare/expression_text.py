"""Expressions as text: ``RollingMoments(trade.price, window=20)["std"] / 2``.

The text is read by Python's parser and built by a whitelist: numbers, texts, signs, operators and clocks by class
name, columns as ``stream.field``, outputs as ``[...]``. Nothing of it is ever evaluated.
"""

import ast
import operator
from collections.abc import Callable
from typing import Any

from penstock.core.errors import DefinitionError, nearest
from penstock.core.model import Model
from penstock.declare.clock_text import parse_clock
from penstock.declare.feature import Feature, parse_request
from penstock.declare.names import Names
from penstock.expr import Column, Expr, Operator
from penstock.expr.expression import hints
from penstock.streams import Clock

LONGEST = 100_000  # letters of one expression
SIGNS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.USub: operator.neg,
    ast.UAdd: lambda x: x,
    ast.Invert: operator.invert,
}
FEATURE = "feature"  # feature("price.log_return(k=5)") is that feature's expression


def parse_expression(text: str, names: Names | None = None) -> Any:
    """The expression, or the clock, that a text stands for.

    Parameters
    ----------
    text
        Such as ``Ema(trade.price, span=10) - 1``.
    names
        What it may name; by default the operators of Penstock and the streams by their types.

    Raises
    ------
    DefinitionError
        The text is no expression, or names what is not there.

    Examples
    --------
    >>> parse_expression("Ema(trade.price, span=10) - trade.price")
    (Ema(trade.price, span=10) - trade.price)
    """
    if len(text) > LONGEST:
        raise DefinitionError(
            f"Expression: at most {LONGEST:,} letters are allowed, got {len(text):,}"
        )
    try:
        tree = ast.parse(text.strip(), mode="eval")
        return _Reader(names or Names()).value(tree.body)
    except SyntaxError as error:
        raise DefinitionError(
            f"Expression: must read as one, got {text!r} ({error.msg}, letter {error.offset})"
        ) from error
    except (RecursionError, MemoryError, ValueError) as error:
        raise DefinitionError(f"Expression: must be shallower, got {text[:40]!r}…") from error


class _Reader:
    """Builds what a tree stands for."""

    def __init__(self, names: Names) -> None:
        self.names, self.calls, self.values = names, names.calls, names.values

    def value(self, node: ast.expr) -> Any:
        """Any part of an expression."""
        rule = READERS.get(type(node))
        if rule is None:
            raise DefinitionError(
                f"Expression: numbers, columns, signs and calls of operators are allowed, got {ast.unparse(node)!r}"
            )
        return rule(self, node)

    def constant(self, node: ast.Constant) -> Any:
        """A number, a truth or a text."""
        if isinstance(node.value, int | float | str):
            return node.value
        raise DefinitionError(f"Expression: a number or a text is needed, got {node.value!r}")

    def name(self, node: ast.Name) -> Any:
        """A column of the file, a stream, or a clock."""
        if node.id in self.values:
            return self.values[node.id]
        known = [*self.values, *self.calls]
        raise DefinitionError(
            f"Expression: a column of the file, a stream or view is needed, got {node.id!r}{nearest(node.id, known)}"
        )

    def attribute(self, node: ast.Attribute) -> Any:
        """A column of a stream, or a stream of a role that has several."""
        if ast.unparse(node) in self.names.streams:
            return self.names.streams[ast.unparse(node)]
        stream = node.value.id if isinstance(node.value, ast.Name) else ast.unparse(node.value)
        known = stream in self.names.streams
        if not known and f"{stream}.{node.attr}" in Feature.CATALOGUE:
            raise DefinitionError(
                f"Expression: columns of streams are needed, got the feature {stream}.{node.attr}; features of the "
                "catalogue are listed by name: features = [...] in [view]"
            )
        if not known:
            raise DefinitionError(
                f"Expression: a stream must be one of {', '.join(self.names.streams)}, "
                f"got {stream!r}{nearest(stream, self.names.streams)}"
            )
        return Column(self.names.streams[stream], node.attr)

    def sign(self, node: ast.BinOp | ast.UnaryOp) -> Any:
        """An operation of one or two sides."""
        if isinstance(node, ast.BinOp):
            return self.apply(node, node.op, self.value(node.left), self.value(node.right))
        return self.apply(node, node.op, self.value(node.operand))

    def comparison(self, node: ast.Compare) -> Any:
        """A comparison of two sides."""
        if len(node.ops) > 1:
            raise DefinitionError(
                f"Expression: a comparison has two sides, got {ast.unparse(node)!r}"
            )
        return self.apply(node, node.ops[0], self.value(node.left), self.value(node.comparators[0]))

    def apply(self, node: ast.expr, sign: ast.AST, *sides: Any) -> Any:
        """A sign on its sides."""
        known = SIGNS.get(type(sign))
        numbers = all(isinstance(side, int | float) for side in sides)
        if known is None or not all(isinstance(side, Expr | int | float) for side in sides):
            raise DefinitionError(
                f"Expression: signs stand between columns and numbers, got {ast.unparse(node)!r}"
            )
        if numbers and (known is operator.pow or isinstance(sign, ast.BitAnd | ast.BitOr)):
            raise DefinitionError(f"Expression: a column is needed, got {ast.unparse(node)!r}")
        try:
            return known(*sides)
        except (TypeError, ArithmeticError) as error:
            raise DefinitionError(f"Expression: {error}, got {ast.unparse(node)!r}") from error

    def pick(self, node: ast.Subscript) -> Any:
        """One output of an operator that has several."""
        source = self.value(node.value)
        name = self.value(node.slice)
        if not isinstance(source, Operator) or not isinstance(name, str):
            raise DefinitionError(
                f'Expression: an output is picked as Operator(…)["name"], got {ast.unparse(node)!r}'
            )
        return source[name]

    def items(self, node: ast.Tuple | ast.List) -> Any:
        """Several values."""
        return tuple(self.value(item) for item in node.elts)

    def call(self, node: ast.Call) -> Any:
        """An operator, a clock, a model or a feature of the catalogue."""
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        given = [self.value(item) for item in node.args]
        named = {part.arg or "**": self.value(part.value) for part in node.keywords}
        if name == FEATURE and len(given) == 1 and isinstance(given[0], str) and not named:
            feature, params, _ = parse_request(given[0])
            return feature.expr(**params)
        if name not in self.calls:
            raise DefinitionError(
                f"Expression: an operator of Penstock or of the file's modules is needed, "
                f"got {name!r}{nearest(name, self.calls)}"
            )
        made = self.calls[name]
        named = {key: self.parameter(made, key, value) for key, value in named.items()}
        try:
            return made(*given, **named)
        except TypeError as error:
            raise DefinitionError(f"{name}: {plain(error)}, got {ast.unparse(node)!r}") from error

    def parameter(self, made: Any, key: str, value: Any) -> Any:
        """A parameter's value; clocks may be texts, and models are called by their names."""
        wants = hints(made).get(key) if isinstance(made, type) else None
        if wants is Clock and isinstance(value, str):
            return parse_clock(value)
        if wants is not Model or isinstance(value, Model):
            return value
        if value not in self.names.models:
            raise DefinitionError(
                f"{made.__name__}: a model must be one of {', '.join(self.names.models)}, "
                f"got {value!r}{nearest(str(value), self.names.models)}"
            )
        return self.names.models[value]


def plain(error: TypeError) -> str:
    """What Python says about the arguments of a call, without its own name for it."""
    return str(error).partition(".__init__() ")[2] or str(error)


READERS: dict[type[ast.expr], Callable[[_Reader, Any], Any]] = {
    ast.Constant: _Reader.constant,
    ast.Name: _Reader.name,
    ast.Attribute: _Reader.attribute,
    ast.BinOp: _Reader.sign,
    ast.UnaryOp: _Reader.sign,
    ast.Compare: _Reader.comparison,
    ast.Subscript: _Reader.pick,
    ast.Tuple: _Reader.items,
    ast.List: _Reader.items,
    ast.Call: _Reader.call,
}
