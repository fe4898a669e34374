"""Runs and sweeps of trades, what they take of the book, and what they leave behind."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration
from penstock.expr import TRADE, Expr, Operator
from penstock.formulas.columns import ASK_SIZE, BID_SIZE, PRICE, SIZE
from penstock.formulas.guards import NOTHING, known, positive
from penstock.formulas.order_flow.signs import Rule, direction
from penstock.formulas.order_flow.volumes import begins_order
from penstock.formulas.spans import FIVE_MINUTES, TEN_SECONDS
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.clip import Clip
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.log1p import Log1p
from penstock.ops.elementwise.where import Where
from penstock.ops.flow.run_sum import RunSum
from penstock.ops.flow.sweep import Sweep
from penstock.ops.flow.tick_imbalance import TickImbalance
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_power_law import RollingPowerLaw
from penstock.ops.session.cumulative_sum import CumulativeSum
from penstock.ops.state.value_when import ValueWhen
from penstock.ops.window.window_max import WindowMax
from penstock.ops.window.window_sum import WindowSum

INSTANT = duration("50ms")
FIRST_BAR = 100


def signed_run_volume(*, sign: Rule = "flag") -> Expr:
    r"""Volume of the current run of one sign, with the sign, :math:`\sum_{i \in \text{run}} e_i v_i`; 0 where unknown.

    Notes
    -----
    `sign` is the rule of `signed_volume`.
    """
    side = direction(sign)
    return RunSum(side * SIZE, side)


def tick_imbalance_theta(*, E0: int | Literal["auto"] = "auto", sign: Rule = "flag") -> Expr:
    r"""How far the signs of trades have gone towards the next tick-imbalance bar, which ends at 1.

    .. math:: |\theta_t| \big/ \max(E[T] \, |2 P[b = 1] - 1|, \sqrt{E[T]})

    Notes
    -----
    The first bar has `E0` trades, 100 with ``auto``. Expectations are means over past bars that fade over 20 of them,
    held within bounds: a quarter and four times `E0` trades, and never less than the root of the trades expected.
    """
    start = FIRST_BAR if E0 == "auto" else E0
    return TickImbalance(direction(sign), start=start)


def sweep(dt: Duration, sign: Rule) -> Operator:
    """The current sweep: the levels that it took, and its notional."""
    return Sweep(PRICE, PRICE * SIZE, direction(sign), width=dt)


def reached(dt: Duration, min_levels: int, sign: Rule) -> Expr:
    """1 for a trade of a sweep that has taken enough levels, else 0."""
    if min_levels < 2:
        raise DefinitionError(f"Sweep: min_levels must be at least 2, got {min_levels}")
    return GreaterEqual(sweep(dt, sign)["levels"], float(min_levels))


def sweep_flag(*, dt: Duration = INSTANT, min_levels: int = 2, sign: Rule = "flag") -> Expr:
    r"""Direction of the sweep that a trade is part of, 0 where it is of none.

    .. math:: e_t \, 1\{\#\text{prices taken within } dt \ge \text{min\_levels}\}

    Notes
    -----
    A sweep is successive trades of one side within `dt` of the first of them. A trade is of one from where it has
    taken `min_levels` prices; its first trades cannot know. Seen from trades, as orders are not numbered there.
    """
    return direction(sign) * reached(dt, min_levels, sign)


def sweep_levels(*, dt: Duration = INSTANT, sign: Rule = "flag") -> Expr:
    r"""Number of prices that the current sweep has taken so far, each beyond all before it.

    .. math:: \#\{ \max_{s \le j \le i} e_j p_j : s \le i \le t \}

    Notes
    -----
    A trade by itself has taken one price, one whose sign is unknown none. Sweeps are those of `sweep_flag`.
    """
    return sweep(dt, sign)["levels"]


def sweep_notional_rate(
    *, W: Duration = FIVE_MINUTES, dt: Duration = INSTANT, min_levels: int = 2, sign: Rule = "flag"
) -> Expr:
    r"""Bought less sold value of the sweeps of the last `W` by the value of all trades, from -1 to 1.

    .. math:: \sum_{\text{sweeps}} e_i p_i v_i \Big/ \sum p_i v_i

    Notes
    -----
    All a sweep traded before it was one counts with the trade that made it one. At the edge of the window that may
    be more than all that traded in it: then it is -1 or 1. Sweeps are those of `sweep_flag`.
    """
    swept, value = reached(dt, min_levels, sign), PRICE * SIZE
    was = FillNan(
        Lag(swept, ticks=1), value=0.0
    )  # a sweep begins with one price, so it was this one
    counted = direction(sign) * swept * Where(was, value, sweep(dt, sign)["total"])
    return Clip(WindowSum(counted, width=W) / WindowSum(value, width=W), low=-1.0, high=1.0)


def depth_consumption_ratio(*, W: Duration = TEN_SECONDS, sign: Rule = "flag") -> Expr:
    r"""Largest order of the last `W` against the size at the touch that it met, :math:`\max_j v_j / Q_j`.

    Notes
    -----
    Successive trades of one stamp and side are one order, which grows with each of them. The touch is that of the
    last quote before the order's first trade; orders whose side or touch is unknown do not count, and NaN without any.
    """
    side, begins = direction(sign), begins_order(sign)
    bid, ask = AsOf(BID_SIZE, on=TRADE), AsOf(ASK_SIZE, on=TRADE)
    met = Where(Greater(side, 0.0), ask, Where(Greater(0.0 - side, 0.0), bid, NOTHING))
    taken = RunSum(SIZE, CumulativeSum(begins)) / positive(ValueWhen(begins, met))
    largest = WindowMax(FillNan(taken, value=0.0), width=W)
    return Where(Greater(WindowSum(known(taken), width=W), 0.0), largest, NOTHING)


def propagator_impact(*, N: int = 200, beta: float = 0.2, sign: Rule = "flag") -> Expr:
    r"""Impact that the last `N` trades should still have, if it fades as a power of their number.

    .. math:: \sum_{n=0}^{N-1} e_{t-n} \ln(1 + v_{t-n}) (n + 1)^{-\beta}

    Notes
    -----
    A model, in units of the impact of one trade. Trades whose sign is unknown count as trades without impact.
    """
    return RollingPowerLaw(direction(sign) * Log1p(SIZE), window=N, exponent=beta)
