"""The highest high and the lowest low of the last bars, and what lies between them."""

from penstock.expr import Expr
from penstock.formulas.columns import HIGH, LOW
from penstock.ops.rolling.rolling_max import RollingMax
from penstock.ops.rolling.rolling_min import RollingMin


def highest(*, w: int) -> Expr:
    """The highest high of `w` bars."""
    return RollingMax(HIGH, window=w)


def lowest(*, w: int) -> Expr:
    """The lowest low of `w` bars."""
    return RollingMin(LOW, window=w)


def midpoint(*, w: int) -> Expr:
    """The middle between the highest high and the lowest low of `w` bars."""
    return (highest(w=w) + lowest(w=w)) / 2.0


def median_price() -> Expr:
    """The middle of a bar's range."""
    return (HIGH + LOW) / 2.0
