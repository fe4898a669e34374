"""Where prices traded on average, and how far around it."""

from penstock.core.time import duration
from penstock.expr import Expr
from penstock.formulas.columns import PRICE, SIZE
from penstock.formulas.sessions import session_clock
from penstock.ops.asof import AsOf
from penstock.ops.session.weighted_moments_since import WeightedMomentsSince
from penstock.ops.window.window_weighted_moments import WindowWeightedMoments


def traded(W: str, session: str) -> tuple[Expr, Expr]:
    """Average price weighted by size, and the deviation from it."""
    if W == "session":
        moments = WeightedMomentsSince(PRICE, SIZE, reset=session_clock(session))
        return AsOf(moments["mean"]), AsOf(moments["std"])
    window = WindowWeightedMoments(PRICE, SIZE, width=duration(W))
    return window["mean"], window["std"]


def volume_weighted_std(*, W: str = "300s", session: str = "1d") -> Expr:
    r"""Standard deviation of trade prices weighted by size.

    .. math:: \sqrt{\sum_i v_i (p_i - \bar p)^2 \Big/ \sum_i v_i}, \quad \bar p = \sum_i v_i p_i \Big/ \sum_i v_i

    Notes
    -----
    Over the last `W` of time, or with ``W=session`` since the session began.
    """
    return traded(W, session)[1]


def vwap_band_position(*, W: str = "session", session: str = "1d") -> Expr:
    r"""Trade price in standard deviations from the average price, both weighted by size.

    .. math:: (p_t - \bar p) / s_p

    Notes
    -----
    Since the session began, or over the last `W` of time. NaN while all trades had one price.
    """
    mean, std = traded(W, session)
    return (AsOf(PRICE) - mean) / std
