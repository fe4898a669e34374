"""Which exchange a capture is of."""

import re
from collections.abc import Sequence
from typing import ClassVar, Protocol

import numpy as np

from penstock.core.errors import DefinitionError, nearest
from penstock.core.schema import EventType
from penstock.events.readers.captures.batch import Batch
from penstock.events.readers.captures.binance import Futures, Spot
from penstock.events.readers.captures.bitmex import Bitmex
from penstock.events.readers.captures.bybit import Bybit
from penstock.events.readers.captures.bybit_v2 import OldBybit
from penstock.events.readers.captures.deribit import Deribit

HEAD_BYTES = 1 << 18  # of text that tells the exchange


class Exchange(Protocol):
    """What reads the messages of one exchange; one is made for each pass over a capture."""

    venue: ClassVar[str]
    types: ClassVar[tuple[EventType, ...]]
    rule: ClassVar[tuple[int, bool]]
    unstamped: ClassVar[tuple[EventType, ...]]  # types that carry no stamp of the exchange
    signs: ClassVar[tuple[bytes, ...]]  # what only this exchange writes

    def __init__(self, symbol: str = "") -> None: ...

    def read(self, batch: Batch, rows: np.ndarray, texts: Sequence[bytes]) -> None:
        """Put what the lines hold into the batch."""
        ...


EXCHANGES: dict[str, type[Exchange]] = {
    "binance-usdm": Futures,
    "binance": Spot,
    "bybit": Bybit,
    "bybit-v2": OldBybit,
    "bitmex": Bitmex,
    "deribit": Deribit,
}


def named(name: str, exchange: str) -> type[Exchange]:
    """The exchange of a name."""
    if exchange not in EXCHANGES:
        known = ", ".join(EXCHANGES)
        raise DefinitionError(
            f"{name}: exchange must be one of {known}, got {exchange!r}{nearest(exchange, EXCHANGES)}"
        )
    return EXCHANGES[exchange]


def exchange_of(name: str, head: bytes) -> str:
    """The first exchange whose signs are in the head of a capture."""
    for found, exchange in EXCHANGES.items():
        if any(sign in head for sign in exchange.signs):
            return found
    raise DefinitionError(
        f"{name}: a capture must begin with messages of {', '.join(EXCHANGES)}, or the exchange be "
        f"given, got {head[:80]!r}"
    )


def sole_symbol(head: bytes) -> str:
    """The symbol of a capture of one, for messages that name none."""
    streams = {name.upper() for name in re.findall(rb'"stream":"(\w+)@', head)}
    found = streams or set(re.findall(rb'"s":"(\w+)"', head))
    return found.pop().decode() if len(found) == 1 else ""
