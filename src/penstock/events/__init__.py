"""Event types, blocks, readers, book builders and the market simulator."""

from penstock.events.block import Block, Event, Keys
from penstock.events.quarantine import Quarantine, read_quarantine
from penstock.events.source import CHUNK, Source
from penstock.events.types import EVENT_TYPES, LEVELS, Bar, Book, Depth, Mbo, Quote, Trade

__all__ = [
    "CHUNK",
    "EVENT_TYPES",
    "LEVELS",
    "Bar",
    "Block",
    "Book",
    "Depth",
    "Event",
    "Keys",
    "Mbo",
    "Quarantine",
    "Quote",
    "Source",
    "Trade",
    "read_quarantine",
]
