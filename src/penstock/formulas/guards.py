"""What keeps a formula inside its domain, and what counts ticks."""

import math

from penstock.expr import Constant, Expr
from penstock.formulas.columns import CLOSE
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.round_half_even import RoundHalfEven
from penstock.ops.elementwise.where import Where
from penstock.ops.session.cumulative_sum import CumulativeSum
from penstock.ops.state.run_length import RunLength

NOTHING = Constant(math.nan)


def positive(x: Expr) -> Expr:
    """The value where it is positive, NaN elsewhere."""
    return Where(Greater(x, 0.0), x, NOTHING)


def known(x: Expr) -> Expr:
    """1 where the value is known, 0 where it is NaN."""
    return FillNan(Equal(x, x), value=0.0)


def known_count(x: Expr) -> Expr:
    """How many known values there have been."""
    return CumulativeSum(known(x))


def one(x: Expr) -> Expr:
    """1 at every tick of the clock of `x`, whatever its value."""
    return known(x) * 0.0 + 1.0


def tick_number(x: Expr) -> Expr:
    """How many ticks the clock of `x` has had, this one included."""
    return CumulativeSum(one(x))


def moving(y: Expr, w: int, *, flat: float = math.nan) -> Expr:
    """A statistic of the last `w` closes, and `flat` where they are all equal: a spread there is rounding."""
    return Where(Less(RunLength(CLOSE), float(w)), y, Constant(flat))


def square(x: Expr) -> Expr:
    """The value times itself."""
    return x * x


def bare(x: Expr) -> Expr:
    """The value without its unit, for a fit that takes columns of several units side by side."""
    return x / Where(known(x), 1.0, x)


def whole(x: Expr) -> Expr:
    """The value in billionths, as a whole number.

    Prices are decimals, so sums of them that are equal on paper differ in the last bits; these compare equal.
    """
    return RoundHalfEven(x * 1e9)
