"""What an engine reads: anything that gives blocks of events in time order."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.keys import Keys
from penstock.events.quarantine import Quarantine

CHUNK = 65_536  # records in a chunk, about: what bounds a reader's memory


@runtime_checkable
class Source(Protocol):
    """A named stream of events, read in chunks of bounded memory.

    Attributes
    ----------
    name
        What reports, errors and the quarantine call it; a file's name for a file.
    types
        The event types it gives, in the order of a chunk's blocks.
    """

    @property
    def name(self) -> str: ...

    @property
    def types(self) -> tuple[EventType, ...]: ...

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """The events from the start: per chunk one block of each type, which may be empty.

        Every block is in time order, and every time of a chunk is at most every time of the next.
        Each call starts again. Bad rows go to the quarantine.
        """
        ...

    def content_hash(self) -> str:
        """The SHA-256 of the file's bytes (or of what determines the events), in hex."""
        ...
