"""What a gateway runs on: its load, its budget, what providers leave."""

from typing import Literal

from penstock.core.time import Duration, duration
from penstock.events import LlmBudget, LlmCompletion, LlmProbe, LlmQuota, SystemSample
from penstock.expr import VIEW, Constant, Expr
from penstock.expr.columns import columns
from penstock.formulas.guards import NOTHING, known, positive, tick_number
from penstock.formulas.joins import as_of
from penstock.formulas.llm.streams import (
    BUDGET,
    HOUR,
    SAMPLE,
    SLICE,
    arrivals,
    completions,
    ratio,
    selections,
    when,
)
from penstock.ops.asof import AsOf
from penstock.ops.decay.decayed_mean import DecayedMean
from penstock.ops.elementwise.and_ import And
from penstock.ops.elementwise.clip import Clip
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.less_equal import LessEqual
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.elementwise.or_ import Or
from penstock.ops.elementwise.where import Where
from penstock.ops.session.cumulative_sum import CumulativeSum
from penstock.ops.time.local_time import LocalTime
from penstock.ops.time.until import Until
from penstock.ops.window.window_sum import WindowSum
from penstock.ops.window.window_time_mean import WindowTimeMean
from penstock.streams import Stream

Period = Literal["month", "event"]
HALF = duration("30s")
MINUTE = duration("1m")
MISSED = 3  # samples that may be missing before the last one says nothing any more
DAY = 86_400.0
QUOTA, PROBE = columns(LlmQuota), columns(LlmProbe)


def fresh(x: Expr, sample: Duration) -> Expr:
    """The last sample, unless three in a row are missing."""
    return as_of(x, tolerance=MISSED * sample)


def cpu_load(*, sample: Duration = SLICE, halflife: Duration = HALF) -> Expr:
    r"""Utilisation of the processors with fading memory, :math:`\sum w_i u_i / \sum w_i, \; w_i = 2^{-(t - t_i)/h}`.

    Notes
    -----
    NaN where the last three samples are missing.
    """
    return fresh(DecayedMean(SAMPLE.cpu, halflife=halflife, on=Stream(SystemSample)), sample)


def memory_load(*, sample: Duration = SLICE) -> Expr:
    r"""Share of the memory that is used, :math:`m`; NaN where the last three samples are missing."""
    return fresh(SAMPLE.memory, sample)


def queue_depth(*, sample: Duration = SLICE) -> Expr:
    r"""Requests that wait, :math:`q`, as they are: a logarithm is a transform. NaN as ``memory_load``."""
    return fresh(SAMPLE.queue, sample)


def concurrent_requests(*, model: str = "") -> Expr:
    r"""Attempts that have begun and not ended, :math:`\max(0, b_t - e_t)`."""
    begun, done = arrivals(selections(model).request), arrivals(completions(model).status)
    return Maximum(begun - done, Constant(0.0))


def month(tz: str) -> tuple[Expr, Expr]:
    """Seconds of the local month that have gone, and that it has."""
    now = LocalTime(zone=tz)
    gone = (now["day_of_month"] - 1.0) * DAY + now["second_of_day"]
    number = now["month"]
    short = Or(
        Or(Equal(number, 4.0), Equal(number, 6.0)), Or(Equal(number, 9.0), Equal(number, 11.0))
    )
    february = now["days_in_year"] - 337.0
    days = Where(Equal(number, 2.0), february, Where(short, Constant(30.0), Constant(31.0)))
    return gone, days * DAY


def elapsed(period: Period, tz: str) -> tuple[Expr, Expr]:
    """Seconds of the budget's period that have gone, and that it has."""
    if period == "month":
        return month(tz)
    gone = Until(BUDGET.start) * -1.0
    return gone, gone + Until(BUDGET.reset)


def holds(period: Period, tz: str) -> Expr:
    """Whether the last event of the budget is of the period of the row."""
    if period == "event":
        return Greater(Until(BUDGET.reset), 0.0)
    now, then = LocalTime(zone=tz), LocalTime(zone=tz, on=Stream(LlmBudget))
    return And(Equal(now["month"], AsOf(then["month"])), Equal(now["year"], AsOf(then["year"])))


def spent_share(period: Period, tz: str) -> Expr:
    """Share of the budget that is spent: what the event says, and completions since."""
    stream = Stream(LlmCompletion)
    kept = CumulativeSum(completions().cost, reset=Stream(LlmBudget))
    number = tick_number(BUDGET.limit)
    told_in = AsOf(FillNan(AsOf(number, on=stream), value=0.0))
    since = FillNan(when(Equal(told_in, AsOf(number)), AsOf(kept)), value=0.0)
    share = (AsOf(BUDGET.spent) + since) / positive(AsOf(BUDGET.limit))
    return when(holds(period, tz), share, None)


def budget_remaining_ratio(*, period: Period = "month", tz: str = "UTC") -> Expr:
    r"""Share of the budget that is left, :math:`(B - s_t) / B`; below 0 where it is overspent.

    Notes
    -----
    What the last event of the budget says was spent, and the completions since. NaN where that event is not of this
    period: a month of `tz`, or with ``event`` what it says itself.
    """
    return 1.0 - spent_share(period, tz)


def budget_burn_rate(*, period: Period = "month", tz: str = "UTC") -> Expr:
    r"""Share of the budget that is spent against the share of the period that has gone.

    .. math:: \frac{s_t / B}{(t - t_0) / T}

    Notes
    -----
    Above 1 it will not last. See ``budget_remaining_ratio``.
    """
    gone, whole = elapsed(period, tz)
    return ratio(spent_share(period, tz) * whole, gone)


def seconds_until_budget_reset(*, period: Period = "month", tz: str = "UTC") -> Expr:
    r"""Seconds until the budget's period ends, :math:`T - t`.

    Notes
    -----
    With ``month`` by the calendar of `tz`, days of a change of clocks taken as 24 hours; with ``event`` as the budget's
    last event says, NaN after it.
    """
    if period == "month":
        gone, whole = month(tz)
        return whole - gone
    left = Until(BUDGET.reset)
    return when(Greater(left, 0.0), left, None)


def model_availability(*, window: Duration = HOUR) -> Expr:
    r"""Share of the last W in which the last probe had found the model healthy, :math:`\frac{1}{W} \int h`."""
    return WindowTimeMean(PROBE.healthy, width=window)


def api_quota_remaining() -> Expr:
    r"""What is left of the tightest limit of a provider, :math:`\min_j r_j / L_j`.

    Notes
    -----
    Of requests a minute, tokens a minute and requests a day; a limit that is not told is left out, NaN where none is.
    """
    shares = (
        QUOTA.minute_requests / positive(QUOTA.minute_requests_limit),
        QUOTA.minute_tokens / positive(QUOTA.minute_tokens_limit),
        QUOTA.day_requests / positive(QUOTA.day_requests_limit),
    )
    absent = 2.0  # above every share
    least: Expr = Constant(absent)
    for share in shares:
        least = Minimum(FillNan(Clip(share, low=0.0, high=1.0), value=absent), least)
    return Where(LessEqual(least, 1.0), least, NOTHING)


def region_load(*, window: Duration = MINUTE) -> Expr:
    r"""Requests of the region against its capacity over the last W, :math:`\sum r_i / \sum c_i`; above 1 it is full."""
    told = And(known(SAMPLE.region_rate), known(SAMPLE.region_capacity))
    above = WindowSum(FillNan(when(told, SAMPLE.region_rate), value=0.0), width=window, on=VIEW)
    below = WindowSum(FillNan(when(told, SAMPLE.region_capacity), value=0.0), width=window, on=VIEW)
    return ratio(above, below)
