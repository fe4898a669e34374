"""What an order costs beyond the mid, and how far quotes and prices follow what was traded."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.events import Bar
from penstock.expr import TRADE, VIEW, Expr
from penstock.expr.columns import columns
from penstock.formulas.bar_flow import since_last_tick
from penstock.formulas.columns import LEVELS, PRICE
from penstock.formulas.guards import NOTHING, whole
from penstock.formulas.quotes import mid_price
from penstock.formulas.returns import log_change
from penstock.ops.asof import AsOf
from penstock.ops.book.impact_prices import ImpactPrices
from penstock.ops.book.level import Level
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.sign import Sign
from penstock.ops.elementwise.where import Where
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_regression import RollingRegression
from penstock.ops.session.cumulative_sum import CumulativeSum

Way = Literal["buy", "sell"]
APART = 1e-9  # of a variance: what is left of it beside another column is rounding


def market_order_slippage(*, notional: float = 100_000.0, side: Way = "buy") -> Expr:
    r"""Price of buying or selling `notional` at once by walking the book, beyond the mid, in basis points of it.

    .. math:: 10^4 (\text{VWAP}^\text{buy}(N) - m) / m, \quad 10^4 (m - \text{VWAP}^\text{sell}(N)) / m

    Notes
    -----
    A cost is positive on either side. NaN where the levels that are seen are too few for it, and while the book is
    crossed.
    """
    if side not in ("buy", "sell"):
        raise DefinitionError(f"market_order_slippage: side must be buy or sell, got {side!r}")
    best = [Level(LEVELS, level=0, field=f"{name}_price") for name in ("bid", "ask")]
    mid = (best[0] + best[1]) / 2.0
    found = ImpactPrices(LEVELS, notional=notional)
    distance = found["ask"] - mid if side == "buy" else mid - found["bid"]
    return Maximum(distance, 0.0) / mid * 1e4  # of a locked book it is 0, but for rounding


def slippage_asymmetry(*, notional: float = 100_000.0) -> Expr:
    r"""Slippage of buying `notional` at once less that of selling it, in basis points; positive where asks are thinner.

    .. math:: \text{slip}^\text{buy}(N) - \text{slip}^\text{sell}(N)

    Notes
    -----
    Of `market_order_slippage`; NaN where it is on either side.
    """
    bought, sold = (market_order_slippage(notional=notional, side=way) for way in ("buy", "sell"))
    return bought - sold


def pastor_stambaugh_gamma(*, w: int = 60, asset: str = "a", bench: str = "b") -> Expr:
    r"""How far returns turn back after a bar per value that was traded in it: negative, and far from 0 where illiquid.

    .. math:: r^e_{i+1} = \theta + \phi r_i + \gamma \operatorname{sgn}(r^e_i) d_i + \epsilon_{i+1}, \quad
              r^e = r - r_\text{bench}

    Notes
    -----
    A model's estimate: the least-squares slope :math:`\gamma` over the last `w` pairs of neighbouring bars, on the
    value :math:`d_i` that was traded, close by close times volume. Returns are logarithms. `asset` and `bench` are the
    roles of the streams of bars, both sampled on the view's clock as in `excess_return`; between two of its ticks
    without a new bar of the asset nothing moved and nothing was traded. NaN where either regressor stood still, or
    both are one line.
    """
    own = columns(Bar, asset)
    moved = log_change(AsOf(own.close))
    beyond = moved - log_change(AsOf(columns(Bar, bench).close))
    value = since_last_tick(CumulativeSum(own.close * own.volume, reset=VIEW), of=own.close)
    past, flow = Lag(moved, ticks=1), Lag(Sign(beyond) * value, ticks=1)
    through = RollingRegression(past, flow, window=w)
    # the slope on what the return before leaves of the flow (Frisch and Waugh 1933)
    share, variance = through["slope"], RollingMoments(flow, window=w)["variance"]
    left = variance - share * through["covariance"]
    explains = (
        RollingRegression(flow, beyond, window=w)["covariance"]
        - share * RollingRegression(past, beyond, window=w)["covariance"]
    )
    return explains / Where(Greater(left, variance * APART), left, NOTHING)


def lin_sanger_booth_lambda(*, w: int = 500) -> Expr:
    r"""Share of a trade's distance from the mid by which the mid follows it until the next trade.

    .. math:: m_{i+1} - m_i = \alpha + \lambda (p_i - m_i) + \epsilon_{i+1}

    Notes
    -----
    A model's estimate of adverse selection, as a share of half the effective spread: the least-squares slope over the
    last `w` pairs of neighbouring trades. :math:`m_i` is the mid of the last quote before a trade's position. The
    source has logarithms of prices; these are prices, taken as whole billionths. No rule is needed for a trade's side:
    it is the sign of the distance.
    """
    mid = AsOf(mid_price(), on=TRADE)
    distance = Lag(whole(PRICE - mid), ticks=1)
    moved = whole(mid - Lag(mid, ticks=1))
    return AsOf(RollingRegression(distance, moved, window=w)["slope"])
