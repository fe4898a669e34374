"""From texts to events that carry their scores: the one way for history and live."""

import math
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from penstock.core.errors import DataError, DefinitionError
from penstock.core.time import Duration, duration
from penstock.events import Block, Sentiment, Text
from penstock.events.readers.telemetry.words import SENTENCES, WORDS, syllables
from penstock.events.texts import text_id
from penstock.text.cleaning import Cleaning
from penstock.text.novelty import Novelty
from penstock.text.score import NAN, Score, Scorer

MEMORY = 1 << 16  # texts whose scores are kept: messages are passed on word for word
AT_ONCE = Duration(0)
COPIED = tuple(field.name for field in Text.fields)
SCORED = ("positive", "negative", "neutral", "compound", "valence", "tokens")


class Held(Protocol):
    """Texts by their ids."""

    def __getitem__(self, number: int, /) -> str: ...


class Told(NamedTuple):
    """A score, and what is counted of the cleaned text."""

    score: Score
    cleaned: str
    words: float
    sentences: float
    syllables: float


NO_WORDS = Told(Score(reason="words not held"), "", NAN, NAN, NAN)


class Scoring:
    """Makes an event of a score for every text, NaN where it has none.

    Parameters
    ----------
    scorer
        What scores.
    cleaning
        What of a text it sees.
    latency
        Declared time from a text to its score. The event stands that much later, in history too: a score is known no
        earlier than it would have been live.
    novelty
        How far back texts count for the novelty of one; None measures none.
    memory
        Texts whose scores are kept, for those that are told again.

    Attributes
    ----------
    reasons
        How many texts had no score, by reason.

    Examples
    --------
    >>> from penstock.events import Text
    >>> from penstock.events.texts import Texts
    >>> from penstock.text import WordScorer
    >>> texts, n = Texts(), float("nan")
    >>> ids = texts.ids(["Profits rise", "@jane"])
    >>> others = {"author": [0, 0], "source": [0, 0], "language": [0, 0], "weight": [n, n], "likes": [n, n]}
    >>> block = Block.of(Text, time=[5, 6], text=ids, reposts=[n, n], **others)
    >>> scoring = Scoring(WordScorer(), latency="1s")
    >>> made = scoring.scored(block, texts)
    >>> made.columns["time"].tolist(), made.columns["compound"].tolist(), dict(scoring.reasons)
    ([1000000005, 1000000006], [0.6666666666666666, nan], {'empty': 1})
    """

    def __init__(
        self,
        scorer: Scorer,
        *,
        cleaning: Cleaning | None = None,
        latency: Duration | str = AT_ONCE,
        novelty: Duration | str | None = None,
        memory: int = MEMORY,
    ) -> None:
        self.scorer, self.cleaning = scorer, cleaning or Cleaning()
        self.latency = duration(latency)
        if self.latency < 0:
            raise DefinitionError(f"Scoring: latency must not be negative, got {self.latency} ns")
        self.novelty = None if novelty is None else duration(novelty)
        self.memory = memory
        self.reasons: Counter[str] = Counter()
        self._told: OrderedDict[int, Told] = OrderedDict()
        self._past = None if self.novelty is None else Novelty(self.novelty)

    def anew(self) -> "Scoring":
        """The same scoring that has seen nothing, and counts nothing yet."""
        return Scoring(
            self.scorer,
            cleaning=self.cleaning,
            latency=self.latency,
            novelty=self.novelty,
            memory=self.memory,
        )

    def identity(self) -> str:
        """Everything that scores depend on."""
        return f"{self.scorer.identity()} {self.cleaning!r} {self.latency} {self.novelty}"

    def scored(self, block: Block, texts: Held) -> Block:
        """The scores of a block of texts, whose words are held."""
        ids = block.columns["text"].tolist()
        told = self._tell(ids, texts)
        mine = [told[number] for number in ids]
        self.reasons.update(one.score.reason for one in mine if one.score.reason)
        time, keys = block.columns["time"], block.columns["key"].tolist()
        past = self._past
        if past is None:
            novelty = np.full(len(ids), NAN)
        else:
            novelty = np.array(
                [
                    past.of(key, at, one.cleaned)
                    for key, at, one in zip(keys, time.tolist(), mine, strict=True)
                ],
                float,
            )
        length = [float(len(one.cleaned)) if one is not NO_WORDS else NAN for one in mine]
        return Block.of(
            Sentiment,
            time=time + self.latency,
            receive=block.columns["receive"] + self.latency,
            key=block.columns["key"],
            **{name: block.columns[name] for name in COPIED},
            published=time,
            scorer=np.full(len(ids), text_id(self.scorer.name)),
            **{name: [getattr(one.score, name) for one in mine] for name in SCORED},
            limit=np.full(len(ids), self.scorer.limit),
            characters=length,
            **{
                name: [getattr(one, name) for one in mine]
                for name in ("words", "sentences", "syllables")
            },
            novelty=novelty,
            horizon=np.full(len(ids), self.novelty or 0),
        )

    def _tell(self, ids: Sequence[int], texts: Held) -> Mapping[int, Told]:
        """What is known of each text; those that are new are scored together."""
        told: dict[int, Told] = {}
        new: dict[int, str] = {}
        for number in dict.fromkeys(ids):
            known = self._told.get(number)
            if known is not None:
                self._told.move_to_end(number)
                told[number] = known
                continue
            try:
                new[number] = self.cleaning.clean(texts[number] if number else "")
            except DataError:
                told[number] = NO_WORDS
        scores = iter(self._scores([text for text in new.values() if text]))
        for number, text in new.items():
            score = next(scores) if text else Score(reason="empty")
            told[number] = counted(text, score)
            if not score.reason.startswith("failed"):
                self._told[number] = told[number]
        while len(self._told) > self.memory:
            self._told.popitem(last=False)
        return told

    def _scores(self, texts: list[str]) -> list[Score]:
        """The scores of some texts; one that a scorer fails at has none."""
        if not texts:
            return []
        try:
            found = self.scorer.score(texts)
        except Exception as error:  # noqa: BLE001  (told as the reason)
            if len(texts) == 1:
                return [Score(reason=f"failed: {type(error).__name__}")]
            return [score for text in texts for score in self._scores([text])]
        if len(found) != len(texts):
            raise DefinitionError(
                f"Scorer {self.scorer.name}: a score for each of {len(texts)} texts is needed, got {len(found)}"
            )
        return [
            score if score.reason or math.isfinite(score.compound) else Score(reason="not finite")
            for score in found
        ]


def counted(text: str, score: Score) -> Told:
    """A score beside the counts of its text."""
    words = WORDS.findall(text.lower())
    sentences = max(1, len(SENTENCES.findall(text))) if words else 0
    return Told(score, text, float(len(words)), float(sentences), float(sum(map(syllables, words))))
