"""What trades print: their spacing, sizes, prices, and what they meet."""

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration
from penstock.expr import TRADE, Expr, When
from penstock.formulas.columns import ASK_SIZE, BID_SIZE, PRICE, SIZE
from penstock.formulas.guards import NOTHING, known, whole
from penstock.formulas.order_flow.signs import Rule, direction
from penstock.formulas.sizes import distinct_trade
from penstock.formulas.spans import FIVE_MINUTES
from penstock.ops.asof import AsOf
from penstock.ops.elapsed import Elapsed
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.modulo import Modulo
from penstock.ops.elementwise.not_equal import NotEqual
from penstock.ops.elementwise.round_half_even import RoundHalfEven
from penstock.ops.elementwise.sign import Sign
from penstock.ops.elementwise.where import Where
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_histogram import RollingHistogram
from penstock.ops.rolling.rolling_mean import RollingMean
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.row.dot import Dot
from penstock.ops.window.window_sum import WindowSum

DIGITS = 10


def trade_duration_dispersion(*, w: int = 200) -> Expr:
    r"""Deviation of the times between trades by their mean over the last `w` gaps, :math:`s_x / \bar x`.

    Notes
    -----
    1 where trades come at random (Poisson), above it where they cluster. Trades with one stamp are one.
    """
    gaps = RollingMoments(Elapsed(distinct_trade()), window=w)
    return AsOf(gaps["std"] / gaps["mean"])


def positive_lot(name: str, lot: float) -> None:
    """Refuse a lot that is none."""
    if not lot > 0.0:
        raise DefinitionError(f"{name}: lot must be positive, got {lot}")


def round_size_share(*, w: int = 500, lot: float = 100.0) -> Expr:
    r"""Share of the last `w` trades whose size is a multiple of `lot`, :math:`\#\{v_i \bmod \text{lot} = 0\} / w`.

    Notes
    -----
    Lots may be decimals: a size is a multiple where it is one to a billionth of the lot.
    """
    positive_lot("round_size_share", lot)
    lots = SIZE / lot
    return RollingMean(Equal(whole(lots - RoundHalfEven(lots)), 0.0), window=w)


def odd_lot_share(*, w: int = 500, lot: float = 100.0) -> Expr:
    r"""Share of the last `w` trades that are smaller than a lot, :math:`\#\{v_i < \text{lot}\} / w`.

    Notes
    -----
    For equities, where a lot is a round one of 100 shares or what the listing says.
    """
    positive_lot("odd_lot_share", lot)
    return RollingMean(Less(SIZE, lot), window=w)


def price_clustering(*, w: int = 500, tick: float = 0.01) -> Expr:
    r"""How unevenly the last digits of the last `w` prices, in ticks, are spread.

    .. math:: \frac{\chi^2}{w} = \sum_{d=0}^{9} \frac{(n_d - w / 10)^2}{w^2 / 10}

    Notes
    -----
    From 0, where all ten digits are as common, to 9, where there is one. `tick` is the instrument's price step.
    """
    if not tick > 0.0:
        raise DefinitionError(f"price_clustering: tick must be positive, got {tick}")
    digit = Modulo(RoundHalfEven(PRICE / tick), float(DIGITS))
    counts = RollingHistogram(digit, window=w, low=-0.5, high=DIGITS - 0.5, bins=DIGITS)
    return Dot(counts, counts) * (DIGITS / float(w) ** 2) - 1.0


def hidden_liquidity_ratio(*, W: Duration = FIVE_MINUTES, sign: Rule = "flag") -> Expr:
    r"""Volume beyond what the touch showed by all volume of the last `W`.

    .. math:: \sum_i (v_i - Q_i)^+ \Big/ \sum_i v_i

    Notes
    -----
    An inference, trade by trade: :math:`Q_i` is the size at the touch of the side that the trade took from, in the last
    quote before it. Feeds that print each fill of an order by itself show less than there was. Trades whose side is
    unknown by the rule of `signed_volume`, or that met no quote, count in neither sum.
    """
    side = direction(sign)
    bid, ask = AsOf(BID_SIZE, on=TRADE), AsOf(ASK_SIZE, on=TRADE)
    shown = Where(Greater(side, 0.0), ask, Where(Less(side, 0.0), bid, NOTHING))
    hidden = FillNan(Maximum(SIZE - shown, 0.0), value=0.0)
    return WindowSum(hidden, width=W) / WindowSum(known(shown) * SIZE, width=W)


def bid_ask_bounce_share(*, w: int = 200) -> Expr:
    r"""Share of the last `w` changes of the trade price that went against the one before.

    .. math:: \frac{1}{w} \#\{ k : \operatorname{sgn} \Delta p_k \ne \operatorname{sgn} \Delta p_{k-1} \}

    Notes
    -----
    Trades at the price before do not count: only changes do. It is one half for a random walk, and near 1 where prices
    bounce between bid and ask.
    """
    step = Sign(PRICE - Lag(PRICE, ticks=1))
    moved = AsOf(step, on=When(FillNan(NotEqual(step, 0.0), value=0.0)))
    return AsOf(RollingMean(NotEqual(moved, Lag(moved, ticks=1)), window=w))
