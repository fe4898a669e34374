"""Bands about an average, channels, and how wide they are."""

import math

from penstock.core.errors import DefinitionError
from penstock.expr import Expr, Timeframe
from penstock.formulas.columns import CLOSE, HIGH, LOW
from penstock.formulas.guards import moving, positive, square
from penstock.formulas.ranges import average_true_range, typical_price
from penstock.formulas.timeframes import time_bars
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.expanding.sma_seeded_ema import SmaSeededEma
from penstock.ops.indicator.rolling_bands import RollingBands
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_max import RollingMax
from penstock.ops.rolling.rolling_mean import RollingMean
from penstock.ops.rolling.rolling_mean_abs_dev import RollingMeanAbsDev
from penstock.ops.rolling.rolling_min import RollingMin


def bollinger(w: int, k: float, ddof: int = 0) -> RollingBands:
    """Bollinger's bands; `ddof` 1 has a sample's deviation."""
    if not 0 <= ddof < w:
        raise DefinitionError(f"Bollinger: ddof must be from 0 to below w, got {ddof!r}")
    return RollingBands(CLOSE, window=w, deviations=k * math.sqrt(w / (w - ddof)))


def bollinger_percent_b(*, w: int = 20, k: float = 2.0, ddof: int = 0) -> Expr:
    r"""Where the close is between Bollinger's bands: 0 on the lower, 1 on the upper, 0.5 where all closes are equal.

    .. math:: \frac{c - (m - k s)}{2 k s}, \quad m = \bar c_w
    """
    bands = bollinger(w, k, ddof)
    share = (CLOSE - bands["lower"]) / (bands["upper"] - bands["lower"])
    return moving(share, w, flat=0.5)


def bollinger_bandwidth(*, w: int = 20, k: float = 2.0) -> Expr:
    r"""Width of Bollinger's bands as a share of the middle one, :math:`2 k s / m`; NaN unless that is positive."""
    bands = bollinger(w, k)
    width = (bands["upper"] - bands["lower"]) / positive(bands["middle"])
    return moving(width, w, flat=0.0)


def keltner_middle(w: int) -> Expr:
    """Exponential average of the typical price."""
    return SmaSeededEma(typical_price(), window=w)


def keltner_position(*, w: int = 20, atr: int = 10, k: float = 2.0) -> Expr:
    r"""Where the close is in a Keltner channel: 0 in the middle, 1 and -1 at the edges.

    .. math:: \frac{c - E_w((h + l + c) / 3)}{k \, \mathrm{ATR}_a}
    """
    return (CLOSE - keltner_middle(w)) / (average_true_range(w=atr) * k)


def keltner_width(*, w: int = 20, atr: int = 10, k: float = 2.0) -> Expr:
    r"""Width of a Keltner channel as a share of its middle; NaN unless that is positive.

    .. math:: 2 k \, \mathrm{ATR}_a / E_w((h + l + c) / 3)
    """
    return average_true_range(w=atr) * (2.0 * k) / positive(keltner_middle(w))


def donchian_width(*, w: int = 20) -> Expr:
    r"""Range of the last `w` bars as a share of the close, :math:`(\max_w h - \min_w l) / c`."""
    return (RollingMax(HIGH, window=w) - RollingMin(LOW, window=w)) / positive(CLOSE)


def acceleration_bands_position(*, w: int = 20) -> Expr:
    r"""Where the close is between Headley's acceleration bands: 0 on the lower, 1 on the upper.

    .. math::
        U = S_w(h (1 + 4 q)), \quad L = S_w(l (1 - 4 q)), \quad q = \frac{h - l}{h + l}, \quad \frac{c - L}{U - L}
    """
    share = (HIGH - LOW) / (HIGH + LOW) * 4.0
    upper = RollingMean(HIGH + HIGH * share, window=w)
    lower = RollingMean(LOW - LOW * share, window=w)
    return (CLOSE - lower) / (upper - lower)


def natr(*, w: int = 14) -> Expr:
    r"""Average true range in percent of the close, :math:`100 \, \mathrm{ATR}_w / c`."""
    return average_true_range(w=w) / positive(CLOSE) * 100.0


def chaikin_volatility(*, w: int = 10, roc: int = 10) -> Expr:
    r"""Change of the average range over `roc` bars, in percent.

    .. math:: 100 \left( \frac{E_w(h - l)_t}{E_w(h - l)_{t-r}} - 1 \right)
    """
    span = SmaSeededEma(HIGH - LOW, window=w)
    return (span / Lag(span, ticks=roc) - 1.0) * 100.0


def ulcer_index(*, w: int = 14) -> Expr:
    r"""Root mean square of falls from the highest close, in percent.

    .. math:: \sqrt{\frac{1}{w} \sum_w \left( 100 \frac{c - \max_w c}{\max_w c} \right)^2}
    """
    fall = CLOSE / positive(RollingMax(CLOSE, window=w)) - 1.0
    return Sqrt(RollingMean(square(fall), window=w)) * 100.0


def average_deviation(*, w: int = 14) -> Expr:
    r"""Mean distance of the last `w` closes to their mean, :math:`\frac{1}{w} \sum_w |c_i - \bar c|`."""
    return RollingMeanAbsDev(CLOSE, window=w)


def average_day_range(*, w: int = 14, session: str = "1d") -> Expr:
    r"""Mean range of the last `w` finished sessions, :math:`\frac{1}{w} \sum_w (h_d - l_d)`.

    A session is a day from 00:00 UTC; a period with an offset, such as ``1d+22h``, is another. That of daily bars is
    the bar's own.
    """
    return Timeframe(RollingMean(HIGH - LOW, window=w), on=time_bars(session))
