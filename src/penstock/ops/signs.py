"""The operators behind the signs that ``penstock.expr.arithmetic`` does not have."""

from penstock.expr import Constant, Expr, Multiply, as_expr
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.and_ import And
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.less_equal import LessEqual
from penstock.ops.elementwise.modulo import Modulo
from penstock.ops.elementwise.not_ import Not
from penstock.ops.elementwise.or_ import Or
from penstock.ops.elementwise.power import Power
from penstock.ops.elementwise.xor import Xor


def raised(x: Expr | float, y: Expr | float) -> Expr:
    """``x ** y``; a square is a product, which is exact and costs a tenth."""
    base, exponent = as_expr(x, "Power.x"), as_expr(y, "Power.y")
    return Multiply(base, base) if exponent is Constant(2.0) else Power(base, exponent)


SIGNS = {
    "%": Modulo,
    "**": raised,
    "abs": Abs,
    "<": Less,
    "<=": LessEqual,
    ">": Greater,
    ">=": GreaterEqual,
    "&": And,
    "|": Or,
    "^": Xor,
    "~": Not,
}
Expr.SIGNS |= SIGNS
