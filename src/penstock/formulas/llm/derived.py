"""What requests and models say together, for each model that a request may go to.

The view's key has the requests and the samples of the system; `model` is the role that a model's events come in, or
none where they are of the key itself. `models` are the roles of all that are eligible.
"""

from penstock.core.errors import DefinitionError, nearest
from penstock.core.time import Duration
from penstock.events import LlmFeedback
from penstock.events.types.llm import RATING
from penstock.expr import Constant, Expr
from penstock.expr.columns import columns
from penstock.formulas.guards import known, one, positive
from penstock.formulas.llm.context import queue_depth
from penstock.formulas.llm.performance import LEVELS, latency_p50, mean_service, success_rate
from penstock.formulas.llm.requests import request_priority
from penstock.formulas.llm.streams import (
    FIVE_MINUTES,
    HOUR,
    REQUEST,
    SLICE,
    WEEK,
    completions,
    good,
    registry,
    selections,
    timed,
    total,
    when,
)
from penstock.ops.asof import AsOf
from penstock.ops.decay.decayed_rate import DecayedRate
from penstock.ops.elementwise.and_ import And
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.less_equal import LessEqual
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.elementwise.or_ import Or
from penstock.ops.group.cell import Cell
from penstock.ops.pane.pane_quantile import PaneQuantile
from penstock.ops.row.row_rank import RowRank
from penstock.ops.row.stack import Stack

PRIOR_TOKENS, PRIOR_STARS, STRENGTH = 256.0, 3.0, 5.0
UNLIMITED = 1e12  # tokens
ROLES = ("a", "b")
AXES = ("cost", "latency_p95", "quality")


def expected_cost(model: str) -> Expr:
    """What a request would cost: its tokens, and the mean of the model's answers of a week, shrunk."""
    tokens = completions(model).output_tokens
    usable = And(good(model), known(tokens))
    seen = total(FillNan(when(usable, tokens), value=0.0), WEEK, HOUR)
    n = FillNan(total(usable, WEEK, HOUR), value=0.0)
    mean = (FillNan(seen, value=0.0) + STRENGTH * PRIOR_TOKENS) / (n + STRENGTH)
    answer = Minimum(mean, FillNan(AsOf(REQUEST.max_tokens), value=UNLIMITED))
    prices = registry(model)
    asked = AsOf(REQUEST.tokens)
    return (asked * AsOf(prices.input_cost) + answer * AsOf(prices.output_cost)) / 1_000.0


def quality(model: str, window: Duration) -> Expr:
    """Share of attempts that are answered, times how well they are rated from 0 to 1, both shrunk."""
    told = columns(LlmFeedback, model)
    rated = Equal(told.kind, float(RATING))
    stars = total(FillNan(when(rated, told.value), value=0.0), window, SLICE)
    n = FillNan(total(rated, window, SLICE), value=0.0)
    mean = (FillNan(stars, value=0.0) + STRENGTH * PRIOR_STARS) / (n + STRENGTH)
    return success_rate(window=window, model=model) * ((mean - 1.0) / 4.0)


def slow(model: str, window: Duration) -> Expr:
    """The 95th percentile of a model's latency, of however few."""
    found = PaneQuantile(timed(model), q=LEVELS, width=window, step=SLICE)
    return Cell(found, LEVELS.index(0.95))


def quality_cost_ratio(*, eps: float = 1e-6, window: Duration = HOUR, model: str = "") -> Expr:
    r"""Quality of a model against what the request would cost, :math:`s \frac{r - 1}{4} / \max(c, \epsilon)`.

    Notes
    -----
    s is ``success_rate`` and r the mean rating of the last W, shrunk to 3 stars as if there had been five of them.
    :math:`c = (n c_{in} + o c_{out}) / 1000`, with the o tokens that the model's answers of a week have in the mean,
    shrunk to 256, and at most ``max_tokens``.
    """
    if eps <= 0.0:
        raise DefinitionError(f"quality_cost_ratio: eps must be positive, got {eps}")
    return quality(model, window) / Maximum(expected_cost(model), Constant(eps))


def time_pressure(*, window: Duration = FIVE_MINUTES, model: str = "") -> Expr:
    r"""Priority of a request times how close a model comes to its deadline, :math:`p \min(1, \ell_{95} / d)`.

    Notes
    -----
    0 without a deadline; NaN while the model has no latencies in the last W.
    """
    deadline = AsOf(REQUEST.deadline)
    near = Minimum(slow(model, window) / positive(deadline), Constant(1.0))
    return when(FillNan(Greater(deadline, 0.0), value=0.0), AsOf(request_priority()) * near)


def load_adjusted_latency(
    *, c: float = 1.0, window: Duration = FIVE_MINUTES, least: float = 20.0, model: str = ""
) -> Expr:
    r"""Median latency and what the queue adds to it, :math:`\ell_{50} + \frac{q}{c} \bar \ell`.

    Notes
    -----
    `c` is the number of servers; with a mean service time the requests ahead take so long (Little 1961).
    """
    if c <= 0.0:
        raise DefinitionError(f"load_adjusted_latency: c must be positive, got {c}")
    median = latency_p50(window=window, least=least, model=model)
    return median + queue_depth() / c * mean_service(window, SLICE, model)


def model_usage_saturation(*, halflife: Duration = FIVE_MINUTES, model: str = "") -> Expr:
    r"""Attempts per second with fading memory against the model's limit, :math:`\lambda \sum 2^{-(t - t_i)/h} / L`."""
    rate = DecayedRate(one(selections(model).request), halflife=halflife)
    return FillNan(rate, value=0.0) / positive(AsOf(registry(model).rate_limit))


def eligible(name: str, model: str, models: tuple[str, ...]) -> int:
    """The place of a model among those that are eligible."""
    if len(models) < 2 or len(set(models)) < len(models):
        raise DefinitionError(
            f"{name}: at least two models are needed, each once, got {':'.join(models)}"
        )
    if model not in models:
        raise DefinitionError(
            f"{name}: model must be one of {':'.join(models)}, got {model!r}{nearest(model, models)}"
        )
    return models.index(model)


def ranked(values: list[Expr], place: int) -> Expr:
    """The rank of one value among several, from 0 for the lowest to 1."""
    side = Stack(values[0], values[1])
    for value in values[2:]:
        side = Stack(side, value)
    return Cell(RowRank(side), place)


def cost_latency_score(
    *, w: float = 0.5, ref: Duration = HOUR, model: str = "a", models: tuple[str, ...] = ROLES
) -> Expr:
    r"""Rank of a model by what a request would cost and how long it may take, :math:`w R(c) + (1 - w) R(\ell_{95})`.

    Notes
    -----
    0 is the best of `models` in both. Latencies are of the last `ref`; what is unknown of one model is left out of the
    others' ranks. For the cost see ``quality_cost_ratio``.
    """
    if not 0.0 <= w <= 1.0:
        raise DefinitionError(f"cost_latency_score: w must be from 0 to 1, got {w}")
    place = eligible("cost_latency_score", model, models)
    costs = ranked([expected_cost(name) for name in models], place)
    return costs * w + ranked([slow(name, ref) for name in models], place) * (1.0 - w)


def pareto_efficiency_score(
    *,
    axes: tuple[str, ...] = AXES,
    window: Duration = HOUR,
    model: str = "a",
    models: tuple[str, ...] = ROLES,
) -> Expr:
    r"""One by one more than the models that are better than this one, :math:`1 / (1 + |\{k : k \succ m\}|)`.

    Notes
    -----
    Better is no worse on each of `axes`, which may be cost, latency_p95 and quality, and better on one: ties do not
    dominate. What is unknown of another model does not dominate; NaN where it is unknown of this one.
    """
    unknown = [axis for axis in axes if axis not in AXES]
    if unknown or not axes:
        raise DefinitionError(
            f"pareto_efficiency_score: axes must be of {', '.join(AXES)}, got {':'.join(axes)}"
        )
    eligible("pareto_efficiency_score", model, models)
    mine = [worth(axis, model, window) for axis in axes]
    better: Expr = known(mine[0]) * 0.0
    for name in models:
        if name != model:
            better = better + FillNan(
                dominates([worth(a, name, window) for a in axes], mine), value=0.0
            )
    whole = mine[0]
    for value in mine[1:]:
        whole = when(known(value), whole, None)
    return when(known(whole), 1.0 / (better + 1.0), None)


def worth(axis: str, model: str, window: Duration) -> Expr:
    """What a model is on an axis, less being better; a number without a unit."""
    if axis == "cost":
        return expected_cost(model)
    return slow(model, window) if axis == "latency_p95" else quality(model, window) * -1.0


def dominates(one_: list[Expr], other: list[Expr]) -> Expr:
    """Whether one is no worse on each axis and better on one."""
    pairs = list(zip(one_, other, strict=True))
    no_worse, better = LessEqual(*pairs[0]), Less(*pairs[0])
    for a, b in pairs[1:]:
        no_worse, better = And(no_worse, LessEqual(a, b)), Or(better, Less(a, b))
    return And(no_worse, better)
