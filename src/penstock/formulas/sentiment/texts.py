"""The latest text, by what a scorer says of it and by what is counted of it."""

from math import log
from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration
from penstock.events.texts import text_id
from penstock.expr import Constant, Expr
from penstock.formulas.guards import NOTHING
from penstock.formulas.llm.requests import ENGLISH
from penstock.formulas.readability import reading_ease
from penstock.formulas.sentiment.streams import ANY, DAY, MOOD, by, latest
from penstock.ops.elementwise.and_ import And
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.or_ import Or
from penstock.ops.elementwise.power import Power
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.elementwise.where import Where

FINBERT, LONGEST = "ProsusAI/finbert", 512
SHARES = (MOOD.positive, MOOD.negative, MOOD.neutral)
Unit = Literal["chars", "words", "tokens"]


def by_model(model: str, max_len: int) -> Expr:
    """1 at the scores of a model that cut texts behind so many tokens."""
    return And(Equal(MOOD.scorer, Constant(text_id(model))), Equal(MOOD.limit, float(max_len)))


def finbert_positive(*, model: str = FINBERT, max_len: int = LONGEST) -> Expr:
    r"""Probability that the latest text is good news, :math:`p_+`.

    Notes
    -----
    As the events of `model`, cut behind `max_len` tokens, have it; scores of others do not count. The scorer reads
    which of its outputs is which label from the model's own configuration.
    """
    return latest(MOOD.positive, by_model(model, max_len))


def finbert_negative(*, model: str = FINBERT, max_len: int = LONGEST) -> Expr:
    r"""Probability that the latest text is bad news, :math:`p_-`.

    Notes
    -----
    See ``finbert_positive``.
    """
    return latest(MOOD.negative, by_model(model, max_len))


def finbert_neutral(*, model: str = FINBERT, max_len: int = LONGEST) -> Expr:
    r"""Probability that the latest text is neither good nor bad news, :math:`p_0`.

    Notes
    -----
    See ``finbert_positive``.
    """
    return latest(MOOD.neutral, by_model(model, max_len))


def finbert_compound(*, model: str = FINBERT, max_len: int = LONGEST) -> Expr:
    r"""Sentiment of the latest text, :math:`p_+ - p_-`.

    Notes
    -----
    See ``finbert_positive``.

    References
    ----------
    Araci, D. (2019). FinBERT: financial sentiment analysis with pre-trained language models. arXiv:1908.10063.
    """
    return latest(MOOD.positive - MOOD.negative, by_model(model, max_len))


def finbert_confidence(
    *, model: str = FINBERT, max_len: int = LONGEST, temperature: float = 1.0
) -> Expr:
    r"""Highest probability of the latest text.

    .. math:: \max_k p_k^{1/T} \Big/ \sum_k p_k^{1/T}

    Notes
    -----
    A model is surer than it is right: `temperature` T, fitted on labelled texts, makes it less sure.
    """
    if temperature <= 0.0:
        raise DefinitionError(
            f"finbert_confidence: temperature must be positive, got {temperature}"
        )
    positive, negative, neutral = (
        SHARES if temperature == 1.0 else [Power(p, 1.0 / temperature) for p in SHARES]
    )
    highest = Maximum(Maximum(positive, negative), neutral)
    if temperature != 1.0:
        highest = highest / (positive + negative + neutral)
    return latest(highest, by_model(model, max_len))


def finbert_entropy(*, model: str = FINBERT, max_len: int = LONGEST) -> Expr:
    r"""How undecided the model is of the latest text, :math:`-\sum_k p_k \ln p_k / \ln 3`."""
    parts = [Where(Equal(p, 0.0), 0.0, p * Log(p)) for p in SHARES]
    total = (parts[0] + parts[1] + parts[2]) * (-1.0 / log(3.0))
    return latest(Maximum(total, 0.0), by_model(model, max_len))


def text_length(*, unit: Unit = "chars", scorer: str = ANY) -> Expr:
    r"""Length of the latest text once it is cleaned, :math:`|s|`.

    Notes
    -----
    Code points of Unicode, words, or the scorer's own tokens before it cuts. A text was cut where ``sentiment.tokens``
    is above ``sentiment.limit``.
    """
    length = {"chars": MOOD.characters, "words": MOOD.words, "tokens": MOOD.tokens}[unit]
    return latest(length, by(scorer))


def text_readability() -> Expr:
    r"""Flesch's reading ease of the latest text.

    .. math:: 206.835 - 1.015 \frac{W}{S} - 84.6 \frac{Y}{W}

    Notes
    -----
    W, S and Y are words, sentences and syllables, the last counted as runs of vowels. Made for English: NaN of texts
    that are known to be in another language, and of those without words.

    References
    ----------
    Flesch, R. (1948). A new readability yardstick. Journal of Applied Psychology 32(3), 221-233.
    """
    ease = reading_ease(MOOD.words, MOOD.sentences, MOOD.syllables)
    english = Or(Equal(MOOD.language, 0.0), Equal(MOOD.language, ENGLISH))
    return latest(Where(english, ease, NOTHING), by(ANY))


def lexicon_tone_lm(*, dict: str = "Loughran-McDonald") -> Expr:
    r"""Tone of the latest text by a list of good and bad words, :math:`(p - n) / (p + n + 1)`.

    Notes
    -----
    As the events of the scorer of that name have it: a good word behind a negation counts as bad. The list of Loughran
    and McDonald is the user's to bring; ``finance-words`` is the small one that comes with the package.

    References
    ----------
    Loughran, T., McDonald, B. (2011). When is a liability not a liability? Textual analysis, dictionaries, and 10-Ks.
    Journal of Finance 66(1), 35-65.
    """
    return latest(MOOD.compound, by(dict))


def vader_compound(*, alpha: float = 15.0) -> Expr:
    r"""Sentiment of the latest text by VADER, :math:`s / \sqrt{s^2 + \alpha}`.

    Notes
    -----
    s is the sum of the words' values after VADER's rules, as the events of the scorer ``vader`` have it.

    References
    ----------
    Hutto, C. J., Gilbert, E. (2014). VADER: a parsimonious rule-based model for sentiment analysis of social media
    text. Proceedings of ICWSM 8(1), 216-225.
    """
    if alpha <= 0.0:
        raise DefinitionError(f"vader_compound: alpha must be positive, got {alpha}")
    s = MOOD.valence
    return latest(s / Sqrt(s * s + alpha), by("vader"))


def news_novelty(*, W: Duration = DAY) -> Expr:
    r"""How new the latest text is beside those of the last `W`, :math:`1 - \max_j \cos(v_i, v_j)`.

    Notes
    -----
    As the events have it whose scoring looked back so far; others do not count. Words are weighted by how rare they
    were so far: no vocabulary knows the future. 1 where nothing came before.

    References
    ----------
    Tetlock, P. C. (2011). All the news that's fit to reprint: do investors react to stale information? Review of
    Financial Studies 24(5), 1481-1512.
    """
    return latest(MOOD.novelty, Equal(MOOD.horizon, float(W)))
