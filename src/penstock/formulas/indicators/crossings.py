"""Averages of several lengths against each other: ribbons, crossings, MACD and its kin.

Each average starts from its own first closes, as the feature `ema` does. TA-Lib starts the quick ones of MACD and PPO
where the slow one starts, which is another value for as long as a start is felt.
"""

from functools import reduce

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE
from penstock.formulas.guards import positive, whole
from penstock.formulas.indicators.averages import ema, sma
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.expanding.sma_seeded_ema import SmaSeededEma
from penstock.ops.row.row_order import RowOrder
from penstock.ops.row.stack import Stack
from penstock.ops.state.cross_down import CrossDown
from penstock.ops.state.cross_up import CrossUp


def moving_average_ribbon_spread(*, ws: tuple[int, ...] = (10, 20, 30, 40, 50)) -> Expr:
    r"""Width of a ribbon of exponential averages as a share of the close.

    .. math:: (\max_j E_{w_j} - \min_j E_{w_j}) / c_t

    Known once all averages are; NaN unless the close is positive.
    """
    averages = [ema(w=w) for w in ws]
    return (reduce(Maximum, averages) - reduce(Minimum, averages)) / positive(CLOSE)


def ma_alignment_score(*, ws: tuple[int, ...] = (10, 20, 50, 100, 200)) -> Expr:
    r"""How far exponential averages are in the order of a rising trend: 1 with each above the next longer one.

    .. math:: \frac{2}{n (n - 1)} \sum_{j < k} \operatorname{sgn}(E_{w_j} - E_{w_k})

    -1 is the order of a falling trend. Equal averages add nothing, so this is Kendall's tau-a.
    """
    return RowOrder(reduce(Stack, (ema(w=w) for w in ws)))


def ma_crossover_signal(*, fast: int = 50, slow: int = 200) -> Expr:
    r"""1 where the quick simple average goes above the slow one (a golden cross), -1 where it goes below, else 0.

    .. math:: 1[d_t > 0, d_{t-1} \le 0] - 1[d_t < 0, d_{t-1} \ge 0], \quad d = S_f(c) - S_s(c)

    The distance is rounded to billionths, so that averages of equal prices do not cross by their rounding.
    """
    distance = whole(apo(fast=fast, slow=slow))
    return CrossUp(distance, 0.0) - CrossDown(distance, 0.0)


def macd_line(*, fast: int = 12, slow: int = 26) -> Expr:
    r"""Quick exponential average of the close less the slow one, :math:`E_f(c) - E_s(c)`."""
    return ema(w=fast) - ema(w=slow)


def macd_signal(*, fast: int = 12, slow: int = 26, signal: int = 9) -> Expr:
    r"""Exponential average of the MACD line, :math:`E_g(E_f(c) - E_s(c))`."""
    return SmaSeededEma(macd_line(fast=fast, slow=slow), window=signal)


def macd_histogram(*, fast: int = 12, slow: int = 26, signal: int = 9) -> Expr:
    r"""MACD line less its signal, :math:`M - E_g(M)`, :math:`M = E_f(c) - E_s(c)`."""
    return macd_line(fast=fast, slow=slow) - macd_signal(fast=fast, slow=slow, signal=signal)


def ppo(*, fast: int = 12, slow: int = 26) -> Expr:
    r"""MACD line in percent of the slow average, :math:`100 (E_f(c) - E_s(c)) / E_s(c)`."""
    return macd_line(fast=fast, slow=slow) / ema(w=slow) * 100.0


def apo(*, fast: int = 12, slow: int = 26) -> Expr:
    r"""Quick simple average of the close less the slow one, :math:`S_f(c) - S_s(c)`."""
    return sma(w=fast) - sma(w=slow)
