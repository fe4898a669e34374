"""The four operations, which ``+ - * /`` on expressions build."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.errors import DefinitionError
from penstock.core.jit import jit
from penstock.core.units import power, times
from penstock.expr.elementwise import Elementwise
from penstock.expr.expression import Constant, Expr


@jit
def _add(out: F8, x: F8, y: F8) -> None:
    for i in range(out.size):
        out[i] = x[i] + y[i]


@jit
def _subtract(out: F8, x: F8, y: F8) -> None:
    for i in range(out.size):
        out[i] = x[i] - y[i]


@jit
def _multiply(out: F8, x: F8, y: F8) -> None:
    for i in range(out.size):
        out[i] = x[i] * y[i]


@jit
def _divide(out: F8, x: F8, y: F8) -> None:
    for i in range(out.size):
        out[i] = maths.divide(x[i], y[i])


class Binary(Elementwise):
    """What the four operations share: they are printed infix and need compatible units."""

    sign = ""
    x: Expr
    y: Expr

    @cached_property
    def text(self) -> str:
        return f"({self.x.text} {self.sign} {self.y.text})"

    @cached_property
    def latex(self) -> str:
        return f"\\left({self.x.latex} {self.sign} {self.y.latex}\\right)"


class Linear(Binary):
    """Addition and subtraction: both sides have one unit; a constant takes the other's."""

    def check(self) -> None:
        if (
            not isinstance(self.x, Constant)
            and not isinstance(self.y, Constant)
            and self.x.unit != self.y.unit
        ):
            raise DefinitionError(
                f"{type(self).__name__}: both sides must have one unit, got {self.x.unit} and {self.y.unit}"
            )

    @property
    def unit(self) -> str:
        return self.y.unit if isinstance(self.x, Constant) else self.x.unit


@dataclass(frozen=True, eq=False, repr=False)
class Add(Linear):
    r"""Sum of two columns.

    .. math:: z_t = x_t + y_t

    Notes
    -----
    Seed: none. NaN: NaN where either side is. Warm-up: 1. Unit: that of both sides.

    References
    ----------
    IEEE Std 754-2019, section 5.4.1.

    Examples
    --------
    >>> evaluate(Add(x, y), x=[1.0, 2.0], y=[0.5, 0.5])
    [1.5, 2.5]
    """

    x: Expr
    y: Expr

    sign = "+"
    kernel = staticmethod(_add)
    oracle = staticmethod(np.add)


@dataclass(frozen=True, eq=False, repr=False)
class Subtract(Linear):
    r"""Difference of two columns.

    .. math:: z_t = x_t - y_t

    Notes
    -----
    Seed: none. NaN: NaN where either side is. Warm-up: 1. Unit: that of both sides.

    References
    ----------
    IEEE Std 754-2019, section 5.4.1.

    Examples
    --------
    >>> evaluate(Subtract(x, y), x=[1.0, 2.0], y=[0.5, 0.5])
    [0.5, 1.5]
    """

    x: Expr
    y: Expr

    sign = "-"
    kernel = staticmethod(_subtract)
    oracle = staticmethod(np.subtract)


@dataclass(frozen=True, eq=False, repr=False)
class Multiply(Binary):
    r"""Product of two columns.

    .. math:: z_t = x_t y_t

    Notes
    -----
    Seed: none. NaN: NaN where either side is. Warm-up: 1. Unit: the product of the units.

    References
    ----------
    IEEE Std 754-2019, section 5.4.1.

    Examples
    --------
    >>> evaluate(Multiply(x, y), x=[1.0, 2.0], y=[0.5, 0.5])
    [0.5, 1.0]
    """

    x: Expr
    y: Expr

    sign = "*"
    kernel = staticmethod(_multiply)
    oracle = staticmethod(np.multiply)

    @property
    def unit(self) -> str:
        return times(self.x.unit, self.y.unit)


def _quotient(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where(y == 0.0, np.nan, np.divide(x, y, where=y != 0.0, out=np.full_like(x, np.nan)))


@dataclass(frozen=True, eq=False, repr=False)
class Divide(Binary):
    r"""Quotient of two columns.

    .. math:: z_t = x_t / y_t

    Notes
    -----
    Seed: none. NaN: NaN where either side is, and where the divisor is 0. Warm-up: 1.
    Unit: the quotient of the units.

    References
    ----------
    IEEE Std 754-2019, section 5.4.1.

    Examples
    --------
    >>> evaluate(Divide(x, y), x=[1.0, 2.0], y=[0.5, 0.0])
    [2.0, nan]
    """

    x: Expr
    y: Expr

    sign = "/"
    kernel = staticmethod(_divide)
    oracle = staticmethod(_quotient)

    @property
    def unit(self) -> str:
        return times(self.x.unit, power(self.y.unit, -1))

    @cached_property
    def latex(self) -> str:
        return f"\\frac{{{self.x.latex}}}{{{self.y.latex}}}"


Expr.SIGNS |= {"+": Add, "-": Subtract, "*": Multiply, "/": Divide}
