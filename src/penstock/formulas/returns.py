"""Returns of one series, and of a session."""

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, OPEN
from penstock.formulas.guards import known, positive
from penstock.formulas.sessions import bar_session
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.where import Where
from penstock.ops.lag import Lag
from penstock.ops.session.completed import Completed
from penstock.ops.session.first_since import FirstSince


def log_ratio(x: Expr, y: Expr) -> Expr:
    r"""Natural logarithm of a ratio of prices, :math:`\ln(x / y)`; NaN unless both are positive."""
    return Log(positive(x) / positive(y))


def log_change(x: Expr, *, k: int = 1) -> Expr:
    r"""Log return of any price over `k` ticks, :math:`\ln(x_t / x_{t-k})`."""
    return Log(positive(x) / Lag(positive(x), ticks=k))


def simple_return(*, k: int = 1) -> Expr:
    r"""Simple return of the close over `k` bars, :math:`c_t / c_{t-k} - 1`.

    Notes
    -----
    A price that is not positive has no return: NaN.
    """
    return positive(CLOSE) / Lag(positive(CLOSE), ticks=k) - 1.0


def log_return(*, k: int = 1) -> Expr:
    r"""Log return of the close over `k` bars, :math:`\ln(c_t / c_{t-k})`."""
    return log_change(CLOSE, k=k)


def overnight_return(*, session: str = "1d") -> Expr:
    r"""Log return from the previous session's close to this session's open.

    .. math:: \ln(o_\text{session} / c_\text{previous session})

    Notes
    -----
    A session is a day from 00:00 UTC; ``session="1d+14h30m"`` starts it at another time of the day.
    """
    roll = bar_session(session)
    return log_ratio(FirstSince(OPEN, reset=roll), Completed(CLOSE, reset=roll))


def intraday_return(*, session: str = "1d") -> Expr:
    r"""Log return since the session's open, :math:`\ln(c_t / o_\text{session})`."""
    return log_ratio(CLOSE, FirstSince(OPEN, reset=bar_session(session)))


def open_gap() -> Expr:
    r"""The open against the previous bar's close, :math:`o_t / c_{t-1} - 1`."""
    return positive(OPEN) / Lag(positive(CLOSE), ticks=1) - 1.0


def cumulative_return(*, anchor: str = "session") -> Expr:
    r"""Compounded simple return since the anchor.

    .. math:: \prod_{i \ge \text{anchor}} (1 + R_i) - 1

    Notes
    -----
    The product telescopes to the close over the last close before the anchor. Before the first anchor was
    passed there is none, and the first close stands for it. An anchor is ``session`` (00:00 UTC), ``start``
    (the first bar) or a period such as ``1w``.
    """
    reset = bar_session(anchor)
    before = Completed(CLOSE, reset=reset)
    base = Where(known(before), before, FirstSince(CLOSE, reset=reset))
    return positive(CLOSE) / positive(base) - 1.0
