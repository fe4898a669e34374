"""The operators that are cheaper to compute than to call: live, one wrapper runs them all by turns."""

from penstock.expr import Add, Divide, Expr, Multiply, Operator, Subtract
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.and_ import And
from penstock.ops.elementwise.clip import Clip
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.is_nan import IsNan
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.less_equal import LessEqual
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.elementwise.not_ import Not
from penstock.ops.elementwise.not_equal import NotEqual
from penstock.ops.elementwise.or_ import Or
from penstock.ops.elementwise.same import Same
from penstock.ops.elementwise.sign import Sign
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.elementwise.where import Where
from penstock.ops.lag import Lag

# each kernel reads one value of each operand, at index 0, and has no state; their order is that of the codes
SCALARS: tuple[type[Operator], ...] = (
    Add,
    Subtract,
    Multiply,
    Divide,
    Lag,
    Same,
    Where,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Equal,
    NotEqual,
    And,
    Or,
    Not,
    Maximum,
    Minimum,
    Abs,
    Sign,
    Clip,
    FillNan,
    IsNan,
    Sqrt,
    Log,
)
KERNELS = tuple(cls.kernel for cls in SCALARS)


def is_scalar(node: Expr) -> bool:
    """Whether a step is one of these, on columns of one float a tick."""
    return (
        isinstance(node, Operator)
        and type(node).kernel in KERNELS
        and all(x.cells == 1 and x.dtype == "f8" for x in (node, *node.operands))
    )
