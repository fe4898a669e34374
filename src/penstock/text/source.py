"""The scores of recorded texts, as a source."""

import hashlib
from collections import Counter
from collections.abc import Iterator

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType
from penstock.events import Block, Keys, Quarantine, Sentiment, Source, Text
from penstock.text.scoring import Held, Scoring


class Scored:
    """A source of scores over a source of texts.

    Read both where a view needs both. Every pass scores anew, from the first text on.

    Parameters
    ----------
    source
        Gives texts, and holds their words in ``texts`` while their chunk is read.
    scoring
        How they are scored.
    texts
        Where the words are, if the source has no ``texts``.

    Attributes
    ----------
    reasons
        How many texts had no score in the latest pass, by reason.
    """

    types: tuple[EventType, ...] = (Sentiment,)

    def __init__(self, source: Source, scoring: Scoring, *, texts: Held | None = None) -> None:
        held = getattr(source, "texts", None) if texts is None else texts
        if Text not in source.types or held is None:
            raise DefinitionError(
                f"Scored: a source of texts that holds their words is needed (texts=…), got {source.name}"
            )
        self.source, self.scoring, self.texts = source, scoring, held
        self.reasons: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """The source's name, and the scorer's."""
        return f"{self.source.name} by {self.scoring.scorer.name}"

    def content_hash(self) -> str:
        """A hash of what is scored and of how."""
        parts = f"{self.source.content_hash()}\n{self.scoring.identity()}"
        return hashlib.sha256(parts.encode()).hexdigest()

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """The scores in order of time; see `Source.chunks`."""
        scoring = self.scoring.anew()
        self.reasons = scoring.reasons
        for blocks in self.source.chunks(keys, quarantine):
            for block in blocks:
                if block.type is Text:
                    yield (scoring.scored(block, self.texts),)
