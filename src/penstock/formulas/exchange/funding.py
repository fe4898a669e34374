"""Funding of perpetual futures: what was settled, what is to come."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration
from penstock.expr import Expr, IndexPrice, columns, funding
from penstock.formulas.columns import LEVELS
from penstock.formulas.guards import known, positive
from penstock.formulas.spans import MINUTE
from penstock.ops.asof import AsOf
from penstock.ops.book.impact_prices import ImpactPrices
from penstock.ops.elementwise.clip import Clip
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.modulo import Modulo
from penstock.ops.elementwise.round_half_even import RoundHalfEven
from penstock.ops.elementwise.where import Where
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.session.cumulative_sum import CumulativeSum
from penstock.ops.time.local_time import LocalTime
from penstock.ops.window.window_sum import WindowSum
from penstock.streams import Every

WEEK, EIGHT_HOURS = duration("7d"), duration("8h")
HOUR = 3.6e12  # ns
YEAR = 365.0 * 24.0  # hours
INDEX = columns(IndexPrice).price
Weights = Literal["linear", "equal"]


def funding_rate() -> Expr:
    r"""The last rate that was settled, for its interval, :math:`f_{\max \{ s : \tau_s \le \tau_t \}}`.

    Notes
    -----
    Valid from the settlement on.
    """
    return AsOf(funding.rate)


def funding_annualized(*, interval_h: float = 8.0) -> Expr:
    r"""The last settled rate for a year, :math:`f \cdot \frac{24}{h} \cdot 365`, not compounded.

    Notes
    -----
    `h` is the interval that the event names, and `interval_h` where it names none.
    """
    if not interval_h > 0.0:
        raise DefinitionError(f"funding_annualized: interval_h must be positive, got {interval_h}")
    hours = Where(Greater(funding.interval, 0.0), funding.interval / HOUR, interval_h)
    return AsOf(funding.rate * (YEAR / hours))


def cumulative_funding(*, W: Duration = WEEK) -> Expr:
    r"""Sum of the rates that were settled in the last `W`, :math:`\sum_W f_i`."""
    return WindowSum(funding.rate, width=W)


def funding_zscore(*, n: int = 90) -> Expr:
    r"""The last settled rate in deviations from the mean of the last `n`, itself one of them.

    .. math:: (f_t - \bar f_n) / s_n

    Notes
    -----
    Sample deviation; NaN where all `n` are equal, to a billionth of a millionth: rates are decimals, and those that are
    equal on paper may differ in the last bits.
    """
    rate = RoundHalfEven(funding.rate * 1e15)
    moments = RollingMoments(rate, window=n)
    return AsOf((rate - moments["mean"]) / positive(moments["std"]))


def seconds_to_funding(*, interval_h: int = 8) -> Expr:
    r"""Seconds to the next settlement, :math:`h - (\tau \bmod h)`: a whole interval at a settlement itself.

    Notes
    -----
    Settlements are every `interval_h` hours from 00:00 UTC.
    """
    if interval_h < 1 or 24 % interval_h:
        raise DefinitionError(f"seconds_to_funding: interval_h must divide 24, got {interval_h}")
    span = interval_h * 3_600.0
    return span - Modulo(LocalTime()["second_of_day"], span)


def premium_index(*, notional: float = 20_000.0) -> Expr:
    r"""How far a perpetual's impact prices are outside its index.

    .. math:: (\max(0, P^b(N) - I) - \max(0, I - P^a(N))) / I

    Notes
    -----
    An impact price is the mean at which `notional` is sold or bought by walking the book; NaN where it is too thin.
    """
    impact = ImpactPrices(LEVELS, notional=notional)
    index = positive(AsOf(INDEX))
    above = Maximum(AsOf(impact["bid"]) - index, 0.0)
    return (above - Maximum(index - AsOf(impact["ask"]), 0.0)) / index


def predicted_funding_rate(
    *,
    I: float = 0.0001,  # noqa: E741  (the venues' letter)
    clamp: float = 0.0005,
    interval: Duration = EIGHT_HOURS,
    notional: float = 20_000.0,
    weights: Weights = "linear",
) -> Expr:
    r"""The rate that would be settled if the interval ended now, by the venues' formula.

    .. math:: \bar P + \operatorname{clip}(I - \bar P, -c, c), \quad \bar P = \sum_n w_n P_n \Big/ \sum_n w_n

    Notes
    -----
    :math:`P_n` is `premium_index` at the n-th minute of the interval so far, and :math:`w_n = n` with ``linear``
    weights, as Binance has it, else 1. Minutes whose premium is unknown are left out. An estimate: a venue samples at
    other moments and has its own index.
    """
    if not clamp >= 0.0:
        raise DefinitionError(f"predicted_funding_rate: clamp must be 0 or more, got {clamp}")
    minutes, reset = Every(MINUTE), Every(interval)
    impact = ImpactPrices(LEVELS, notional=notional)
    bid, ask, index = (AsOf(x, on=minutes) for x in (impact["bid"], impact["ask"], INDEX))
    above = Maximum(bid - positive(index), 0.0) - Maximum(positive(index) - ask, 0.0)
    premium = above / positive(index)
    there = known(premium)
    place = CumulativeSum(there * 0.0 + 1.0, reset=reset)
    weight = there * (place if weights == "linear" else 1.0)
    mean = CumulativeSum(premium * weight, reset=reset) / positive(
        CumulativeSum(weight, reset=reset)
    )
    return AsOf(mean + Clip(I - mean, low=-clamp, high=clamp))
