"""The level of each kind, as it stands at the view's tick: NaN where there is none."""

from typing import Literal

from penstock.core.time import Duration, duration_text
from penstock.expr import Expr
from penstock.formulas.levels.last_touch import Ratio, value_of
from penstock.formulas.spans import FIVE_MINUTES, TWO_MINUTES

Hours = Literal["eth", "rth"]
Walls = Literal["flow_abs", "dealer_signed", "oi"]
Positions = Literal["flow", "oi"]


def level_pm_high(*, start: str = "04:00", end: str = "09:30", ratio: Ratio = "dynamic") -> Expr:
    r"""The highest price before the market opens, once it is open.

    .. math:: L_t = \max \{p_i : start \le \text{time of day}_i < end\}

    Notes
    -----
    Times of day are the exchange's. NaN while the market is closed. `ratio`: points of the future for a dollar of
    the underlying, by the quotes of both or a fixed number.
    """
    return value_of("level_pm_high", ratio, premarket=(start, end))


def level_pm_low(*, start: str = "04:00", end: str = "09:30", ratio: Ratio = "dynamic") -> Expr:
    r"""The lowest price before the market opens, once it is open.

    .. math:: L_t = \min \{p_i : start \le \text{time of day}_i < end\}

    Notes
    -----
    Times of day are the exchange's. NaN while the market is closed. `ratio`: points of the future for a dollar of
    the underlying, by the quotes of both or a fixed number.
    """
    return value_of("level_pm_low", ratio, premarket=(start, end))


def level_or_high(*, minutes: int = 15, ratio: Ratio = "dynamic") -> Expr:
    r"""The highest price of the opening range, once it has ended.

    .. math:: L_t = \max \{p_i : 0 \le i - open < minutes\}

    Notes
    -----
    NaN while the range lasts and while the market is closed. `ratio`: points of the future for a dollar of the
    underlying, by the quotes of both or a fixed number.
    """
    return value_of("level_or_high", ratio, or_minutes=minutes)


def level_or_low(*, minutes: int = 15, ratio: Ratio = "dynamic") -> Expr:
    r"""The lowest price of the opening range, once it has ended.

    .. math:: L_t = \min \{p_i : 0 \le i - open < minutes\}

    Notes
    -----
    NaN while the range lasts and while the market is closed. `ratio`: points of the future for a dollar of the
    underlying, by the quotes of both or a fixed number.
    """
    return value_of("level_or_low", ratio, or_minutes=minutes)


def level_session_high(
    *, session: Literal["rth"] = "rth", min_age: Duration = FIVE_MINUTES, ratio: Ratio = "dynamic"
) -> Expr:
    r"""The highest price of the session's minutes before this one, once it has stood for a while.

    .. math:: L_t = \max \{high_j : j < \text{minute of } t\}

    Notes
    -----
    NaN while it is younger than `min_age`, and while the market is closed. `ratio`: points of the future for a
    dollar of the underlying, by the quotes of both or a fixed number.
    """
    return value_of("level_session_high", ratio, session_age=duration_text(min_age))


def level_session_low(
    *, session: Literal["rth"] = "rth", min_age: Duration = FIVE_MINUTES, ratio: Ratio = "dynamic"
) -> Expr:
    r"""The lowest price of the session's minutes before this one, once it has stood for a while.

    .. math:: L_t = \min \{low_j : j < \text{minute of } t\}

    Notes
    -----
    NaN while it is younger than `min_age`, and while the market is closed. `ratio`: points of the future for a
    dollar of the underlying, by the quotes of both or a fixed number.
    """
    return value_of("level_session_low", ratio, session_age=duration_text(min_age))


def level_sma_200(
    *, n: int = 200, tf: Duration = TWO_MINUTES, sessions: Hours = "eth", ratio: Ratio = "dynamic"
) -> Expr:
    r"""The mean of the last 200 closes of two minutes, over days.

    .. math:: L_t = \frac{1}{n} \sum_{j=1}^{n} c_j

    Notes
    -----
    Of bars that have ended, in extended hours (`eth`) or in the session's (`rth`), of days that have a session: a
    holiday on which only futures trade counts no more than a Sunday evening. NaN before there are `n`, and while the
    market is closed. `ratio`: points of the future for a dollar of the underlying, by the quotes of both
    or a fixed number.
    """
    sma = (n, 400)
    return value_of(
        "level_sma_200", ratio, sma=sma, sma_bar=duration_text(tf), sma_sessions=sessions
    )


def level_sma_400(
    *, n: int = 400, tf: Duration = TWO_MINUTES, sessions: Hours = "eth", ratio: Ratio = "dynamic"
) -> Expr:
    r"""The mean of the last 400 closes of two minutes, over days.

    .. math:: L_t = \frac{1}{n} \sum_{j=1}^{n} c_j

    Notes
    -----
    Of bars that have ended, in extended hours (`eth`) or in the session's (`rth`), of days that have a session: a
    holiday on which only futures trade counts no more than a Sunday evening. NaN before there are `n`, and while the
    market is closed. `ratio`: points of the future for a dollar of the underlying, by the quotes of both
    or a fixed number.
    """
    sma = (200, n)
    return value_of(
        "level_sma_400", ratio, sma=sma, sma_bar=duration_text(tf), sma_sessions=sessions
    )


def level_vwap(*, start: Literal["open"] = "open", ratio: Ratio = "dynamic") -> Expr:
    r"""The session's volume-weighted mean price so far.

    .. math:: L_t = \frac{\sum p_i v_i}{\sum v_i}

    Notes
    -----
    Over trades since the market opened. NaN while it is closed. `ratio`: points of the future for a dollar of the
    underlying, by the quotes of both or a fixed number.
    """
    return value_of("level_vwap", ratio)


def level_strike(
    *, min_volume: float = 100.0, range: float = 5.0, ratio: Ratio = "dynamic"
) -> Expr:
    r"""The strike nearest to the price of those whose options of the day have traded enough.

    .. math:: L_t = \operatorname{arg\,min}_{K : V_K \ge min\_volume} |K - S_t|

    Notes
    -----
    Both strikes at one distance: the higher. NaN where none is within `range`. The set of all is in the pipeline's
    level universe. `ratio`: points of the future for a dollar of the underlying, by the quotes of both or a fixed
    number.
    """
    return value_of("level_strike", ratio, strike_volume=min_volume, strike_range=range)


def level_call_wall(
    *,
    mode: Walls = "flow_abs",
    W: Literal["session"] = "session",
    hyst: float = 0.1,
    ratio: Ratio = "dynamic",
) -> Expr:
    r"""The strike at or above the price at which the calls of the day hold most gamma.

    .. math:: L_t = \operatorname{arg\,max}_{K \ge S_t} G_{call}(K), \quad G = 100 \sum v_i \Gamma_i

    Notes
    -----
    By what was traded in the session (`flow_abs`), by the signs of dealers' positions (`dealer_signed`), or by what is
    open in the options of the day, valued anew at each trade (`oi`). Another strike takes over once it holds `hyst`
    more. A model: Black and Scholes of European options, and dealers opposite every trade. `ratio`: points of the
    future for a dollar of the underlying, by the quotes of both or a fixed number.
    """
    return value_of("level_call_wall", ratio, wall_mode=mode, wall_hysteresis=hyst)


def level_put_wall(
    *,
    mode: Walls = "flow_abs",
    W: Literal["session"] = "session",
    hyst: float = 0.1,
    ratio: Ratio = "dynamic",
) -> Expr:
    r"""The strike at or below the price at which the puts of the day hold most gamma.

    .. math:: L_t = \operatorname{arg\,max}_{K \le S_t} G_{put}(K), \quad G = 100 \sum v_i \Gamma_i

    Notes
    -----
    By what was traded in the session (`flow_abs`), by the signs of dealers' positions (`dealer_signed`), or by what is
    open in the options of the day, valued anew at each trade (`oi`). Another strike takes over once it holds `hyst`
    more. A model: Black and Scholes of European options, and dealers opposite every trade. `ratio`: points of the
    future for a dollar of the underlying, by the quotes of both or a fixed number.
    """
    return value_of("level_put_wall", ratio, wall_mode=mode, wall_hysteresis=hyst)


def level_gamma_flip(
    *,
    grid: float = 0.25,
    span: float = 0.05,
    positions: Positions = "flow",
    ratio: Ratio = "dynamic",
) -> Expr:
    r"""The price nearest to the present one at which the gamma of dealers' positions would be 0.

    .. math:: \sum_K n_K \Gamma(L_t, K) \, 100 L_t^2 \, 0.01 = 0

    Notes
    -----
    Gamma is valued anew at each price of a grid, within the share `span` of the price, once a minute. NaN where it
    does not change its sign. A model: dealers stand opposite every trade of the session (`flow`), or hold the calls
    that are open and are short of the puts (`oi`). `ratio`: points of the future for a dollar of the underlying, by
    the quotes of both or a fixed number.
    """
    return value_of("level_gamma_flip", ratio, flip_grid=grid, flip_span=span, flip_from=positions)


def level_round(*, step: float = 1.0, range: float = 5.0, ratio: Ratio = "dynamic") -> Expr:
    r"""The round number nearest to the price.

    .. math:: L_t = step \cdot \operatorname{round}(S_t / step)

    Notes
    -----
    NaN where it is further than `range`, and while the market is closed. `ratio`: points of the future for a dollar
    of the underlying, by the quotes of both or a fixed number.
    """
    return value_of("level_round", ratio, round_step=step, round_range=range)
