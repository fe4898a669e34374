"""Which exchange a capture is of."""

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np

from penstock.core.errors import DefinitionError, nearest
from penstock.core.schema import EventType
from penstock.events.readers.captures.batch import Batch
from penstock.events.readers.captures.binance import Futures, Spot
from penstock.events.readers.pieces import BrokenError, pieces

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


EXCHANGES: dict[str, type[Exchange]] = {exchange.venue: exchange for exchange in (Futures, Spot)}


def head_of(path: Path, member: str | None) -> bytes:
    """The first bytes of a capture."""
    head = b""
    with contextlib.closing(pieces(path, member)) as source, contextlib.suppress(BrokenError):
        for piece in source:
            head += piece
            if len(head) >= HEAD_BYTES:
                break
    return head[:HEAD_BYTES]


def exchange_of(name: str, given: str | None, head: bytes) -> type[Exchange]:
    """The exchange that is named, or the first whose signs are in the head."""
    if given is not None:
        if given not in EXCHANGES:
            known = ", ".join(EXCHANGES)
            raise DefinitionError(
                f"{name}: exchange must be one of {known}, got {given!r}{nearest(given, EXCHANGES)}"
            )
        return EXCHANGES[given]
    for exchange in EXCHANGES.values():
        if any(sign in head for sign in exchange.signs):
            return exchange
    raise DefinitionError(
        f"{name}: a capture must begin with messages of {', '.join(EXCHANGES)}, or the exchange be "
        f"given, got {head[:80]!r}"
    )


def sole_symbol(head: bytes) -> str:
    """The symbol of a capture of one, for messages that name none."""
    streams = {name.upper() for name in re.findall(rb'"stream":"(\w+)@', head)}
    found = streams or set(re.findall(rb'"s":"(\w+)"', head))
    return found.pop().decode() if len(found) == 1 else ""
