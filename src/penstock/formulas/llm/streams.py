"""The streams of a gateway, of the view's key or in a role, and sums over them."""

from penstock.core.time import Duration, duration
from penstock.events import (
    LlmBudget,
    LlmCompletion,
    LlmFeedback,
    LlmModel,
    LlmRequest,
    LlmSelection,
    SystemSample,
)
from penstock.events.types.llm import OK, TIMEOUT
from penstock.expr import Expr
from penstock.expr.columns import Columns, columns
from penstock.formulas.guards import NOTHING, one, positive, tick_number
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.or_ import Or
from penstock.ops.elementwise.where import Where
from penstock.ops.pane.pane_sum import PaneSum
from penstock.ops.session.cumulative_sum import CumulativeSum
from penstock.ops.time.local_time import LocalTime
from penstock.streams import Clock, GapSession, Stream

FIVE_MINUTES = duration("5m")
HOUR = duration("1h")
SLICE = duration("10s")
WEEK = duration("7d")
GAP = duration("30m")
LONGEST = duration("4h")

REQUEST, FEEDBACK = columns(LlmRequest), columns(LlmFeedback)
SAMPLE, BUDGET = columns(SystemSample), columns(LlmBudget)


def completions(model: str = "") -> Columns:
    """The completions of the key, or of a model in a role."""
    return columns(LlmCompletion, model)


def registry(model: str = "") -> Columns:
    """What the registry says of the key, or of a model in a role."""
    return columns(LlmModel, model)


def selections(model: str = "") -> Columns:
    """The attempts that begin."""
    return columns(LlmSelection, model)


def when(condition: Expr, x: Expr, otherwise: float | None = 0.0) -> Expr:
    """The value where a condition holds, else 0, or NaN."""
    return Where(condition, x, NOTHING if otherwise is None else otherwise)


def good(model: str = "") -> Expr:
    """1 for an answer, 0 for what ended badly."""
    return Equal(completions(model).status, float(OK))


def timed(model: str = "") -> Expr:
    """The latency of what was answered or timed out, a timeout at its bound; NaN of errors and refusals."""
    mine = completions(model)
    ended = Or(good(model), Equal(mine.status, float(TIMEOUT)))
    return when(ended, mine.latency, None)


def total(x: Expr, window: Duration, slice: Duration) -> Expr:
    """Sum over the last `window` at the view's ticks, whose beginning moves in slices."""
    return PaneSum(x, width=window, step=slice)["sum"]


def counted(x: Expr, window: Duration, slice: Duration) -> Expr:
    """Known values in the last `window`."""
    return PaneSum(x, width=window, step=slice)["count"]


def ratio(above: Expr, below: Expr) -> Expr:
    """A ratio of sums; NaN where nothing is below."""
    return above / positive(below)


def enough(x: Expr, n: Expr, least: float) -> Expr:
    """The value where it was made of enough, else NaN."""
    return Where(GreaterEqual(n, least), x, NOTHING)


def sessions(gap: Duration = GAP, longest: Duration = LONGEST) -> GapSession:
    """The sessions of a user: requests with no gap between them, of a longest duration."""
    return GapSession(Stream(LlmRequest), gap=gap, maximum=longest)


def session_number(on: Clock, ends: Clock) -> Expr:
    """How many sessions have ended, at each tick of a clock."""
    return FillNan(AsOf(tick_number(LocalTime(on=ends)["year"]), on=on), value=0.0)


def in_session(kept: Expr, stream: Stream, view: Clock) -> Expr:
    """What a stream keeps of a session, at a clock's ticks; NaN where its last event is of an earlier session."""
    ends = sessions()
    told_in = AsOf(session_number(stream, ends), on=view)
    return when(Equal(told_in, session_number(view, ends)), AsOf(kept, on=view), None)


def session_total(x: Expr, stream: Stream, view: Clock) -> Expr:
    """Sum of a stream's values since the open session began; 0 while it has none."""
    return FillNan(in_session(CumulativeSum(x, reset=sessions()), stream, view), value=0.0)


def arrivals(x: Expr) -> Expr:
    """How many events a stream has had, at the view's ticks; 0 before the first."""
    return FillNan(AsOf(CumulativeSum(one(x))), value=0.0)
