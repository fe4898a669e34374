"""Volume at price of a session's trades: its levels, its shape, and where the price is in it.

A session is a day from 00:00 UTC by default; ``W=1d+14h30m`` begins it at another time, ``W=4h`` makes windows that
tumble, ``W=start`` never ends. Bins are `tick` wide; with ``tick=auto`` the largest of 1, 2.5 and 5 times a power of
ten within a ten-thousandth of the session's first price. There are at most `bins` of them: they merge in pairs where
a session's range outgrows them.
"""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration
from penstock.expr import TRADE, Expr, Operator
from penstock.formulas.columns import PRICE, SIDE, SIZE
from penstock.formulas.sessions import session_clock
from penstock.formulas.spans import MINUTE
from penstock.ops.asof import AsOf
from penstock.ops.expanding.wilder import Wilder
from penstock.ops.indicator.true_range import TrueRange
from penstock.ops.profile.bins import AUTO
from penstock.ops.profile.naked_levels import NakedLevels
from penstock.ops.profile.profile_nodes import ProfileNodes
from penstock.ops.profile.volume_profile import VolumeProfile
from penstock.ops.session.ohlcv import Ohlcv
from penstock.ops.session.weighted_moments_since import WeightedMomentsSince
from penstock.streams import TimeBars

Tick = float | Literal["auto"]
BINS = 512
AREA = 0.7


def width(tick: Tick) -> float:
    """The tick as operators take it."""
    if tick == "auto":
        return AUTO
    if tick <= 0.0:
        raise DefinitionError(f"Volume profile: tick must be positive or auto, got {tick}")
    return float(tick)


def profile(W: str, tick: Tick, bins: int, va: float = AREA) -> Operator:
    """The profile of a session's trades."""
    return VolumeProfile(
        PRICE, SIZE, SIDE, tick=width(tick), bins=bins, area=va, reset=session_clock(W)
    )


def point_of_control(*, W: str = "session", tick: Tick = "auto", bins: int = BINS) -> Expr:
    r"""The price with most volume of the session.

    .. math:: \operatorname{arg\,max}_b \sum_{i : b_i = b} v_i

    Notes
    -----
    The middle of its bin; of several with as much, the nearest to the session's average price, then the lower.
    ``W=4h`` is a session of four hours, ``W=1d+14h30m`` a day that begins then. Memory: 4 `bins` numbers, 16 kB a key.
    """
    return profile(W, tick, bins)["poc"]


def value_area_high(
    *, W: str = "session", va: float = AREA, tick: Tick = "auto", bins: int = BINS
) -> Expr:
    r"""Upper edge of the value area, the prices around the point of control that hold the share `va` of volume.

    .. math:: \sum_{b = l}^{h} v_b \ge \text{va} \sum_b v_b

    Notes
    -----
    It grows from the point of control by a bin at a time, to the side with more volume: of equal ones to the nearer,
    then up.
    """
    return profile(W, tick, bins, va)["high"]


def value_area_low(
    *, W: str = "session", va: float = AREA, tick: Tick = "auto", bins: int = BINS
) -> Expr:
    r"""Lower edge of the value area, the prices around the point of control that hold the share `va` of volume.

    .. math:: \sum_{b = l}^{h} v_b \ge \text{va} \sum_b v_b

    Notes
    -----
    The area is that of `value_area_high`.
    """
    return profile(W, tick, bins, va)["low"]


def value_area_position(
    *, va: float = AREA, W: str = "session", tick: Tick = "auto", bins: int = BINS
) -> Expr:
    r"""Where the last trade is in the value area, from 0 at its lower edge to 1 at its upper one.

    .. math:: (p_t - \text{VAL}) / (\text{VAH} - \text{VAL})
    """
    area = profile(W, tick, bins, va)
    return (PRICE - area["low"]) / (area["high"] - area["low"])


def trades_true_range(bar: Duration, atr: int) -> Expr:
    """Wilder's average true range of bars made of the trades."""
    clock = TimeBars(bar, TRADE)
    made = Ohlcv(PRICE, SIZE, reset=clock)
    high, low, close = (AsOf(made[name], on=clock) for name in ("high", "low", "close"))
    return Wilder(TrueRange(high, low, close), window=atr)


def poc_migration(
    *,
    W: str = "session",
    tick: Tick = "auto",
    bins: int = BINS,
    bar: Duration = MINUTE,
    atr: int = 14,
) -> Expr:
    r"""Point of control against that of the session before, in average true ranges.

    .. math:: (\text{POC}_t - \text{POC}_\text{previous session}) / \text{ATR}_t

    Notes
    -----
    The row does not say which ATR; it is Wilder's over `atr` bars of `bar`, made of the same trades.
    """
    found = profile(W, tick, bins)
    return AsOf(found["poc"] - found["previous"]) / AsOf(trades_true_range(bar, atr))


def nodes(prom: float, W: str, tick: Tick, bins: int, smooth: int) -> Operator:
    """The nearest extremes of the smoothed profile."""
    if smooth % 2 == 0:
        raise DefinitionError(f"Volume profile: smooth must be odd, got {smooth}")
    return ProfileNodes(
        PRICE,
        SIZE,
        tick=width(tick),
        bins=bins,
        half=smooth // 2,
        prominence=prom,
        reset=session_clock(W),
    )


def high_volume_node_distance(
    *,
    prom: float = 0.1,
    W: str = "session",
    tick: Tick = "auto",
    bins: int = BINS,
    smooth: int = 5,
) -> Expr:
    r"""Last trade's price less that of the nearest peak of the smoothed profile.

    .. math:: p_t - \operatorname{arg\,min}_b \{ |b - b_t| : u_b \text{ peaks by } \text{prom} \max u \text{ or more} \}

    Notes
    -----
    u is the volume of `smooth` bins around each. A peak counts if its prominence is at least the share `prom` of the
    highest. Of two as near, the lower. The price is positive above the peak.
    """
    return PRICE - nodes(prom, W, tick, bins, smooth)["high"]


def low_volume_node_distance(
    *,
    prom: float = 0.1,
    W: str = "session",
    tick: Tick = "auto",
    bins: int = BINS,
    smooth: int = 5,
) -> Expr:
    r"""Last trade's price less that of the nearest valley of the smoothed profile.

    .. math:: p_t - \operatorname{arg\,min}_b \{ |b - b_t| : u_b \text{ dips by } \text{prom} \max u \text{ or more} \}

    Notes
    -----
    As `high_volume_node_distance`, with valleys between the ends of the profile.
    """
    return PRICE - nodes(prom, W, tick, bins, smooth)["low"]


def volume_at_price_share(*, W: str = "session", tick: Tick = "auto", bins: int = BINS) -> Expr:
    r"""Share of the session's volume that traded in the last price's bin, :math:`v_{b_t} / \sum_b v_b`.

    Notes
    -----
    This is what the requirements call ``volume_profile`` without saying what it is.
    """
    return profile(W, tick, bins)["here"]


def volume_above_price_share(*, W: str = "session", tick: Tick = "auto", bins: int = BINS) -> Expr:
    r"""Share of the session's volume that traded in bins above the last price's.

    .. math:: \sum_{b > b_t} v_b \Big/ \sum_b v_b
    """
    return profile(W, tick, bins)["above"]


def volume_profile_entropy(*, W: str = "session", tick: Tick = "auto", bins: int = BINS) -> Expr:
    r"""Entropy of volume over the bins in use, as a share of its maximum.

    .. math:: -\frac{1}{\ln K} \sum_b q_b \ln q_b, \quad q_b = v_b \Big/ \sum v

    Notes
    -----
    K is the number of bins that hold a trade; with one bin it is 0.
    """
    return profile(W, tick, bins)["entropy"]


def delta_at_poc(*, W: str = "session", tick: Tick = "auto", bins: int = BINS) -> Expr:
    r"""Bought less sold volume in the point of control's bin, per volume whose aggressor is known.

    .. math:: \frac{\sum_{i : b_i = \text{POC}} e_i v_i}{\sum_{i : b_i = \text{POC}} |e_i| v_i}

    Notes
    -----
    NaN where no aggressor there is known: no knowledge is not balance.
    """
    return profile(W, tick, bins)["delta"]


def moments(W: str) -> Operator:
    """Moments of price weighted by size, of a session."""
    return WeightedMomentsSince(PRICE, SIZE, reset=session_clock(W))


def volume_profile_skew(*, W: str = "session") -> Expr:
    r"""Skewness of the session's trade prices weighted by size.

    .. math:: m_3 / m_2^{3/2}, \quad m_k = \sum_i v_i (p_i - \bar p)^k \Big/ \sum_i v_i

    Notes
    -----
    Of the trades' own prices, not of bins. NaN while all have one price.
    """
    return moments(W)["skew"]


def volume_profile_kurtosis(*, W: str = "session") -> Expr:
    r"""Excess kurtosis of the session's trade prices weighted by size.

    .. math:: m_4 / m_2^2 - 3, \quad m_k = \sum_i v_i (p_i - \bar p)^k \Big/ \sum_i v_i

    Notes
    -----
    Of the trades' own prices, not of bins. NaN while all have one price.
    """
    return moments(W)["kurtosis"]


def naked_poc_distance(
    *, sessions: int = 20, W: str = "session", tick: Tick = "auto", bins: int = BINS
) -> Expr:
    r"""Last trade's price less the nearest point of control of earlier sessions that was not traded at since.

    .. math:: p_t - \operatorname{arg\,min}_c \{ |p_t - c| : c \text{ a naked point of control} \}

    Notes
    -----
    Of the last `sessions` sessions with trades. A price within its bin trades at it, a jump over it does not; of two
    as near, the lower. NaN while there is none.
    """
    level = NakedLevels(
        PRICE, SIZE, tick=width(tick), bins=bins, sessions=sessions, reset=session_clock(W)
    )
    return PRICE - level
