"""The rules of VADER, by the library of their authors."""

import math
from collections.abc import Sequence
from importlib.metadata import version

from vaderSentiment.vaderSentiment import (
    BOOSTER_DICT,
    N_SCALAR,
    NEGATE,
    SentimentIntensityAnalyzer,
    SentiText,
)

from penstock.text.score import NAN, Score

_NEGATE = frozenset(NEGATE)


class VaderScorer:
    r"""Scores by VADER: a lexicon of 7,500 words, and rules for negation, degree, capitals, marks and emoji.

    .. math:: \frac{s}{\sqrt{s^2 + 15}}

    ``valence`` is the sum s of the words' values after the rules. Scores are those of the library to its last digit;
    what is ours is the speed: it looks only at the words that a rule is about, and for emoji only where there are some.

    References
    ----------
    Hutto, C. J., Gilbert, E. (2014). VADER: a parsimonious rule-based model for sentiment analysis of social media
    text. Proceedings of ICWSM 8(1), 216-225.

    Examples
    --------
    >>> VaderScorer().score(["The results are GREAT!", "not good"])[1].compound
    -0.3412
    """

    name = "vader"
    limit = NAN

    def __init__(self) -> None:
        self._analyzer = _Analyzer()

    def score(self, texts: Sequence[str]) -> list[Score]:
        return [self._score(text) for text in texts]

    def identity(self) -> str:
        return f"vader {version('vaderSentiment')}"

    def _score(self, text: str) -> Score:
        found = self._analyzer.polarity_scores(text)
        if self._analyzer.words == 0:
            return Score(reason="no words")
        return Score(
            found["pos"],
            found["neg"],
            found["neu"],
            found["compound"],
            self._analyzer.valence,
            float(self._analyzer.words),
        )


class _Analyzer(SentimentIntensityAnalyzer):
    """The library's analyzer, which keeps the sum that it squashes."""

    valence = NAN
    words = 0

    def polarity_scores(self, text: str) -> dict[str, float]:
        self.valence, self.words = NAN, 0
        if not (text.isascii() or self.emojis.keys().isdisjoint(text)):  # there are emoji to name
            return super().polarity_scores(text)
        told = SentiText(text.strip())
        words, found, but = told.words_and_emoticons, list[float](), False
        for i, word in enumerate(words):
            low = word.lower()
            but |= low == "but"
            if low not in self.lexicon or low in BOOSTER_DICT or _kind_of(words, i, low):
                found.append(0)
            else:
                found = self.sentiment_valence(0, told, word, i, found)
        return self.score_valence(self._but_check(words, found) if but else found, text)

    def score_valence(self, sentiments: list[float], text: str) -> dict[str, float]:
        total = float(sum(sentiments))
        if total:
            total += math.copysign(self._punctuation_emphasis(text), total)
        self.valence, self.words = total, len(sentiments)
        return super().score_valence(sentiments, text)

    @staticmethod
    def _special_idioms_check(valence: float, words_and_emoticons: list[str], i: int) -> float:
        """The library's rule on the words that it looks at; it lowers all words of the text."""
        return SentimentIntensityAnalyzer._special_idioms_check(  # noqa: SLF001  (its base)
            valence, words_and_emoticons[i - 3 : i + 3], 3
        )

    @staticmethod
    def _negation_check(
        valence: float, words_and_emoticons: list[str], start_i: int, i: int
    ) -> float:
        """The library's rule; it lowers all words of the text, and walks the list of negations, at each look."""
        word = words_and_emoticons[i - start_i - 1].lower()
        if start_i:
            near = [words_and_emoticons[i - back].lower() for back in range(1, start_i + 1)]
            stressed = "so" in near or "this" in near
            if start_i == 1 and word == "never" and stressed:
                return valence * 1.25
            if start_i == 2 and (
                (word == "never" and near[1] in {"so", "this"}) or near[0] in {"so", "this"}
            ):
                return valence * 1.25
            if word == "without" and "doubt" in near:
                return valence
        return valence * N_SCALAR if word in _NEGATE or "n't" in word else valence


def _kind_of(words: list[str], place: int, word: str) -> bool:
    return word == "kind" and place + 1 < len(words) and words[place + 1].lower() == "of"
