"""Stops that trail a price, and how wide or narrow its way is."""

import math

from penstock.core.errors import DefinitionError
from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, HIGH, LOW
from penstock.formulas.guards import positive
from penstock.formulas.ranges import average_true_range, true_range
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.log10 import Log10
from penstock.ops.expanding.sma_seeded_ema import SmaSeededEma
from penstock.ops.expanding.wilder import Wilder
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_max import RollingMax
from penstock.ops.rolling.rolling_min import RollingMin
from penstock.ops.rolling.rolling_path import RollingPath
from penstock.ops.rolling.rolling_sum import RollingSum

JAW, TEETH, LIPS = (13, 8), (8, 5), (5, 3)


def chande_kroll_stop_position(*, p: int = 10, x: float = 1.0, q: int = 9) -> Expr:
    r"""Close against the middle of Chande and Kroll's two stops, in average true ranges.

    .. math::
        \frac{c_t - (L_t + S_t) / 2}{\mathrm{ATR}_p}, \quad
        L = \max_q (\max_p h - x \, \mathrm{ATR}_p), \quad
        S = \min_q (\min_p l + x \, \mathrm{ATR}_p)

    L is where longs are stopped, S where shorts are. The specification names both stops and one number; the middle is
    ours.
    """
    atr = average_true_range(w=p)
    long = RollingMax(RollingMax(HIGH, window=p) - atr * x, window=q)
    short = RollingMin(RollingMin(LOW, window=p) + atr * x, window=q)
    return (CLOSE - (long + short) * 0.5) / atr


def chandelier_exit_distance(*, w: int = 22, k: float = 3.0) -> Expr:
    r"""Close above the stop that hangs from the highest high, in average true ranges.

    .. math:: \frac{c_t - (\max_w h - k \, \mathrm{ATR}_w)}{\mathrm{ATR}_w}
    """
    return (CLOSE - RollingMax(HIGH, window=w)) / average_true_range(w=w) + k


def mass_index(*, e: int = 9, w: int = 25) -> Expr:
    r"""Dorsey's mass index: sums of a range's average against that average's own.

    .. math:: \sum_w \frac{E_e(h - l)}{E_e(E_e(h - l))}
    """
    once = SmaSeededEma(HIGH - LOW, window=e)
    return RollingSum(once / SmaSeededEma(once, window=e), window=w)


def vertical_horizontal_filter(*, w: int = 28) -> Expr:
    r"""Range of the last `w` closes against the way of the last `w` changes.

    .. math:: \frac{\max_w c - \min_w c}{\sum_{i<w} |c_{t-i} - c_{t-i-1}|}
    """
    span = RollingMax(CLOSE, window=w) - RollingMin(CLOSE, window=w)
    return span / RollingPath(CLOSE, window=w)["path"]


def choppiness_index(*, w: int = 14) -> Expr:
    r"""Sum of true ranges against the range of the whole, in logarithms: low in a trend, high in noise.

    .. math:: 100 \frac{\log_{10} (\sum_w \mathrm{TR} / (\max_w h - \min_w l))}{\log_{10} w}

    It is said to end at 100, but a gap into the first bar counts among the true ranges and not in the range, so that it
    may be above.
    """
    span = RollingMax(HIGH, window=w) - RollingMin(LOW, window=w)
    return Log10(RollingSum(true_range(), window=w) / span) * 100.0 / math.log10(w)


def alligator(line: tuple[int, ...]) -> Expr:
    """Wilder's average of the middle of bars as of some bars ago, from its length and that shift."""
    if len(line) != 2:
        raise DefinitionError(
            f"Alligator: a line is its length and its shift, such as 13:8, got {line!r}"
        )
    return Lag(Wilder((HIGH + LOW) * 0.5, window=line[0]), ticks=line[1])


def alligator_jaw_gap(
    *,
    jaw: tuple[int, ...] = JAW,
    teeth: tuple[int, ...] = TEETH,  # noqa: ARG001  (one set of parameters for the whole animal)
    lips: tuple[int, ...] = LIPS,
) -> Expr:
    r"""Williams's alligator: its lips above its jaw as a share of the close.

    .. math:: \frac{R_5(m)_{t-3} - R_{13}(m)_{t-8}}{c_t}, \quad m = (h + l) / 2

    R is Wilder's average. A chart shifts the lines forward, so at a bar each is that of some bars ago.
    """
    return (alligator(lips) - alligator(jaw)) / positive(CLOSE)


def gator_oscillator(
    *,
    jaw: tuple[int, ...] = JAW,
    teeth: tuple[int, ...] = TEETH,
    lips: tuple[int, ...] = LIPS,
) -> Expr:
    r"""How far the alligator's mouth is open above less below, as a share of the close.

    .. math:: \frac{|J - T| - |T - L|}{c_t}

    with jaw J, teeth T and lips L as in `alligator_jaw_gap`. Williams draws the two distances on two sides of 0; this
    is their difference.
    """
    upper, lower = alligator(jaw) - alligator(teeth), alligator(teeth) - alligator(lips)
    return (Abs(upper) - Abs(lower)) / positive(CLOSE)
