"""The scores of many texts: windows of time, which are left by the clock and not by the next text."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration
from penstock.expr import Expr, When
from penstock.formulas.guards import known, positive
from penstock.formulas.sentiment.streams import (
    ANY,
    FIVE_MINUTES,
    HALF_HOUR,
    HOUR,
    MOOD,
    average,
    by,
    scored,
    told,
)
from penstock.ops.asof import AsOf
from penstock.ops.decay.decayed_mean import DecayedMean
from penstock.ops.decay.decayed_sum import DecayedSum
from penstock.ops.elementwise.and_ import And
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.less_equal import LessEqual
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.log1p import Log1p
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.not_equal import NotEqual
from penstock.ops.elementwise.or_ import Or
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_autoregression import RollingAutoregression
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.window.window_count import WindowCount
from penstock.ops.window.window_group_spread import WindowGroupSpread
from penstock.ops.window.window_halves import WindowHalves
from penstock.ops.window.window_moments import WindowMoments
from penstock.ops.window.window_sum import WindowSum
from penstock.streams import Every

Label = Literal["argmax", "compound"]
CLEAR = 0.05  # a compound this far from 0 is good or bad, as VADER's authors have it


def average_compound(*, W: Duration = FIVE_MINUTES, scorer: str = ANY) -> Expr:
    r"""Mean sentiment of the texts of the last `W`, :math:`\frac{1}{n} \sum_{i \in W} s_i`.

    Notes
    -----
    Of texts that have a score; NaN where there is none. A text counts from when its score is known, `W` long. With a
    `scorer` only its scores count: where several score one stream, name one.
    """
    return average(MOOD.compound, W, scorer)


def average_positive(*, W: Duration = FIVE_MINUTES, scorer: str = ANY) -> Expr:
    r"""Mean share of good in the texts of the last `W`, :math:`\frac{1}{n} \sum_{i \in W} p_{+,i}`."""
    return average(MOOD.positive, W, scorer)


def average_negative(*, W: Duration = FIVE_MINUTES, scorer: str = ANY) -> Expr:
    r"""Mean share of bad in the texts of the last `W`, :math:`\frac{1}{n} \sum_{i \in W} p_{-,i}`."""
    return average(MOOD.negative, W, scorer)


def average_neutral(*, W: Duration = FIVE_MINUTES, scorer: str = ANY) -> Expr:
    r"""Mean share of neither in the texts of the last `W`, :math:`\frac{1}{n} \sum_{i \in W} p_{0,i}`."""
    return average(MOOD.neutral, W, scorer)


def average_confidence(*, W: Duration = FIVE_MINUTES, scorer: str = ANY) -> Expr:
    r"""Mean of the highest share in the texts of the last `W`, :math:`\frac{1}{n} \sum_{i \in W} \max_k p_{k,i}`."""
    highest = Maximum(Maximum(MOOD.positive, MOOD.negative), MOOD.neutral)
    return average(highest, W, scorer)


def sentiment_momentum(
    *, W: Duration = FIVE_MINUTES, mode: Literal["time", "count"] = "time", scorer: str = ANY
) -> Expr:
    r"""Mean sentiment of the newer half of the last `W` less that of the older half.

    .. math:: \bar s_{(t - W/2, t]} - \bar s_{(t - W, t - W/2]}

    Notes
    -----
    Halves of time; with ``count`` of the texts, whatever their times, of an odd number the middle one being new. NaN
    where a half has no score.
    """
    mine = scored(MOOD.compound, scorer)
    if mode == "count":
        return WindowHalves(mine, width=W)
    half = Duration(W // 2)
    newer, n = WindowSum(mine, width=half), WindowCount(mine, width=half)
    older, m = WindowSum(mine, width=W) - newer, WindowCount(mine, width=W) - n
    return newer / positive(n) - older / positive(m)


def sentiment_volatility(*, W: Duration = FIVE_MINUTES, ddof: int = 0, scorer: str = ANY) -> Expr:
    r"""Deviation of the sentiment of the texts of the last `W`.

    .. math:: \sqrt{\frac{1}{n - \delta} \sum_{i \in W} (s_i - \bar s)^2}

    Notes
    -----
    NaN of less than two scores. :math:`\delta` is `ddof`, 0 or 1.
    """
    if ddof not in {0, 1}:
        raise DefinitionError(f"sentiment_volatility: ddof must be 0 or 1, got {ddof}")
    mine = scored(MOOD.compound, scorer)
    std = WindowMoments(mine, width=W)["std"]
    if ddof:
        return std
    n = WindowCount(mine, width=W)
    return std * Sqrt((n - 1.0) / n)


def message_count(*, W: Duration = FIVE_MINUTES, scorer: str = ANY) -> Expr:
    r"""Texts of the last `W`, with a score or without, :math:`n`."""
    return told(W, scorer)


def message_volume_zscore(*, W: Duration = FIVE_MINUTES, n: int = 288, scorer: str = ANY) -> Expr:
    r"""Texts of the last whole slot of `W`, in deviations from the mean of the last `n` slots, itself one of them.

    .. math:: (x - \bar x_n) / s_n, \quad x = \ln(1 + \text{count})

    Notes
    -----
    Slots are from multiples of `W` on. Sample deviation; NaN where all slots are equal.

    References
    ----------
    Antweiler, W., Frank, M. Z. (2004). Is all that talk just noise? The information content of internet stock message
    boards. Journal of Finance 59(3), 1259-1294.
    """
    x = Log1p(told(W, scorer, on=Every(W)))
    usual = RollingMoments(x, window=n)
    return AsOf((x - usual["mean"]) / positive(usual["std"]))


def voices(W: Duration, label: Label, scorer: str) -> tuple[Expr, Expr]:
    """How many texts of the last `W` say to buy, and how many to sell; NaN where there is no score."""
    p, q, neutral = MOOD.positive, MOOD.negative, MOOD.neutral
    if label == "argmax":
        buy = Greater(p, Maximum(q, neutral))
        sell = Greater(q, Maximum(p, neutral))
    else:
        buy = GreaterEqual(MOOD.compound, CLEAR)
        sell = LessEqual(MOOD.compound, -CLEAR)
    some = positive(WindowCount(scored(MOOD.compound, scorer), width=W)) * 0.0
    bought, sold = (WindowSum(scored(x, scorer), width=W) for x in (buy, sell))
    return bought + some, sold + some


def bullishness_index(*, W: Duration = HOUR, label: Label = "argmax", scorer: str = ANY) -> Expr:
    r"""Texts of the last `W` that say to buy against those that say to sell.

    .. math:: \ln \frac{1 + M_\text{buy}}{1 + M_\text{sell}}

    Notes
    -----
    A text says what its greatest share says, of equal ones nothing; with ``compound`` it says to buy from 0.05 on and
    to sell from -0.05 down, which suits lexicons, whose texts are mostly neutral. 0 where no text says either, NaN
    where none has a score.

    References
    ----------
    Antweiler, W., Frank, M. Z. (2004). Is all that talk just noise? The information content of internet stock message
    boards. Journal of Finance 59(3), 1259-1294.
    """
    buy, sell = voices(W, label, scorer)
    return Log((buy + 1.0) / (sell + 1.0))


def agreement_index(*, W: Duration = HOUR, label: Label = "argmax", scorer: str = ANY) -> Expr:
    r"""How much the texts of the last `W` agree that say to buy or to sell.

    .. math:: 1 - \sqrt{1 - \left( \frac{M_\text{buy} - M_\text{sell}}{M_\text{buy} + M_\text{sell}} \right)^2}

    Notes
    -----
    NaN where none says either. For `label` see ``bullishness_index``.

    References
    ----------
    Antweiler, W., Frank, M. Z. (2004). Is all that talk just noise? The information content of internet stock message
    boards. Journal of Finance 59(3), 1259-1294.
    """
    buy, sell = voices(W, label, scorer)
    lean = (buy - sell) / positive(buy + sell)
    return 1.0 - Sqrt(1.0 - lean * lean)


def sentiment_disagreement(*, W: Duration = HOUR, slots: int = 64, scorer: str = ANY) -> Expr:
    r"""How far apart sources are: deviation of their mean sentiments over the last `W`.

    .. math:: \sqrt{\frac{1}{k} \sum_{g} (\bar s_g - \bar{\bar s})^2}

    Notes
    -----
    Texts of unknown source do not count. NaN of less than two sources, and of more than `slots`.

    References
    ----------
    Cookson, J. A., Niessner, M. (2020). Why don't we agree? Evidence from a social network of investors. Journal of
    Finance 75(1), 173-228.
    """
    counts = When(And(And(known(MOOD.compound), by(scorer)), NotEqual(MOOD.source, 0.0)))
    source, mine = AsOf(MOOD.source * 1.0, on=counts), AsOf(MOOD.compound, on=counts)
    return WindowGroupSpread(source, mine, width=W, slots=slots)


def decayed_sentiment(
    *,
    halflife: Duration = HALF_HOUR,
    weight: Literal["none", "weight"] = "none",
    scorer: str = ANY,
) -> Expr:
    r"""Mean sentiment in which a text counts half after each half-life.

    .. math:: \sum_i s_i w_i 2^{-(t - t_i)/h} \Big/ \sum_i w_i 2^{-(t - t_i)/h}

    Notes
    -----
    With ``weight`` w is the author's or the source's weight, and texts without one do not count; else it is 1. All fade
    alike, so the mean stands where it was until the next text.

    References
    ----------
    Heston, S. L., Sinha, N. R. (2017). News vs. sentiment: predicting stock returns from news stories. Financial
    Analysts Journal 73(3), 67-83.
    """
    if weight == "none":
        return DecayedMean(scored(MOOD.compound, scorer), halflife=halflife)
    counts = When(And(And(known(MOOD.compound), known(MOOD.weight)), by(scorer)))
    s, w = AsOf(MOOD.compound, on=counts), AsOf(MOOD.weight, on=counts)
    above, below = (DecayedSum(x, halflife=halflife, on=counts) for x in (s * w, w))
    return AsOf(above / positive(below))


def engagement_weighted_sentiment(*, W: Duration = HOUR, scorer: str = ANY) -> Expr:
    r"""Mean sentiment of the texts of the last `W`, by how many people reacted.

    .. math:: \sum_{i \in W} s_i e_i \Big/ \sum_{i \in W} e_i, \quad e = \ln(1 + \text{likes} + \text{reposts})

    Notes
    -----
    Counters as they stood when the event was known, never later ones. One that is unknown is 0 beside one that is
    known; a text without either does not count.
    """
    seen = And(known(MOOD.compound), Or(known(MOOD.likes), known(MOOD.reposts)))
    counts = When(And(seen, by(scorer)))
    e = Log1p(FillNan(MOOD.likes, value=0.0) + FillNan(MOOD.reposts, value=0.0))
    above = WindowSum(AsOf(MOOD.compound * e, on=counts), width=W)
    return above / positive(WindowSum(AsOf(e, on=counts), width=W))


def sentiment_surprise(*, n: int = 48, W: Duration = FIVE_MINUTES, scorer: str = ANY) -> Expr:
    r"""Mean sentiment of the last slot of `W`, less what the slots before it let expect.

    .. math:: \bar s_k - (c + \phi \bar s_{k-1}), \quad c, \phi \text{ by least squares over the } n
        \text{ slots up to } k - 1

    Notes
    -----
    Slots are from multiples of `W` on, and only those that have a score: silence is no opinion. NaN where the slots
    before are all alike.

    References
    ----------
    Tetlock, P. C., Saar-Tsechansky, M., Macskassy, S. (2008). More than words: quantifying language to measure firms'
    fundamentals. Journal of Finance 63(3), 1437-1467.
    """
    slot = average(MOOD.compound, W, scorer, on=Every(W))
    spoken = AsOf(slot, on=When(known(slot)))
    expected = Lag(RollingAutoregression(spoken, window=n, order=1)["forecast"], ticks=1)
    return AsOf(spoken - expected)
