"""What bars say of liquidity."""

from penstock.core.errors import DefinitionError
from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, HIGH, LOW, VOLUME
from penstock.formulas.guards import positive, square
from penstock.formulas.returns import log_ratio, log_return
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.log10 import Log10
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_max import RollingMax
from penstock.ops.rolling.rolling_mean import RollingMean
from penstock.ops.rolling.rolling_min import RollingMin
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_sum import RollingSum


def liquidity_ratio_variance(*, w: int = 60, q: int = 5) -> Expr:
    r"""Variance of returns over `q` bars against `q` times that over one, less 1.

    .. math:: \frac{\widehat{\operatorname{var}}(r^{(q)})}{q \, \widehat{\operatorname{var}}(r)} - 1

    Notes
    -----
    Below 0 where prices bounce, above it where they adjust slowly. Of the log returns of the last `w` bars, those over
    `q` bars overlapping, around the mean return of all, and without bias: Lo and MacKinlay's ratio. NaN where the
    price stood still.
    """
    if not 2 <= q <= w // 2:
        raise DefinitionError(f"liquidity_ratio_variance: q must be from 2 to w / 2, got {q}")
    one = RollingMoments(log_return(), window=w)
    count = w - q + 1
    long = RollingMoments(log_ratio(CLOSE, Lag(CLOSE, ticks=q)), window=count)
    # around q times the mean of the single returns, not around their own mean
    squares = long["variance"] * (count - 1.0) + square(long["mean"] - one["mean"] * q) * count
    return squares / (count * (1.0 - q / w)) / q / one["variance"] - 1.0


def zero_return_share(*, w: int = 60) -> Expr:
    r"""Share of the last `w` bars whose close is that of the bar before, :math:`\#\{r_i = 0\} / w`."""
    return RollingMean(Equal(CLOSE, Lag(CLOSE, ticks=1)), window=w)


def amivest_liquidity(*, w: int = 20) -> Expr:
    r"""Value traded per unit of absolute return over `w` bars, :math:`\sum v_i c_i / \sum |r_i|`.

    Notes
    -----
    A ratio of sums of log returns, where Amihud's measure is a mean of ratios. NaN where the price stood still.
    """
    return RollingSum(CLOSE * VOLUME, window=w) / positive(RollingSum(Abs(log_return()), window=w))


def turnover_liquidity_lix() -> Expr:
    r"""Log of the value that a bar traded per unit that its price ranged, :math:`\log_{10} \frac{v c}{h - l}`.

    Notes
    -----
    NaN where the bar has no range or did not trade.
    """
    return Log10(positive(VOLUME * CLOSE / (HIGH - LOW)))


def hui_heubel_ratio(*, w: int = 5, shares: float = 1.0) -> Expr:
    r"""Range of the price over `w` bars by the share of all units that was traded in them; high is illiquid.

    .. math:: \frac{(\max h - \min l) / \min l}{\sum v_i c_i / (\text{shares} \cdot \bar c)}

    Notes
    -----
    `shares` is the number of units outstanding, to be given for the instrument: by default the ratio is that per unit.
    NaN where nothing traded.
    """
    if not shares > 0.0:
        raise DefinitionError(f"hui_heubel_ratio: shares must be positive, got {shares}")
    low = RollingMin(LOW, window=w)
    moved = (RollingMax(HIGH, window=w) - low) / low
    turnover = RollingSum(CLOSE * VOLUME, window=w) / RollingMean(CLOSE, window=w) / shares
    return moved / positive(turnover)
