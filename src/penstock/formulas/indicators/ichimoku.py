"""The lines of Ichimoku, each as it stands at the bar where it is drawn: nothing is read from later bars."""

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE
from penstock.formulas.guards import NOTHING, whole
from penstock.formulas.indicators.extremes import midpoint
from penstock.formulas.indicators.momentum import momentum
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.where import Where
from penstock.ops.lag import Lag


def ichimoku_tenkan(*, w: int = 9) -> Expr:
    r"""Conversion line: the middle of the last nine bars, :math:`(\max_w h + \min_w l) / 2`."""
    return midpoint(w=w)


def ichimoku_kijun(*, w: int = 26) -> Expr:
    r"""Base line: the middle of the last 26 bars, :math:`(\max_w h + \min_w l) / 2`."""
    return midpoint(w=w)


def ichimoku_senkou_a(*, tenkan: int = 9, kijun: int = 26, shift: int = 26) -> Expr:
    r"""First edge of the cloud: the middle of conversion and base line, as of `shift` bars ago.

    .. math:: (T_{t-s} + K_{t-s}) / 2
    """
    return Lag((midpoint(w=tenkan) + midpoint(w=kijun)) / 2.0, ticks=shift)


def ichimoku_senkou_b(*, w: int = 52, shift: int = 26) -> Expr:
    r"""Second edge of the cloud: the middle of 52 bars, as of `shift` bars ago.

    .. math:: (\max_w h + \min_w l)_{t-s} / 2
    """
    return Lag(midpoint(w=w), ticks=shift)


def ichimoku_chikou_causal(*, shift: int = 26) -> Expr:
    r"""The close less that of `shift` bars ago, :math:`c_t - c_{t-s}`.

    Notes
    -----
    The lagging line is drawn back at t - s and compared to the close there; at t - s that looks ahead, at t it does
    not.
    """
    return momentum(w=shift)


def ichimoku_cloud_position() -> Expr:
    r"""How far above the middle of the cloud the close stands, in its thickness; from -0.5 to 0.5 inside.

    .. math:: \frac{c_t - (A_t + B_t) / 2}{|A_t - B_t|}

    Notes
    -----
    NaN where the edges meet, which is to a billionth: as sums of decimals they seldom meet in the last bit.
    """
    a, b = ichimoku_senkou_a(), ichimoku_senkou_b()
    thickness = Abs(a - b)
    met = Equal(whole(thickness), 0.0)
    return (CLOSE - (a + b) / 2.0) / Where(met, NOTHING, thickness)
