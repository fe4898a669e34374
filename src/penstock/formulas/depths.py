"""The book's levels: how much rests, where, and what it costs to take."""

from typing import Literal

from penstock.expr import Expr
from penstock.formulas.columns import LEVELS
from penstock.ops.book.book_entropy import BookEntropy
from penstock.ops.book.book_slope import BookSlope
from penstock.ops.book.depth_imbalance import DepthImbalance
from penstock.ops.book.depth_sum import DepthSum
from penstock.ops.book.depth_weighted_mid import DepthWeightedMid
from penstock.ops.book.depth_within import DepthWithin
from penstock.ops.book.distance_weighted_imbalance import DistanceWeightedImbalance
from penstock.ops.book.round_trip_cost import RoundTripCost

Side = Literal["bid", "ask", "both"]


def depth_weighted_mid(*, L: int = 10) -> Expr:
    r"""Average prices of both sides' first `L` levels, weighted by the other side's size.

    .. math:: (\bar P^b Q^a + \bar P^a Q^b) / (Q^a + Q^b)
    """
    return DepthWeightedMid(LEVELS, depth=L)


def depth_imbalance(*, L: int = 5) -> Expr:
    r"""Size of the first `L` bids against asks, :math:`(Q^b - Q^a) / (Q^b + Q^a)`; NaN while a level is missing."""
    return DepthImbalance(LEVELS, depth=L)


def distance_weighted_imbalance(*, L: int = 10, lam: float = 0.5) -> Expr:
    r"""Imbalance of `L` levels that fades with depth, level i weighing :math:`e^{-\lambda (i - 1)}`."""
    return DistanceWeightedImbalance(LEVELS, depth=L, decay=lam)


def depth_within_bps(*, bps: float = 10.0, side: Side = "bid") -> Expr:
    r"""Notional of the levels with :math:`|P - m| / m \le` `bps` basis points.

    Notes
    -----
    The book has a declared number of levels: beyond the last one nothing is seen.
    """
    return DepthWithin(LEVELS, bps=bps, side=side)


def total_depth(*, L: int = 10, side: Side = "both") -> Expr:
    r"""Size of the first `L` levels, of both sides or of one, :math:`\sum_{i \le L} (Q^b_i + Q^a_i)`."""
    return DepthSum(LEVELS, depth=L, side=side)


def order_book_slope(*, L: int = 10) -> Expr:
    r"""How fast depth grows with distance from the mid, averaged over both sides.

    .. math:: \frac{1}{L} \left( \frac{v_1}{|p_1/p_0 - 1|} + \sum_k \frac{v_{k+1}/v_k - 1}{|p_{k+1}/p_k - 1|} \right)

    where :math:`v_k` is the log of the size of the first k levels and :math:`p_0` the mid.
    """
    return BookSlope(LEVELS, depth=L)


def order_book_entropy(*, L: int = 10) -> Expr:
    r"""How evenly size is spread over the `2L` levels, :math:`-\sum q \ln q / \ln 2L`."""
    return BookEntropy(LEVELS, depth=L)


def cost_of_round_trip(*, notional: float = 100_000.0) -> Expr:
    r"""Price of buying and selling `notional` at once by walking the book, in basis points of the mid.

    .. math:: 10^4 (\text{VWAP}^\text{buy}(N) - \text{VWAP}^\text{sell}(N)) / m

    Notes
    -----
    NaN where the book is too thin for it.
    """
    return RoundTripCost(LEVELS, notional=notional)
