"""Where a value stands between the extremes of the last bars, smoothed in several ways.

A window without range has no place in it: NaN, unless something else is said.
"""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.expr import Expr
from penstock.formulas.columns import CLOSE
from penstock.formulas.guards import NOTHING
from penstock.formulas.indicators.averages import ema
from penstock.formulas.indicators.extremes import highest, lowest, median_price, midpoint
from penstock.formulas.indicators.strength import rsi as relative_strength
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.where import Where
from penstock.ops.expanding.sma_seeded_ema import SmaSeededEma
from penstock.ops.indicator.fisher_transform import FisherTransform
from penstock.ops.indicator.smoothed_position import SmoothedPosition
from penstock.ops.rolling.rolling_max import RollingMax
from penstock.ops.rolling.rolling_mean import RollingMean
from penstock.ops.rolling.rolling_min import RollingMin
from penstock.ops.state.run_length import RunLength

Flat = Literal["none", "middle"]


def stochastic_fast_k(*, w: int = 14, flat: Flat = "none") -> Expr:
    r"""Where the close stands between the lowest low and the highest high of `w` bars.

    .. math:: 100 \frac{c_t - \min_w l}{\max_w h - \min_w l}

    Notes
    -----
    Where all these prices are one, it is NaN, or 50 with ``flat=middle``; TA-Lib gives 0.
    """
    high, low = highest(w=w), lowest(w=w)
    place = (CLOSE - low) / (high - low) * 100.0
    return place if flat == "none" else Where(Equal(high, low), 50.0, place)


def stochastic_slow_k(*, w: int = 14, s: int = 3, flat: Flat = "none") -> Expr:
    r"""Simple average of the fast stochastic, :math:`S_s(\%K)`; the same as its %D."""
    return RollingMean(stochastic_fast_k(w=w, flat=flat), window=s)


def stochastic_slow_d(*, w: int = 14, s: int = 3, d: int = 3, flat: Flat = "none") -> Expr:
    r"""Simple average of the slow stochastic, :math:`S_d(S_s(\%K))`."""
    return RollingMean(stochastic_slow_k(w=w, s=s, flat=flat), window=d)


def williams_r(*, w: int = 14) -> Expr:
    r"""How far below the highest high of `w` bars the close stands, in percent of their range, with a minus.

    .. math:: -100 \frac{\max_w h - c_t}{\max_w h - \min_w l}
    """
    return (CLOSE - highest(w=w)) / (highest(w=w) - lowest(w=w)) * 100.0


def stochastic_rsi(*, rsi: int = 14, k: int = 14) -> Expr:
    r"""Where the relative strength index stands between its extremes of the last `k` bars.

    .. math:: 100 \frac{\text{RSI}_t - \min_k \text{RSI}}{\max_k \text{RSI} - \min_k \text{RSI}}

    Notes
    -----
    NaN where the index did not change. So it is where the close did not for `k` bars: what the index then seems to
    move is rounding.
    """
    index = relative_strength(w=rsi)
    low = RollingMin(index, window=k)
    place = (index - low) / (RollingMax(index, window=k) - low) * 100.0
    return Where(Less(RunLength(CLOSE), float(k)), place, NOTHING)


def kdj_j(*, w: int = 9, m: int = 3) -> Expr:
    r"""Three times the smoothed stochastic less twice its own smoothing.

    .. math::
        J = 3 K - 2 D, \quad K_t = K_{t-1} + (\%K_t - K_{t-1}) / m, \quad D_t = D_{t-1} + (K_t - D_{t-1}) / m

    Notes
    -----
    K and D start from 50 before the first %K; TA-Lib's start from simple averages, which fades. A window without
    range leaves %K where it was.
    """
    if m < 1:
        raise DefinitionError(f"kdj_j: m must be at least 1, got {m}")
    k = SmoothedPosition(CLOSE, lowest(w=w), highest(w=w), factor=1.0 / m, seed=0.5)
    d = SmoothedPosition(k, 0.0, 1.0, factor=1.0 / m, seed=0.5)
    return (k * 3.0 - d * 2.0) * 100.0


def stochastic_momentum_index(*, w: int = 13, r: int = 25, s: int = 2) -> Expr:
    r"""Twice smoothed distance of the close to the middle of the last `w` bars, in halves of their smoothed range.

    .. math:: 100 \frac{E_s(E_r(c - m_w))}{\frac{1}{2} E_s(E_r(\max_w h - \min_w l))}

    Notes
    -----
    Each average starts from the mean of its first values, as in TA-Lib.
    """
    height, reach = (
        SmaSeededEma(SmaSeededEma(x, window=r), window=s)
        for x in (CLOSE - midpoint(w=w), highest(w=w) - lowest(w=w))
    )
    return height / reach * 200.0


def fisher_transform(*, w: int = 9) -> Expr:
    r"""Fisher transform of where the middle of the bar stands between its extremes of `w` bars.

    .. math::
        F_t = \tfrac{1}{2} \ln \frac{1 + v_t}{1 - v_t} + \tfrac{1}{2} F_{t-1}, \quad
        v_t = 0.66 \Big( \frac{x_t - \min_w x}{\max_w x - \min_w x} - \tfrac{1}{2} \Big) + 0.67 \, v_{t-1}

    Notes
    -----
    Both start from 0. As Ehlers has it, a v beyond 0.99 becomes 0.999, and one between the two is left as it is.
    """
    x = median_price()
    return FisherTransform(x, RollingMin(x, window=w), RollingMax(x, window=w))


def schaff_trend_cycle(
    *, fast: int = 23, slow: int = 50, cycle: int = 10, factor: float = 0.5
) -> Expr:
    r"""Smoothed stochastic of the smoothed stochastic of MACD, from 0 to 100.

    .. math::
        y = P(P(M)), \quad M = E_f(c) - E_s(c), \quad
        P(x)_t = P_{t-1} + a \Big( \frac{x_t - \min_k x}{\max_k x - \min_k x} - P_{t-1} \Big)

    Notes
    -----
    P starts from the first place in a range. A window without range leaves the place where it was.
    """
    x = ema(w=fast) - ema(w=slow)
    for _ in range(2):
        low, high = RollingMin(x, window=cycle), RollingMax(x, window=cycle)
        x = SmoothedPosition(x, low, high, factor=factor)
    return x * 100.0
