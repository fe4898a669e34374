"""What traded between two ticks of the view's clock."""

from typing import Literal

from penstock.core.time import duration
from penstock.expr import VIEW, Expr
from penstock.formulas.columns import PRICE, SIDE, SIZE
from penstock.formulas.guards import tick_number
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.sign import Sign
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.elementwise.where import Where
from penstock.ops.lag import Lag
from penstock.ops.session.cumulative_sum import CumulativeSum
from penstock.ops.session.ohlcv import Ohlcv
from penstock.ops.window.window_vwap import WindowVwap

Sum = Literal["volume", "dollar", "trades"]


def aggressor() -> Expr:
    """1 for a trade that a buyer started, -1 for a seller, 0 where it is unknown."""
    return Sign(SIDE)


def signed_volume() -> Expr:
    """Size of a trade with the sign of its aggressor."""
    return aggressor() * SIZE


def since_last_tick(running: Expr, of: Expr = PRICE) -> Expr:
    """A sum that runs since the view's last tick, as the view sees it: 0 where nothing traded in between.

    The running sum restarts with the first trade after a tick, so an interval without trades would repeat the
    sum of the one before. It is a sum of trades, or of what `of` ticks with.
    """
    traded = AsOf(tick_number(of))
    silent = FillNan(Equal(traded, Lag(traded, ticks=1)), value=0.0)
    return Where(silent, 0.0, FillNan(AsOf(running), value=0.0))


def bar_sum(what: Sum) -> Expr:
    """Volume, dollar volume or number of trades since the view's last tick."""
    return since_last_tick(Ohlcv(PRICE, SIZE, reset=VIEW)[what])


def net_signed_volume() -> Expr:
    """Bought less sold since the view's last tick."""
    return since_last_tick(CumulativeSum(signed_volume(), reset=VIEW))


def net_signed_root_dollar() -> Expr:
    """Sum of the aggressor's sign times the root of the dollar volume, since the view's last tick."""
    return since_last_tick(CumulativeSum(aggressor() * Sqrt(PRICE * SIZE), reset=VIEW))


def dollar_volume(*, multiplier: float = 1.0, inverse: bool = False) -> Expr:
    r"""Value traded in the bar, :math:`\sum p_i v_i`, times the contract's multiplier.

    Notes
    -----
    The bar is the time between two ticks of the view's clock. An inverse contract of `multiplier` quote units is
    worth that many whatever its price: :math:`\sum v_i`.
    """
    return bar_sum("volume" if inverse else "dollar") * multiplier


def trade_count() -> Expr:
    r"""Number of trades in the bar, the time between two ticks of the view's clock, :math:`n_t`."""
    return bar_sum("trades")


def average_trade_size() -> Expr:
    r"""Volume per trade of the bar, :math:`\sum v_i / n_t`; NaN without trades."""
    return bar_sum("volume") / bar_sum("trades")


def vwap(*, w: str = "bar") -> Expr:
    r"""Average price of trades weighted by size, :math:`\sum p_i v_i / \sum v_i`; NaN without trades.

    Notes
    -----
    Over the bar (the time between two ticks of the view's clock), or over the last `w` such as ``5m``. From trades:
    a VWAP of bar prices is biased.
    """
    if w == "bar":
        return bar_sum("dollar") / bar_sum("volume")
    return WindowVwap(PRICE, SIZE, width=duration(w))
