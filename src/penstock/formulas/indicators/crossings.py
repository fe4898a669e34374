"""Averages of several lengths against each other: ribbons, crossings, MACD and its kin."""

from functools import reduce

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE
from penstock.formulas.guards import positive
from penstock.formulas.indicators.averages import ema
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.minimum import Minimum


def moving_average_ribbon_spread(*, ws: tuple[int, ...] = (10, 20, 30, 40, 50)) -> Expr:
    r"""Width of a ribbon of exponential averages as a share of the close.

    .. math:: (\max_j E_{w_j} - \min_j E_{w_j}) / c_t
    """
    ribbon = [ema(w=w) for w in ws]
    return (reduce(Maximum, ribbon) - reduce(Minimum, ribbon)) / positive(CLOSE)
