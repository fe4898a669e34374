"""How likely the level of the last touch was to break, and how far the price may go from there."""

from typing import Literal

from penstock.core.time import Duration, duration_text
from penstock.expr import Expr
from penstock.formulas.levels.last_touch import Ratio, numbers, own
from penstock.formulas.spans import THREE_SECONDS, TWO_SECONDS


def liquidity_score(
    *,
    vacuum: float = 100.0,
    weak: float = 75.0,
    consumed: float = 60.0,
    consumed_mild: float = 50.0,
    neutral: float = 50.0,
    wall: float = 0.0,
    absorption: float = 0.0,
    cell: int = 0,
    ratio: Ratio = "dynamic",
) -> Expr:
    r"""Points of the barrier's state: how weak the level's defence is.

    .. math:: S_L = points(s)

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. NaN where
    the barrier is not known. `consumed_mild` is of no account: it asks for a smaller loss than the state consumed does.
    """
    return own(
        "liquidity_score",
        cell,
        ratio,
        liquidity_points=(neutral, vacuum, consumed, absorption, wall, weak),
    )


def hedge_score(
    *,
    amplify: float = 100.0,
    neutral: float = 50.0,
    dampen: float = 0.0,
    cell: int = 0,
    ratio: Ratio = "dynamic",
) -> Expr:
    r"""Points of what hedging does to a move.

    .. math:: S_H = points(\text{effect})

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. NaN before an option has traded.
    """
    return own("hedge_score", cell, ratio, hedge_points=(amplify, neutral, dampen))


def tape_score(
    *,
    v_ref: float = 0.05,
    mode: Literal["symmetric", "plan_v1"] = "symmetric",
    cell: int = 0,
    ratio: Ratio = "dynamic",
) -> Expr:
    r"""Points of the tape: how fast and how one-sided it runs into the level.

    .. math:: S_T = 50 + 25 \operatorname{clip}(d v / v_{ref}, -1, 1) + 25 d I

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. 100 with a sweep towards the break, 0
    with one against it. `plan_v1` gives 25 each for speed and imbalance towards the break.
    """
    return own("tape_score", cell, ratio, slope_scale=v_ref, tape_mode=mode)


def break_score_raw(
    *, w: tuple[float, ...] = (0.45, 0.35, 0.2), cell: int = 0, ratio: Ratio = "dynamic"
) -> Expr:
    r"""How likely the level is to break, from 0 to 100.

    .. math:: \frac{w_L S_L + w_H S_H + w_T S_T}{\sum_{\text{known}} w}

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. A part that is not known is left out,
    and the weights of the others share.
    """
    return own("break_score_raw", cell, ratio, weights=numbers("w", w, 3))


def break_score_smooth(
    *, tau: Duration = TWO_SECONDS, cell: int = 0, ratio: Ratio = "dynamic"
) -> Expr:
    r"""The score smoothed while the price is near the level.

    .. math:: x \mathrel{+}= (1 - e^{-\Delta t / \tau}) (raw - x)

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. At touches and four times a second; it
    starts anew a minute after the price has left.
    """
    return own("break_score_smooth", cell, ratio, score_tau=duration_text(tau))


def signal(
    *,
    hi: float = 80.0,
    lo: float = 20.0,
    rel_hi: float = 70.0,
    rel_lo: float = 30.0,
    hold: Duration = THREE_SECONDS,
    cell: int = 0,
    ratio: Ratio = "dynamic",
) -> Expr:
    r"""What the smooth score says, with hold and release.

    .. math:: \sigma \in \{\text{neutral, break, reject, contested}\}

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. Codes 0 neutral, 1 break (above `hi`
    for `hold`, until below `rel_hi`), 2 reject (below `lo` for `hold`, until above `rel_lo`), 3 contested.
    """
    return own(
        "signal",
        cell,
        ratio,
        score_high=hi,
        score_low=lo,
        release_high=rel_hi,
        release_low=rel_lo,
        hold=duration_text(hold),
    )


def confidence(
    *,
    n_barrier: float = 500.0,
    n_tape: float = 500.0,
    n_fuel: float = 1000.0,
    cuts: tuple[float, ...] = (0.7, 0.4),
    cell: int = 0,
    ratio: Ratio = "dynamic",
) -> Expr:
    r"""How much there was to judge by: 2 much, 1 some, 0 little.

    .. math::
        \tfrac{1}{3} \Big( \min(1, \tfrac{A + C + F}{n_b}) + \min(1, \tfrac{B + S}{n_t}) + \min(1, \tfrac{V}{n_f}) \Big)

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. 0 where a part of the score is not
    known.
    """
    return own(
        "confidence",
        cell,
        ratio,
        busy_barrier=n_barrier,
        busy_tape=n_tape,
        busy_fuel=n_fuel,
        confidence_cuts=numbers("cuts", cuts, 2),
    )


def runway_direction(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Where the price is expected to go: 1 up, -1 down.

    .. math:: d \text{ or } -d

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. The way of the touch where the signal
    is a break, or the smooth score is at least 50 without a signal; else the other way.
    """
    return own("runway_direction", cell, ratio)


def runway_next_level_price(
    *,
    strong: Literal["walls_sessions_sma_vwap"] = "walls_sessions_sma_vwap",
    min_sep: float = 0.1,
    cell: int = 0,
    ratio: Ratio = "dynamic",
) -> Expr:
    r"""The next strong level in that direction.

    .. math:: \operatorname{arg\,min}_{L' : d (L' - L) > min\_sep} |L' - L|

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. Strong are all kinds but strikes and
    round numbers. NaN without one.
    """
    return own("runway_next_level_price", cell, ratio, least_separation=min_sep)


def runway_distance(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Distance of the level and the next strong one.

    .. math:: |L' - L|

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("runway_distance", cell, ratio)


def runway_quality(
    *, min_runway: float = 1.0, weak_share: float = 0.5, cell: int = 0, ratio: Ratio = "dynamic"
) -> Expr:
    r"""1 where the way to the next strong level is obstructed, 0 where it is clear.

    .. math:: [|L' - L| < min\_runway \text{ or a heavy strike lies between}]

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. A strike is heavy with `weak_share` of
    the most gamma that one holds. 0 without a strong level ahead.
    """
    return own("runway_quality", cell, ratio, least_runway=min_runway, weak_share=weak_share)
