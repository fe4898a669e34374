"""Trades against the quote before them, and what quotes add and take."""

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration
from penstock.expr import QUOTE, TRADE, Expr
from penstock.formulas.columns import ASK_PRICE, ASK_SIZE, BID_PRICE, BID_SIZE, LEVELS, PRICE, SIZE
from penstock.formulas.guards import NOTHING, known_count, whole
from penstock.formulas.order_flow.signs import Rule
from penstock.formulas.order_flow.volumes import signed_volume
from penstock.formulas.quotes import mid_price
from penstock.formulas.spans import FIVE_MINUTES, MINUTE, TEN_SECONDS
from penstock.ops.asof import AsOf
from penstock.ops.book.level import Level
from penstock.ops.book.order_flow_imbalance import OrderFlowImbalance
from penstock.ops.book.top_of_book import TopOfBook
from penstock.ops.clock.delayed import Delayed
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.less_equal import LessEqual
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.where import Where
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_regression import RollingRegression
from penstock.ops.window.window_mean import WindowMean
from penstock.ops.window.window_sum import WindowSum
from penstock.streams import Delay, Every


def touch() -> tuple[Expr, Expr]:
    """The best bid and ask before each trade."""
    return AsOf(BID_PRICE, on=TRADE), AsOf(ASK_PRICE, on=TRADE)


def distances() -> tuple[Expr, Expr]:
    """How far each trade is above the bid and above the ask before it, in billionths: equal decimals are 0 apart."""
    bid, ask = touch()
    return whole(PRICE - bid), whole(PRICE - ask)


def share_where(condition: Expr, width: Duration) -> Expr:
    """Share of volume for which a condition on the touch holds, of trades that met an uncrossed quote."""
    bid, ask = touch()
    counts = FillNan(GreaterEqual(ask, bid), value=0.0) * SIZE
    held = FillNan(condition, value=0.0) * counts
    return WindowSum(held, width=width) / WindowSum(counts, width=width)


def trade_aggression_ratio(*, W: Duration = MINUTE) -> Expr:
    r"""Share of the volume of the last `W` that traded at the touch or beyond.

    .. math:: \sum_{p \ge P^a \lor p \le P^b} v \Big/ \sum v

    Notes
    -----
    The quote is the last one before the trade's position. Trades without one, or that met a crossed one, do not
    count. The rest traded inside the spread.
    """
    bid, ask = distances()
    return share_where(Maximum(GreaterEqual(ask, 0.0), LessEqual(bid, 0.0)), W)


def price_improvement_share(*, W: Duration = FIVE_MINUTES) -> Expr:
    r"""Share of the volume of the last `W` that traded inside the spread, :math:`\sum_{P^b < p < P^a} v / \sum v`.

    Notes
    -----
    With the quotes of `trade_aggression_ratio`.
    """
    bid, ask = distances()
    return share_where(Greater(bid, 0.0) * Less(ask, 0.0), W)


def trade_through_share(*, W: Duration = FIVE_MINUTES) -> Expr:
    r"""Share of the volume of the last `W` that traded outside the quote.

    .. math:: \sum_{p > P^a \lor p < P^b} v \Big/ \sum v

    Notes
    -----
    With the quotes of `trade_aggression_ratio`. The quote is that of the feed: the best of all venues only where the
    feed carries that.
    """
    bid, ask = distances()
    return share_where(Maximum(Greater(ask, 0.0), Less(bid, 0.0)), W)


def absorption_ratio_flow(*, W: Duration = MINUTE, tick: float = 0.01, sign: Rule = "flag") -> Expr:
    r"""Net volume traded per tick that the mid moved in the last `W`.

    .. math:: \left| \sum e_i v_i \right| / \max(1, |m_t - m_{t-W}| / \text{tick})

    Notes
    -----
    `tick` is the instrument's price step. NaN until there was a mid `W` ago.
    """
    positive_tick("absorption_ratio_flow", tick)
    move = AsOf(mid_price()) - AsOf(Delayed(mid_price(), on=Delay(QUOTE, W)))
    return Abs(signed_volume(W=W, sign=sign)) / Maximum(Abs(move) / tick, 1.0)


def positive_tick(name: str, tick: float) -> None:
    """Refuse a price step that is none."""
    if not tick > 0.0:
        raise DefinitionError(f"{name}: tick must be positive, got {tick}")


def flow(book: Expr) -> Expr:
    """What each event adds to the bids and takes from the asks of a book of one level."""
    return OrderFlowImbalance(book, depth=1)


def level_flow(level: int) -> Expr:
    """What each event adds to the bids and takes from the asks of one level of the book, the best being 1."""
    names = ("bid_price", "bid_size", "ask_price", "ask_size")
    return flow(TopOfBook(*(Level(LEVELS, level - 1, name) for name in names)))


def best() -> Expr:
    """The best bid and ask as a book of one level."""
    return TopOfBook(BID_PRICE, BID_SIZE, ASK_PRICE, ASK_SIZE)


def summed(change: Expr, width: Duration) -> Expr:
    """The sum of flows over a window; NaN until one is known, and one that is not known adds nothing."""
    total = WindowSum(FillNan(change, value=0.0), width=width)
    return Where(GreaterEqual(AsOf(known_count(change)), 1.0), total, NOTHING)


def order_flow_imbalance(*, W: Duration = TEN_SECONDS) -> Expr:
    r"""Net size added to the best bid and taken from the best ask in the last `W`.

    .. math:: \sum_n 1\{P^b_n \ge P^b_{n-1}\} Q^b_n - 1\{P^b_n \le P^b_{n-1}\} Q^b_{n-1}
              - 1\{P^a_n \le P^a_{n-1}\} Q^a_n + 1\{P^a_n \ge P^a_{n-1}\} Q^a_{n-1}

    Notes
    -----
    A quote with an absent side, and the one after it, cannot be compared and add nothing.
    """
    return summed(flow(best()), W)


def normalized_ofi(*, W: Duration = TEN_SECONDS) -> Expr:
    r"""Order flow imbalance by the mean size at the touch over the window.

    .. math:: \text{OFI} \Big/ \overline{(Q^b + Q^a) / 2}

    Notes
    -----
    The mean is over the quotes of the window; NaN without any.
    """
    return order_flow_imbalance(W=W) / WindowMean((BID_SIZE + ASK_SIZE) / 2.0, width=W)


def multi_level_ofi(*, L: int = 5, W: Duration = TEN_SECONDS, level: int = 1) -> Expr:
    r"""Order flow imbalance of one of the first `L` levels of the book, over the last `W`.

    .. math:: \sum_n e_n^{(l)}, \quad l \le L

    Notes
    -----
    The row is a vector; a column is one number, so `level` chooses from 1 to `L`.
    """
    if not 1 <= level <= L:
        raise DefinitionError(f"multi_level_ofi: level must be from 1 to L={L}, got {level}")
    return summed(level_flow(level), W)


def ofi_price_beta(*, w: int = 180, slot: Duration = TEN_SECONDS, tick: float = 0.01) -> Expr:
    r"""Ticks that the mid moves per unit of order flow imbalance, by regression over `w` slots of time.

    .. math:: \Delta m_j / \text{tick} = \alpha + \beta \, \text{OFI}_j + \epsilon_j

    Notes
    -----
    Slots are those of the clock, `slot` wide; `tick` is the instrument's price step.
    """
    positive_tick("ofi_price_beta", tick)
    hop = Every(slot)
    size = WindowSum(FillNan(flow(best()), value=0.0), width=slot, on=hop)
    mid = AsOf(mid_price(), on=hop)
    return RollingRegression(size, (mid - Lag(mid, ticks=1)) / tick, window=w)["slope"]


def book_snapshot_toxicity_seed001() -> Expr:
    r"""Twice the absolute return of the mid between quotes, :math:`2 |m_t - m_{t-1}| / m_{t-1}`.

    Notes
    -----
    What one system calls ``vpin``: its volumes cancel, and no volume clock is in it. Kept for those who compare.
    """
    last = Lag(mid_price(), ticks=1)
    return Abs(mid_price() - last) / last * 2.0
