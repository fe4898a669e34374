"""What a scorer is, and what it says of a text."""

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

NAN = math.nan


class Score(NamedTuple):
    """What a scorer says of one text.

    Attributes
    ----------
    positive, negative, neutral
        Shares of 0 to 1 that add up to 1; NaN where the text has no score.
    compound
        From -1 to 1.
    valence
        What a lexicon sums before it is squashed to ``compound``; NaN of other scorers.
    tokens
        Of the text, before it is cut; NaN where the scorer does not count them.
    reason
        Why the text has no score; empty where it has one.
    """

    positive: float = NAN
    negative: float = NAN
    neutral: float = NAN
    compound: float = NAN
    valence: float = NAN
    tokens: float = NAN
    reason: str = ""


@runtime_checkable
class Scorer(Protocol):
    """Turns cleaned texts into scores.

    A score depends on its text alone, never on those beside it: to the bit, else history and live would differ.

    Attributes
    ----------
    name
        What features name it by; its id stands in every event.
    limit
        Tokens behind which it cuts a text; NaN where it cuts none.
    """

    @property
    def name(self) -> str: ...

    @property
    def limit(self) -> float: ...

    def score(self, texts: Sequence[str]) -> list[Score]:
        """The score of each text, in their order."""
        ...

    def identity(self) -> str:
        """Everything that scores depend on, such as the hash of a model's files; it is part of a source's hash."""
        ...
