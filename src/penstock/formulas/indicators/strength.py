"""Moves up against moves down: relative strength and its kin.

Where nothing moved there is no strength to tell: 50 where the index is Wilder's or Cutler's, NaN elsewhere.
"""

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, OPEN
from penstock.formulas.indicators.momentum import change
from penstock.formulas.returns import simple_return
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.sign import Sign
from penstock.ops.elementwise.tanh import Tanh
from penstock.ops.elementwise.where import Where
from penstock.ops.expanding.wilder import Wilder
from penstock.ops.indicator.gains_and_losses import GainsAndLosses
from penstock.ops.indicator.laguerre_strength import LaguerreStrength
from penstock.ops.indicator.relative_strength import RelativeStrength
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_rank import RollingRank
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.rolling.rolling_trend import RollingTrend
from penstock.ops.rolling.rolling_weighted_mean import RollingWeightedMean
from penstock.ops.state.run_length import RunLength


def strength(x: Expr, *, w: int) -> Expr:
    """Wilder's relative strength of a column; 50 where there was no move at all."""
    moves = RelativeStrength(x, window=w)
    return Where(Greater(moves["gain"] + moves["loss"], 0.0), moves["index"], 50.0)


def rsi(*, w: int = 14) -> Expr:
    r"""Wilder's relative strength index of the close.

    .. math:: 100 \frac{\bar g_t}{\bar g_t + \bar l_t}

    Notes
    -----
    Wilder's averages of the gains and of the losses start from the means of the first `w`. Where there was no move
    at all it is 50, TA-Lib gives 0.
    """
    return strength(CLOSE, w=w)


def cutler_rsi(*, w: int = 14) -> Expr:
    r"""Relative strength index from sums of the last `w` changes, which no seed reaches.

    .. math:: 100 \frac{\sum_w g_i}{\sum_w g_i + \sum_w l_i}

    Notes
    -----
    50 where there was no move in the window.
    """
    up, down = rolling_moves(w=w)
    total = up + down
    return Where(Greater(total, 0.0), up / total * 100.0, 50.0)


def rolling_moves(*, w: int) -> tuple[Expr, Expr]:
    """Sums of the last `w` gains and losses."""
    moves = GainsAndLosses(CLOSE)
    return RollingSum(moves["gain"], window=w), RollingSum(moves["loss"], window=w)


def signed_streak() -> Expr:
    """For how many bars in a row the close rose, or fell with a minus; 0 where it stood."""
    side = Sign(change())
    return side * RunLength(side)


def connors_rsi(*, rsi: int = 3, streak: int = 2, rank: int = 100) -> Expr:
    r"""Mean of three strengths: of the close, of the length of its streak, and the rank of its last return.

    .. math:: \tfrac{1}{3} (\text{RSI}_3(c) + \text{RSI}_2(\text{streak}) + R_{100}(c_t / c_{t-1} - 1))

    Notes
    -----
    A streak counts the bars in a row that closed higher (lower, with a minus); an equal close makes it 0. R is the
    percentage of the `rank` returns before this one that are less than it, as its authors have it.
    """
    ranked = RollingRank(simple_return(), window=rank + 1, ties=0.0) * 100.0
    return (strength(CLOSE, w=rsi) + strength(signed_streak(), w=streak) + ranked) / 3.0


def cmo(*, w: int = 14) -> Expr:
    r"""Chande's momentum oscillator from sums of the last `w` changes.

    .. math:: 100 \frac{\sum_w g_i - \sum_w l_i}{\sum_w g_i + \sum_w l_i}

    Notes
    -----
    Plain sums as Chande has them; TA-Lib's CMO is smoothed as Wilder's index is, its CMOU is not.
    """
    up, down = rolling_moves(w=w)
    return (up - down) / (up + down) * 100.0


def psychological_line(*, w: int = 12) -> Expr:
    r"""Share of the last `w` bars that closed higher than the one before, in percent.

    .. math:: \frac{100}{w} \sum_{i<w} 1[c_{t-i} > c_{t-i-1}]
    """
    rose = Greater(CLOSE, Lag(CLOSE, ticks=1))
    return RollingSum(rose, window=w) * 100.0 / float(w)


def intraday_momentum_index(*, w: int = 14) -> Expr:
    r"""Relative strength of the bodies of the last `w` bars.

    .. math:: 100 \frac{\sum_w \max(c_i - o_i, 0)}{\sum_w |c_i - o_i|}
    """
    body = CLOSE - OPEN
    up = RollingSum(Maximum(body, 0.0), window=w)
    return up / RollingSum(Abs(body), window=w) * 100.0


def inverse_fisher_rsi(*, rsi: int = 5, w: int = 9) -> Expr:
    r"""Inverse Fisher transform of a smoothed relative strength index: mostly near -1 or 1.

    .. math:: \tanh(y_t), \quad y = W_w(0.1 (\text{RSI} - 50))
    """
    return Tanh(RollingWeightedMean((strength(CLOSE, w=rsi) - 50.0) * 0.1, window=w))


def laguerre_rsi(*, gamma: float = 0.5) -> Expr:
    r"""How far the four stages of a Laguerre filter fall from the newest to the oldest.

    .. math::
        \frac{U}{U + D}, \quad
        U = \sum_{k<3} \max(L_k - L_{k+1}, 0), \;
        D = \sum_{k<3} \max(L_{k+1} - L_k, 0)

    Notes
    -----
    From 0 to 1. The stages start from the first close, as Ehlers's platform does; libraries that start them from 0
    differ until that has faded.
    """
    return LaguerreStrength(CLOSE, gamma=gamma)


def relative_volatility_index(*, w: int = 14, sd: int = 10) -> Expr:
    r"""Standard deviation of the close on rising bars against that on falling bars, from 0 to 100.

    .. math:: 100 \frac{R_w(s^+)}{R_w(s^+) + R_w(s^-)}, \quad s^\pm_t = s_t \, 1[\pm (c_t - c_{t-1}) > 0]

    Notes
    -----
    s is over `sd` closes, whose divisor cancels; R is Wilder's average.
    """
    side, deviation = change(), RollingMoments(CLOSE, window=sd)["std"]
    up = Wilder(deviation * Greater(side, 0.0), window=w)
    down = Wilder(deviation * Greater(0.0, side), window=w)
    return up / (up + down) * 100.0


def inertia(*, w: int = 20, rvi: int = 14) -> Expr:
    r"""Where the line through the last `w` relative volatility indices ends, :math:`\hat y_t` of :math:`\text{RVI}`."""
    return RollingTrend(relative_volatility_index(w=rvi), window=w)["end"]
