"""What a clock that ticks by volume or by value says."""

from penstock.expr import Expr, When
from penstock.formulas.columns import PRICE, SIZE
from penstock.formulas.returns import log_change
from penstock.ops.asof import AsOf
from penstock.ops.elapsed import Elapsed
from penstock.ops.state.threshold import Threshold


def filled(amount: Expr, bucket: float) -> Expr:
    """The price of the trade that filled a bucket, at every full bucket."""
    return AsOf(PRICE, on=When(Threshold(amount, limit=bucket)))


def volume_synchronized_return(*, bucket: float = 10_000.0) -> Expr:
    r"""Log return over the last bucket of so much volume that is full, :math:`\ln(p_{\tau_n} / p_{\tau_{n-1}})`.

    Notes
    -----
    From the trade that filled the bucket before to the one that filled it; what a trade has over the limit is not
    carried on. NaN until two buckets are full. The row leaves the size open.
    """
    return log_change(filled(SIZE, bucket))


def dollar_bar_duration(*, bucket: float = 1_000_000.0) -> Expr:
    r"""Seconds that the last full bucket of so much value took to fill, :math:`\tau_n - \tau_{n-1}`.

    Notes
    -----
    From the trade that filled the bucket before to the one that filled it; what a trade has over the limit is not
    carried on. NaN until two buckets are full, and 0 where one trade's stamp is the next one's.
    """
    return Elapsed(filled(PRICE * SIZE, bucket))
