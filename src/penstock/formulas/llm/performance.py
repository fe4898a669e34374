"""How a model did of late; the view's key is the model, or `model` is its role.

Windows are those of `streams.total`: at a view that ticks each `slice` they are `window` long. All are ratios of sums,
and NaN where fewer than `least` events were seen; ``sample_size`` of the views says how many there were.
"""

from penstock.core.time import Duration
from penstock.events.types.llm import RATE_LIMITED, TIMEOUT
from penstock.expr import Expr
from penstock.formulas.guards import known, one, positive
from penstock.formulas.llm.streams import (
    FIVE_MINUTES,
    SLICE,
    completions,
    counted,
    enough,
    good,
    ratio,
    timed,
    total,
    when,
)
from penstock.ops.elementwise.and_ import And
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.group.cell import Cell
from penstock.ops.pane.pane_quantile import PaneQuantile
from penstock.ops.window.window_reach import WindowReach

LEVELS = (0.5, 0.95, 0.99)
FEW, RARE = 20.0, 100.0


def ended(model: str, window: Duration, slice: Duration) -> Expr:
    """How many attempts ended in the window, well or badly."""
    return total(one(completions(model).status), window, slice)


def quantile(x: Expr, level: float, window: Duration, slice: Duration, least: float) -> Expr:
    """A quantile of the window by merged counts, where there are enough values."""
    found = PaneQuantile(x, q=LEVELS, width=window, step=slice)
    return enough(Cell(found, LEVELS.index(level)), counted(x, window, slice), least)


def latency_p50(
    *,
    window: Duration = FIVE_MINUTES,
    slice: Duration = SLICE,
    least: float = FEW,
    model: str = "",
) -> Expr:
    r"""Median latency of what a model answered in the last W, :math:`Q_{0.5}(\ell)`.

    Notes
    -----
    From sending to the last token; a timeout counts with its bound, errors and refusals do not. By counts in buckets
    that slices add up, to 1 % from 1 ms to 20 minutes; NaN of fewer than `least`.

    References
    ----------
    Masson, C., Rim, J. E., Lee, H. K. (2019). DDSketch. PVLDB 12(12), 2195-2205.
    """
    return quantile(timed(model), 0.5, window, slice, least)


def latency_p95(
    *,
    window: Duration = FIVE_MINUTES,
    slice: Duration = SLICE,
    least: float = FEW,
    model: str = "",
) -> Expr:
    r"""Latency that 19 of 20 answers of the last W stayed below, :math:`Q_{0.95}(\ell)`; see ``latency_p50``."""
    return quantile(timed(model), 0.95, window, slice, least)


def latency_p99(
    *,
    window: Duration = FIVE_MINUTES,
    slice: Duration = SLICE,
    least: float = RARE,
    model: str = "",
) -> Expr:
    r"""Latency that 99 of 100 answers of the last W stayed below, :math:`Q_{0.99}(\ell)`; see ``latency_p50``."""
    return quantile(timed(model), 0.99, window, slice, least)


def time_to_first_token_p50(
    *,
    window: Duration = FIVE_MINUTES,
    slice: Duration = SLICE,
    least: float = FEW,
    model: str = "",
) -> Expr:
    r"""Median wait for the first token in the last W, :math:`Q_{0.5}(f)`; of answers that stream."""
    wait = when(good(model), completions(model).first_token, None)
    return quantile(wait, 0.5, window, slice, least)


def tokens_per_second(
    *, window: Duration = FIVE_MINUTES, slice: Duration = SLICE, model: str = ""
) -> Expr:
    r"""Tokens per second from the first to the last token, :math:`\sum o_i / \sum (\ell_i - f_i)`.

    Notes
    -----
    Of answers that stream, in the last W: a ratio of sums.
    """
    mine = completions(model)
    seconds = (mine.latency - mine.first_token) / 1_000.0
    usable = And(And(good(model), known(mine.output_tokens)), known(seconds))
    tokens = total(FillNan(when(usable, mine.output_tokens), value=0.0), window, slice)
    return ratio(tokens, total(FillNan(when(usable, seconds), value=0.0), window, slice))


def success_rate(
    *, window: Duration = FIVE_MINUTES, slice: Duration = SLICE, model: str = ""
) -> Expr:
    r"""Share of attempts of the last W that were answered, :math:`(k + 1) / (n + 2)`.

    Notes
    -----
    Laplace's rule of succession: few attempts are neither 0 nor 1. NaN of none.
    """
    n = ended(model, window, slice)
    return (total(good(model), window, slice) + 1.0) / (positive(n) + 2.0)


def status_share(status: int, model: str, window: Duration, slice: Duration) -> Expr:
    """Share of the attempts that ended in one way."""
    hit = Equal(completions(model).status, float(status))
    return ratio(total(hit, window, slice), ended(model, window, slice))


def timeout_rate(
    *, window: Duration = FIVE_MINUTES, slice: Duration = SLICE, model: str = ""
) -> Expr:
    r"""Share of attempts of the last W that ran into their timeout, :math:`k / n`."""
    return status_share(TIMEOUT, model, window, slice)


def rate_limit_rate(
    *, window: Duration = FIVE_MINUTES, slice: Duration = SLICE, model: str = ""
) -> Expr:
    r"""Share of attempts of the last W that were refused for a limit (HTTP 429), :math:`k / n`."""
    return status_share(RATE_LIMITED, model, window, slice)


def retry_rate(
    *, window: Duration = FIVE_MINUTES, slice: Duration = SLICE, model: str = ""
) -> Expr:
    r"""Repeated attempts for each first one of the last W, :math:`n_{a>1} / n_{a=1}`; it may exceed 1."""
    attempt = completions(model).attempt
    repeated = total(Greater(attempt, 1.0), window, slice)
    return ratio(repeated, total(Equal(attempt, 1.0), window, slice))


def avg_cost_per_request(
    *, window: Duration = FIVE_MINUTES, slice: Duration = SLICE, model: str = ""
) -> Expr:
    r"""Mean cost of an attempt of the last W, :math:`\sum c_i / n`; those whose cost is unknown are left out."""
    cost = completions(model).cost
    n = counted(cost, window, slice)
    return ratio(total(FillNan(cost, value=0.0), window, slice), n)


def throughput(
    *, window: Duration = FIVE_MINUTES, slice: Duration = SLICE, model: str = ""
) -> Expr:
    r"""Answers per second in the last W, :math:`k / \min(W, t - t_1)`.

    Notes
    -----
    Before the window is full it is the time since the model's first completion that counts.
    """
    reach = WindowReach(completions(model).status, width=window)
    return ratio(total(good(model), window, slice), reach)


def token_efficiency(
    *, window: Duration = FIVE_MINUTES, slice: Duration = SLICE, model: str = ""
) -> Expr:
    r"""Tokens of answers for each of their prompts in the last W, :math:`\sum o_i / \sum n_i`."""
    mine = completions(model)
    usable = And(And(good(model), known(mine.output_tokens)), known(mine.input_tokens))
    above = total(FillNan(when(usable, mine.output_tokens), value=0.0), window, slice)
    below = total(FillNan(when(usable, mine.input_tokens), value=0.0), window, slice)
    return ratio(above, below)


def mean_service(window: Duration, slice: Duration, model: str) -> Expr:
    """Mean latency, as in ``latency_p50``."""
    x = timed(model)
    return ratio(total(FillNan(x, value=0.0), window, slice), counted(x, window, slice))
