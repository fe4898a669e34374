"""Pivots of the last completed session, and how far the close is from them."""

from typing import Literal

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, HIGH, LOW, OPEN, VOLUME
from penstock.formulas.guards import positive
from penstock.formulas.ranges import average_true_range
from penstock.formulas.sessions import bar_session
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.where import Where
from penstock.ops.session.completed import Completed
from penstock.ops.session.first_since import FirstSince
from penstock.ops.session.ohlcv import Ohlcv

PivotLevel = Literal["P", "R1", "S1", "R2", "S2"]
Camarilla = Literal["R1", "R2", "R3", "R4", "S1", "S2", "S3", "S4"]
Demark = Literal["P", "R1", "S1"]
Fibonacci = Literal["P", "R1", "R2", "R3", "S1", "S2", "S3"]
Base = Literal["open", "close"]

CAMARILLA = {"1": 12.0, "2": 6.0, "3": 4.0, "4": 2.0}
FIBONACCI = {"1": 0.382, "2": 0.618, "3": 1.0}


def last_session(session: str) -> tuple[Expr, Expr, Expr]:
    """High, low and close of the last completed session."""
    reset = bar_session(session)
    return (
        Completed(Ohlcv(HIGH, VOLUME, reset=reset)["high"], reset=reset),
        Completed(Ohlcv(LOW, VOLUME, reset=reset)["low"], reset=reset),
        Completed(CLOSE, reset=reset),
    )


def distance(level: Expr, atr: int) -> Expr:
    """The close against a level, in average true ranges."""
    return (CLOSE - level) / average_true_range(w=atr)


def floor_levels(pivot: Expr, high: Expr, low: Expr) -> dict[str, Expr]:
    """Support and resistance around a pivot, from the range of a session."""
    return {
        "P": pivot,
        "R1": pivot * 2.0 - low,
        "S1": pivot * 2.0 - high,
        "R2": pivot + (high - low),
        "S2": pivot - (high - low),
    }


def classic_pivot(high: Expr, low: Expr, close: Expr) -> Expr:
    """The mean of high, low and close."""
    return (high + low + close) / 3.0


def pivot_point_classic(*, level: PivotLevel = "P", session: str = "1d", atr: int = 14) -> Expr:
    r"""Close against a pivot of the last completed session, in average true ranges.

    .. math:: (c_t - \text{level}) / \text{ATR}_t, \quad P = (H + L + C) / 3

    Notes
    -----
    R1 = 2P - L, S1 = 2P - H, R2 = P + (H - L), S2 = P - (H - L), all of the session before the current one. The row
    does not say which ATR; Wilder's over 14 bars is the default.
    """
    high, low, close = last_session(session)
    return distance(floor_levels(classic_pivot(high, low, close), high, low)[level], atr)


def pivot_point_woodie(
    *, level: PivotLevel = "P", base: Base = "open", session: str = "1d", atr: int = 14
) -> Expr:
    r"""Close against Woodie's pivot, which leans on this session's open, in average true ranges.

    .. math:: (c_t - \text{level}) / \text{ATR}_t, \quad P = (H + L + 2 O) / 4

    Notes
    -----
    R1 = 2P - L, S1 = 2P - H, R2 = P + (H - L), S2 = P - (H - L). H and L are of the last completed session, O is the
    open of this one. Some sources take the last close twice in its place: ``base="close"``.
    """
    high, low, close = last_session(session)
    twice = close if base == "close" else FirstSince(OPEN, reset=bar_session(session))
    return distance(floor_levels((high + low + twice * 2.0) / 4.0, high, low)[level], atr)


def pivot_point_camarilla(*, level: Camarilla = "R3", session: str = "1d", atr: int = 14) -> Expr:
    r"""Close against a Camarilla level of the last completed session, in average true ranges.

    .. math:: (c_t - \text{level}) / \text{ATR}_t, \quad R_i = C + 1.1 (H - L) / d_i, \quad d = (12, 6, 4, 2)

    Notes
    -----
    Supports are the mirror, :math:`S_i = C - 1.1 (H - L) / d_i`.
    """
    high, low, close = last_session(session)
    side = 1.1 if level[0] == "R" else -1.1
    return distance(close + (high - low) * (side / CAMARILLA[level[1]]), atr)


def pivot_point_demark(*, level: Demark = "R1", session: str = "1d", atr: int = 14) -> Expr:
    r"""Close against DeMark's projection from the last completed session, in average true ranges.

    .. math::
        \frac{c_t - \text{level}}{\text{ATR}_t}, \quad X = \begin{cases} H + 2L + C & C < O \\ 2H + L + C & C > O \\
        H + L + 2C & C = O \end{cases}, \quad R_1 = \frac{X}{2} - L, \quad S_1 = \frac{X}{2} - H

    Notes
    -----
    ``P`` is X / 4. O is the open of that session.
    """
    high, low, close = last_session(session)
    reset = bar_session(session)
    first = Completed(FirstSince(OPEN, reset=reset), reset=reset)
    extra = Where(Greater(first, close), low, Where(Greater(close, first), high, close))
    total = high + low + close + extra
    levels = {"P": total / 4.0, "R1": total / 2.0 - low, "S1": total / 2.0 - high}
    return distance(levels[level], atr)


def pivot_point_fibonacci(*, level: Fibonacci = "R1", session: str = "1d", atr: int = 14) -> Expr:
    r"""Close against a pivot moved by a Fibonacci share of the last session's range, in average true ranges.

    .. math:: (c_t - \text{level}) / \text{ATR}_t, \quad R_i = P + f_i (H - L), \quad f = (0.382, 0.618, 1)

    Notes
    -----
    P is the classic pivot; supports are the mirror, :math:`S_i = P - f_i (H - L)`.
    """
    high, low, close = last_session(session)
    pivot = classic_pivot(high, low, close)
    if level == "P":
        return distance(pivot, atr)
    share = FIBONACCI[level[1]]
    return distance(pivot + (high - low) * (share if level[0] == "R" else -share), atr)


def central_pivot_range_width(*, session: str = "1d") -> Expr:
    r"""Width of the central pivot range of the last completed session against its pivot.

    .. math:: |TC - BC| / P, \quad BC = (H + L) / 2, \quad TC = 2P - BC

    Notes
    -----
    A pivot that is not positive gives NaN.
    """
    high, low, close = last_session(session)
    pivot = classic_pivot(high, low, close)
    return Abs((pivot - (high + low) / 2.0) * 2.0) / positive(pivot)
