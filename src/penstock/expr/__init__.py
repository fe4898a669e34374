"""Nodes, interning, arithmetic, text, LaTeX and fingerprints."""

from penstock.events import Bar, Book, Depth, Mbo, Quote, Trade
from penstock.expr.arithmetic import Add, Divide, Multiply, Subtract
from penstock.expr.clocks import When
from penstock.expr.columns import Columns, columns
from penstock.expr.expression import VIEW, Column, Constant, Expr, Output, operand_names
from penstock.expr.graph import children, walk
from penstock.expr.operands import as_expr
from penstock.expr.operator import ROOM, Operator, arguments
from penstock.streams import Stream

TRADE = Stream(Trade)
QUOTE = Stream(Quote)
BOOK = Stream(Book)
BAR = Stream(Bar)
MBO = Stream(Mbo)
DEPTH = Stream(Depth)

trade, quote, book, bar, mbo, depth = map(columns, (Trade, Quote, Book, Bar, Mbo, Depth))

__all__ = [
    "BAR",
    "BOOK",
    "DEPTH",
    "MBO",
    "QUOTE",
    "ROOM",
    "TRADE",
    "VIEW",
    "Add",
    "Column",
    "Columns",
    "Constant",
    "Divide",
    "Expr",
    "Multiply",
    "Operator",
    "Output",
    "Subtract",
    "When",
    "arguments",
    "as_expr",
    "bar",
    "book",
    "children",
    "columns",
    "depth",
    "mbo",
    "operand_names",
    "quote",
    "trade",
    "walk",
]
