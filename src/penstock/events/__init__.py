"""Event types, blocks, readers, book builders and the market simulator."""

from penstock.events.block import Block, Event, Keys
from penstock.events.types import EVENT_TYPES, LEVELS, Bar, Book, Depth, Mbo, Quote, Trade

__all__ = ["EVENT_TYPES", "LEVELS", "Bar", "Block", "Book", "Depth", "Event", "Keys", "Mbo", "Quote", "Trade"]
