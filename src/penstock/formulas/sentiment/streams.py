"""The scores that count, on a clock of their own: a text without one neither adds a value nor hides those beside it."""

from penstock.core.time import Duration, duration
from penstock.events import Sentiment
from penstock.events.texts import text_id
from penstock.expr import VIEW, Constant, Expr, When
from penstock.expr.columns import columns
from penstock.formulas.guards import known, one
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.and_ import And
from penstock.ops.elementwise.equal import Equal
from penstock.ops.window.window_count import WindowCount
from penstock.ops.window.window_mean import WindowMean
from penstock.streams import Clock

MOOD = columns(Sentiment)
ANY = "any"
FIVE_MINUTES, HALF_HOUR, HOUR, DAY = map(duration, ("5m", "30m", "1h", "1d"))


def by(scorer: str) -> Expr:
    """1 at the events of a scorer, or at all."""
    if scorer == ANY:
        return one(MOOD.compound)
    return Equal(MOOD.scorer, Constant(text_id(scorer)))


def scored(x: Expr, scorer: str = ANY) -> Expr:
    """A column of the scores of a scorer, where it is known."""
    return AsOf(x, on=When(And(known(x), by(scorer))))


def latest(x: Expr, of: Expr) -> Expr:
    """The column at the last event that is meant, known or not."""
    return AsOf(AsOf(x, on=When(of)))


def average(x: Expr, W: Duration, scorer: str = ANY, *, on: Clock = VIEW) -> Expr:
    """Mean of the known values of the last `W`; NaN where there is none."""
    return WindowMean(scored(x, scorer), width=W, on=on)


def told(W: Duration, scorer: str = ANY, *, on: Clock = VIEW) -> Expr:
    """How many texts there were in the last `W`, with a score or without."""
    return WindowCount(AsOf(one(MOOD.compound), on=When(by(scorer))), width=W, on=on)
