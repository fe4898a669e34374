"""How one-sided volume is on a clock of volume."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration
from penstock.expr import Expr
from penstock.formulas.columns import PRICE, SIZE
from penstock.formulas.guards import NOTHING
from penstock.formulas.order_flow.signs import Rule, direction
from penstock.formulas.spans import MINUTE
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.normal_cdf import NormalCdf
from penstock.ops.elementwise.where import Where
from penstock.ops.flow.volume_buckets import VolumeBuckets
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.window.window_sum import WindowSum
from penstock.streams import Every


def vpin(
    *,
    n: int = 50,
    bucket: float = 10_000.0,
    bars_sd: Duration = MINUTE,
    w: int = 50,
    sign: Literal["bvc"] | Rule = "bvc",
) -> Expr:
    r"""Volume-synchronised probability of informed trading: mean absolute imbalance of `n` buckets of equal volume.

    .. math:: \frac{1}{n V} \sum_{j=1}^{n} |V^S_j - V^B_j|

    Notes
    -----
    A model. With ``sign="bvc"`` the bought share of a bar of `bars_sd` is :math:`\Phi(\Delta p / s)`, with the
    deviation of the `w` changes before it, and bars without one do not count. With ``flag`` or a rule of
    `signed_volume` each trade is bought or sold, and one whose sign is unknown does not count. What a bar or trade
    has beyond a full bucket goes into the next. A bucket is by convention a fiftieth of an average day's volume; it is
    given as a number, so that the same trades give the same buckets wherever a file begins.
    """
    if not bucket > 0.0:
        raise DefinitionError(f"vpin: bucket must be positive, got {bucket}")
    if sign == "bvc":
        return VolumeBuckets(*bulk(bars_sd, w), bucket=bucket, count=n)
    side = direction(sign)
    bought = Where(side, (side + 1.0) / 2.0, NOTHING)
    return VolumeBuckets(SIZE, bought, bucket=bucket, count=n)


def bulk(width: Duration, w: int) -> tuple[Expr, Expr]:
    """Volume of bars of time, and the share of each that its price change suggests was bought."""
    bars = Every(width)
    price = AsOf(PRICE, on=bars)
    change = price - Lag(price, ticks=1)
    before = Lag(RollingMoments(change, window=w)["std"], ticks=1)
    return WindowSum(SIZE, width=width, on=bars), NormalCdf(change / before)
