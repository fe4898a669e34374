"""A source behind a circuit breaker."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from penstock.core.schema import EventType
from penstock.events import Block, Keys
from penstock.events.circuit import REASON, Circuit
from penstock.events.quarantine import Quarantine
from penstock.events.source import Source


@dataclass(slots=True)
class Guarded:
    """A source of which a chunk is left out while too many of its rows are bad; rows left out are counted as skipped.

    Parameters
    ----------
    source
        What is read.
    rate, over
        When it is bad: see `Circuit`.
    """

    source: Source
    rate: float
    over: int = 1_000
    circuit: Circuit = field(init=False)

    def __post_init__(self) -> None:
        self.circuit = Circuit(self.rate, self.over)

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name

    @property
    def types(self) -> tuple[EventType, ...]:
        """What the source gives."""
        return self.source.types

    def content_hash(self) -> str:
        """The source's own."""
        return self.source.content_hash()

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """The source's chunks; see `Source.chunks`."""
        chunks = self.source.chunks(keys, quarantine)
        bad = quarantine.total
        # what the quarantine counts until the next chunk is there is this source's: nothing else runs meanwhile
        for blocks in chunks:
            found, delivered = quarantine.total - bad, sum(map(len, blocks))
            if self.circuit.saw(delivered + found, found):
                quarantine.skip(self.name, REASON, delivered)
                blocks = tuple(block.take(slice(0, 0)) for block in blocks)  # noqa: PLW2901
            yield blocks
            bad = quarantine.total
