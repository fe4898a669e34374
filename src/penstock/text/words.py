"""Tone by counts of good and bad words, as Loughran and McDonald count them."""

import csv
import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from penstock.core.errors import DataError, DefinitionError
from penstock.text import finance_words
from penstock.text.score import NAN, Score

WORDS = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
NEGATIONS = frozenset(
    ("no", "not", "none", "neither", "never", "nobody", "nor", "without", "cannot")
)
REACH = 3  # words before a good one in which a negation turns it
OURS, THEIRS = "finance-words", "Loughran-McDonald"


class WordScorer:
    r"""Tone of a text by its good and its bad words.

    .. math:: \frac{p - n}{p + n + 1}

    A good word is a bad one where a negation stands among the three words before it; bad words stay bad. The shares are
    those of words.

    Parameters
    ----------
    positive, negative
        The words, of any case; by default a small list for news of companies, made by hand.
    name
        What features name the scorer by.

    References
    ----------
    Loughran, T., McDonald, B. (2011). When is a liability not a liability? Textual analysis, dictionaries, and 10-Ks.
    Journal of Finance 66(1), 35-65.

    Examples
    --------
    >>> [score.compound for score in WordScorer().score(["Profits rose", "No profit, and a loss"])]
    [0.6666666666666666, -0.6666666666666666]
    """

    limit = NAN

    def __init__(
        self,
        positive: Iterable[str] = finance_words.POSITIVE,
        negative: Iterable[str] = finance_words.NEGATIVE,
        *,
        name: str = OURS,
    ) -> None:
        self.name = name
        self.positive = frozenset(word.lower() for word in positive)
        self.negative = frozenset(word.lower() for word in negative)
        both = self.positive & self.negative
        if both:
            raise DefinitionError(
                f"WordScorer: a word must be good or bad, got {min(both)!r} as both"
            )
        if not (self.positive or self.negative):
            raise DefinitionError("WordScorer: at least one word is needed, got none")

    @classmethod
    def of_file(cls, path: str | Path, *, name: str = THEIRS) -> "WordScorer":
        """A scorer of a table in CSV: a column of words, and columns ``positive`` and ``negative``.

        A number above 0 there, such as the year that the list of Loughran and McDonald has, puts a word into the list;
        0, below (a word that they removed) or nothing does not. That list is free for research and asks a licence of
        others: it is not shipped.
        """
        lists: dict[str, list[str]] = {"positive": [], "negative": []}
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            columns = {column.strip().lower(): column for column in rows.fieldnames or ()}
            missing = [column for column in ("word", *lists) if column not in columns]
            if missing:
                raise DataError(
                    f"WordScorer: {path} must have columns word, positive and negative, got none called {missing[0]}"
                )
            for row in rows:
                for column, words in lists.items():
                    if _number(row[columns[column]]) > 0.0:
                        words.append(row[columns["word"]])
        return cls(lists["positive"], lists["negative"], name=name)

    def score(self, texts: Sequence[str]) -> list[Score]:
        return [self._score(text) for text in texts]

    def identity(self) -> str:
        words = "\n".join([*sorted(self.positive), "", *sorted(self.negative)])
        return f"{self.name} {hashlib.sha256(words.encode()).hexdigest()}"

    def _score(self, text: str) -> Score:
        words = WORDS.findall(text.lower())
        if not words:
            return Score(reason="no words")
        good = bad = 0
        for place, word in enumerate(words):
            if word in self.negative:
                bad += 1
            elif word in self.positive:
                if any(map(_negates, words[max(0, place - REACH) : place])):
                    bad += 1
                else:
                    good += 1
        n, tone = len(words), float(good - bad)
        return Score(
            good / n, bad / n, (n - good - bad) / n, tone / (good + bad + 1), tone, float(n)
        )


def _negates(word: str) -> bool:
    return word in NEGATIONS or word.endswith(("n't", "n\u2019t"))


def _number(text: str | None) -> float:
    try:
        return float(text or 0.0)
    except ValueError:
        return 0.0
