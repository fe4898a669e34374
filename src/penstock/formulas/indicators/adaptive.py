"""Moving averages of the close that adapt their weight to what it does."""

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE
from penstock.formulas.guards import square
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.where import Where
from penstock.ops.expanding.variable_ema import VariableEma
from penstock.ops.indicator.mcginley import McGinley
from penstock.ops.indicator.mesa_average import MesaAverage
from penstock.ops.rolling.rolling_path import RollingPath


def kama(*, w: int = 10, fast: int = 2, slow: int = 30) -> Expr:
    r"""Kaufman's adaptive average: quick where the close goes one way, slow where it goes back and forth.

    .. math::
        K_t = K_{t-1} + s_t^2 (c_t - K_{t-1}), \quad
        s_t = e_t \left( \frac{2}{f+1} - \frac{2}{n+1} \right) + \frac{2}{n+1}, \quad
        e_t = \frac{|c_t - c_{t-w}|}{\sum_{i<w} |c_{t-i} - c_{t-i-1}|}

    with f = `fast` and n = `slow`. It starts from the close before the first that has an efficiency e, which is 1
    where no close differs from the last, as TA-Lib has it.
    """
    path = RollingPath(CLOSE, window=w)
    efficiency = Where(Equal(path["path"], 0.0), 1.0, path["efficiency"])
    slowest, fastest = 2.0 / (slow + 1.0), 2.0 / (fast + 1.0)
    share = efficiency * (fastest - slowest) + slowest
    return VariableEma(CLOSE, square(share), seed="previous")


def vidya(*, w: int = 14) -> Expr:
    r"""Chande's variable index dynamic average, whose weight follows the size of his momentum oscillator.

    .. math::
        V_t = V_{t-1} + \frac{2}{w + 1} \frac{|\text{CMO}_w|}{100} (c_t - V_{t-1}), \quad
        \frac{|\text{CMO}_w|}{100} = \frac{|c_t - c_{t-w}|}{\sum_{i<w} |c_{t-i} - c_{t-i-1}|}

    The oscillator is that of plain sums, so its size is Kaufman's efficiency. It starts from the close before the first
    that has one; where no close differs from the last, it stands.
    """
    efficiency = RollingPath(CLOSE, window=w)["efficiency"]
    return VariableEma(CLOSE, efficiency * (2.0 / (w + 1.0)), seed="previous")


def mcginley_dynamic(*, w: int = 10, k: float = 0.6) -> Expr:
    r"""McGinley's dynamic, which follows a fall faster than a rise.

    .. math::
        M_t = M_{t-1} + \frac{c_t - M_{t-1}}{k w (c_t / M_{t-1})^4}

    It starts from the first close; a step never goes past the close (see `McGinley`), and a close that is not positive
    is skipped. With k = 1 it is as first published, 0.6 makes it a little quicker.
    """
    return McGinley(CLOSE, window=w, k=k)


def mama(*, fast: float = 0.5, slow: float = 0.05) -> Expr:
    r"""Ehlers's MESA adaptive average, quick where the phase of the price's cycle turns fast.

    .. math:: m_t = m_{t-1} + \alpha_t (c_t - m_{t-1}), \quad
        \alpha_t = \max \left( \frac{a}{\max(\varphi_{t-1} - \varphi_t, 1)}, b \right)

    with a = `fast`, b = `slow` and the phase in degrees. It starts from the 12th close; TA-Lib's starts from 0, which
    takes some hundred bars to fade.
    """
    return MesaAverage(CLOSE, fast=fast, slow=slow)["mama"]


def fama(*, fast: float = 0.5, slow: float = 0.05) -> Expr:
    r"""The average that follows `mama` at half its weight, :math:`f_t = f_{t-1} + \alpha_t (m_t - f_{t-1}) / 2`."""
    return MesaAverage(CLOSE, fast=fast, slow=slow)["fama"]
