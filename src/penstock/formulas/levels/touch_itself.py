"""Which level the last touch was of, where the price stood and how it came there."""

from typing import Literal

from penstock.core.time import Duration, duration_text
from penstock.expr import Expr
from penstock.formulas.levels.last_touch import Ratio, moment, own
from penstock.formulas.spans import TEN_MINUTES


def level_price(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""The price of the level that was touched.

    .. math:: L

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. In dollars of the underlying.
    """
    return own("level_price", cell, ratio)


def level_kind(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""The kind of the level that was touched.

    .. math:: k = \min \{\text{priority of kinds at } L\}

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. A code by priority: 0 call wall, 1 put
    wall, 2 gamma flip, 3 and 4 premarket high and low, 5 and 6 opening range, 7 and 8 session, 9 vwap, 10 and 11
    the means of 400 and 200 bars, 12 strike, 13 round number.
    """
    return own("level_kind", cell, ratio)


def direction(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""1 where the price came from below, -1 where it came from above.

    .. math:: d = \operatorname{sgn}(L - S_{\text{outside}})

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. By the last price outside the band
    before the touch.
    """
    return own("direction", cell, ratio)


def distance(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Distance of the price and the level.

    .. math:: |S_t - L|

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("distance", cell, ratio)


def spot(*, ratio: Ratio = "dynamic") -> Expr:
    r"""The price of the underlying, from the last trade of the future.

    .. math:: S_t = p_t / \rho_t

    Notes
    -----
    Of the last touch. `ratio` is points of the future for a dollar.
    """
    return moment("spot", ratio)


def is_first_15m(*, ratio: Ratio = "dynamic") -> Expr:
    r"""Whether the touch fell in the first quarter of an hour.

    .. math:: [0 \le t - open < 15 \text{ min}]

    Notes
    -----
    Of the last touch.
    """
    return moment("is_first_15m", ratio)


def is_opening_range(*, or_minutes: int = 15, ratio: Ratio = "dynamic") -> Expr:
    r"""Whether the touch fell in the opening range.

    .. math:: [0 \le t - open < or\_minutes]

    Notes
    -----
    Of the last touch.
    """
    return moment("is_opening_range", ratio, or_minutes=or_minutes)


def dist_to_sma_200(*, ratio: Ratio = "dynamic") -> Expr:
    r"""The price less the mean of 200 closes of two minutes.

    .. math:: S_t - L_{200}

    Notes
    -----
    Of the last touch.
    """
    return moment("dist_to_sma_200", ratio)


def dist_to_sma_400(*, ratio: Ratio = "dynamic") -> Expr:
    r"""The price less the mean of 400 closes of two minutes.

    .. math:: S_t - L_{400}

    Notes
    -----
    Of the last touch.
    """
    return moment("dist_to_sma_400", ratio)


def dist_to_vwap(*, ratio: Ratio = "dynamic") -> Expr:
    r"""The price less the session's volume-weighted mean price.

    .. math:: S_t - L_{vwap}

    Notes
    -----
    Of the last touch.
    """
    return moment("dist_to_vwap", ratio)


def session_position(*, session: Literal["rth"] = "rth", ratio: Ratio = "dynamic") -> Expr:
    r"""Place of the price in the session's range so far.

    .. math:: \frac{S_t - \min S}{\max S - \min S}

    Notes
    -----
    Of the last touch. The touch included; 0.5 where the range is a point.
    """
    return moment("session_position", ratio)


def level_confluence_count(*, tol: float = 0.1, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""How many kinds of levels stand near the level.

    .. math:: |\{kind(L') : |L' - L| \le tol\}|

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("level_confluence_count", cell, ratio, confluence_tol=tol)


def approach_velocity(
    *, lookback: Duration = TEN_MINUTES, cell: int = 0, ratio: Ratio = "dynamic"
) -> Expr:
    r"""How fast the closes of minutes came towards the level, a minute.

    .. math:: d \frac{c_t - c_{t-n}}{n}

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("approach_velocity", cell, ratio, approach_lookback=duration_text(lookback))


def approach_bars(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Minutes in a row whose closes came towards the level.

    .. math:: \max \{j : d (c_{t-i} - c_{t-i-1}) > 0 \; \forall i < j\}

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("approach_bars", cell, ratio)


def prior_touch_count(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Earlier touches of the level in the session.

    .. math:: |\{\text{episodes of the level before, in the session}\}|

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("prior_touch_count", cell, ratio)


def time_since_last_touch(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""How long ago the touch of the level before this one ended.

    .. math:: t - t_{\text{end of the episode before}}

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. From the last price within the band.
    NaN for the first one.
    """
    return own("time_since_last_touch", cell, ratio)
