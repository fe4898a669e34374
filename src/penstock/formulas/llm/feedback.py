"""What users say of answers, and do with them; the view's key is a model or a user.

What becomes of an answer is told by outcomes once the time that it may take is over: rates are of matured answers.
"""

from typing import Literal

from penstock.core.time import Duration, duration
from penstock.events import LlmFeedback, LlmOutcome, LlmReply, LlmRequest
from penstock.events.types.llm import ABANDONED, COPIED, FOLLOWED, RATING, REGENERATED, TASK, THUMB
from penstock.expr import VIEW, Constant, Expr
from penstock.expr.columns import columns
from penstock.formulas.guards import NOTHING, known, positive
from penstock.formulas.llm.streams import (
    FEEDBACK,
    HOUR,
    REQUEST,
    in_session,
    ratio,
    session_total,
    sessions,
    when,
)
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.and_ import And
from penstock.ops.elementwise.clip import Clip
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.elementwise.where import Where
from penstock.ops.session.cumulative_sum import CumulativeSum
from penstock.ops.session.median_since import MedianSince
from penstock.ops.window.window_median import WindowMedian
from penstock.ops.window.window_share import WindowShare
from penstock.ops.window.window_sum import WindowSum
from penstock.streams import Stream

SESSION = "session"
LONGEST_WAIT = 1_800.0  # seconds: a user who waits longer begins another session
OUTCOME, REPLY = columns(LlmOutcome), columns(LlmReply)


def over(x: Expr, stream: Stream, window: str) -> Expr:
    """Sum of the last `window`, such as ``1h``, or of the open ``session``."""
    if window == SESSION:
        return session_total(x, stream, VIEW)
    return WindowSum(x, width=duration(window))


def user_rating(
    *,
    window: str = SESSION,
    m: float = 5.0,
    prior: float | Literal["global mean"] = "global mean",
) -> Expr:
    r"""Mean rating of the last W or of the open session, shrunk to a prior while there are few.

    .. math:: \frac{\sum_i r_i + m \mu}{n + m}

    Notes
    -----
    `prior` is a number of stars, or the mean of all ratings that the key ever had; then it is NaN before the first.
    """
    rated = Equal(FEEDBACK.kind, float(RATING))
    stars = when(rated, FEEDBACK.value)
    stream = Stream(LlmFeedback)
    seen = over(FillNan(stars, value=0.0), stream, window)
    n = FillNan(over(rated, stream, window), value=0.0)
    ever = ratio(AsOf(CumulativeSum(stars)), AsOf(CumulativeSum(rated)))
    behind = Constant(prior * m) if isinstance(prior, float) else ever * m
    return (FillNan(seen, value=0.0) + behind) / (n + m)


def thumbs_up_ratio(*, window: Duration = HOUR, z: float = 1.96) -> Expr:
    r"""Lower bound of the share of thumbs of the last W that point up, by Wilson's interval.

    .. math:: \frac{\hat p + \frac{z^2}{2n} - z \sqrt{\frac{\hat p (1 - \hat p)}{n} + \frac{z^2}{4 n^2}}}{1 + z^2 / n}

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association 22(158), 209-212.
    """
    thumb = Equal(FEEDBACK.kind, float(THUMB))
    n = positive(WindowSum(thumb, width=window))
    p = WindowSum(when(thumb, FEEDBACK.value), width=window) / n
    middle = p + z * z / 2.0 / n
    spread = Sqrt(p * (1.0 - p) / n + z * z / 4.0 / (n * n)) * z
    return Clip((middle - spread) / (z * z / n + 1.0), low=0.0, high=1.0)


def happened(kind: int) -> Expr:
    """Whether an outcome of a kind happened; NaN of other kinds."""
    return when(Equal(OUTCOME.kind, float(kind)), OUTCOME.happened, None)


def regeneration_rate(*, window: Duration = HOUR) -> Expr:
    r"""Share of the answers that matured in the last W and were asked for again, :math:`k / n`.

    Notes
    -----
    An answer matures ten minutes after its end: the rate lags by as much.
    """
    return WindowShare(happened(REGENERATED), width=window)


def copy_rate(*, window: Duration = HOUR) -> Expr:
    r"""Share of the answers that matured in the last W and were copied, :math:`k / n`; see ``regeneration_rate``."""
    return WindowShare(happened(COPIED), width=window)


def abandonment_rate(*, window: Duration = HOUR) -> Expr:
    r"""Share of the sessions that ended in the last W and were given up, :math:`k / n`.

    Notes
    -----
    Given up is a session that ends while an answer is made, or whose last answer nothing follows within a minute.
    """
    return WindowShare(happened(ABANDONED), width=window)


def follow_up_rate(*, window: str = SESSION) -> Expr:
    r"""Share of the open session's answers that a question on the same subject followed, :math:`k / n`.

    Notes
    -----
    On the same subject within five minutes, by what the reader's encoder says; without one there are no such outcomes,
    and the share is NaN.
    """
    mine = happened(FOLLOWED)
    stream = Stream(LlmOutcome)
    followed = over(FillNan(mine, value=0.0), stream, window)
    return ratio(followed, over(known(mine), stream, window))


def task_completion_rate(*, window: str = SESSION) -> Expr:
    r"""Tasks that were finished for each that was begun, :math:`\min(1, k / n)`.

    Notes
    -----
    A request without history begins a task. NaN where none was begun.
    """
    done = And(Equal(FEEDBACK.kind, float(TASK)), Equal(FillNan(FEEDBACK.value, value=0.0), 1.0))
    begun = FillNan(Equal(REQUEST.history_tokens, 0.0), value=0.0)
    k, n = over(done, Stream(LlmFeedback), window), over(begun, Stream(LlmRequest), window)
    return Minimum(ratio(FillNan(k, value=0.0), FillNan(n, value=0.0)), Constant(1.0))


def user_response_time(*, window: str = SESSION) -> Expr:
    r"""Median time to a user's next message in the open session, :math:`\operatorname{med}(s_{i+1} - e_i)`.

    Notes
    -----
    Censored at the session's gap of half an hour. With a `window` it is of all sessions in it.
    """
    wait = Where(known(REPLY.after), Clip(REPLY.after, low=0.0, high=LONGEST_WAIT), NOTHING)
    if window != SESSION:
        return WindowMedian(wait, width=duration(window))
    return in_session(MedianSince(wait, reset=sessions()), Stream(LlmReply), VIEW)
