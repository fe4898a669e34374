"""The one place that says what runs the features under test."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from tests.catalog.market import Market

import penstock as ps
import penstock.catalog
from penstock.core.schema import EventType
from penstock.events import Block, Keys
from penstock.events.quarantine import Quarantine
from penstock.events.source import Source


@dataclass(frozen=True)
class InMemory:
    """Blocks as a source, one a type."""

    blocks: tuple[Block, ...]

    @property
    def name(self) -> str:
        return " ".join(type_.name for type_ in self.types)

    @property
    def types(self) -> tuple[EventType, ...]:
        return tuple(block.type for block in self.blocks)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        keys.number(("X",))
        yield self.blocks

    def content_hash(self) -> str:
        return "0" * 64


def compute(
    market: Market, requests: tuple[str, ...], on: str
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Times of the rows, and each column by its request."""
    view = ps.View("checked", requests, on=on)
    roles: dict[str, list[Block]] = {}
    for stream, block in market.streams().items():
        roles.setdefault(stream.role, []).append(block)
    named = {role: InMemory(tuple(blocks)) for role, blocks in roles.items()}
    frame = ps.run(view, named)
    return frame["ts"].to_numpy(), {name: frame[name].to_numpy() for name in requests}


def by_symbol(
    sources: Sequence[Source],
    requests: tuple[str, ...],
    on: str,
    quarantine: Quarantine | None = None,
) -> dict[str, tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Times of the rows and columns by request, for each symbol of some sources."""
    frame = ps.run(ps.View("checked", requests, on=on), sources, quarantine=quarantine)
    return {
        symbol: (part["ts"].to_numpy(), {name: part[name].to_numpy() for name in requests})
        for (symbol,), part in frame.partition_by("symbol", as_dict=True).items()
    }
