"""The terms of instruments as they stood: the last record at or before a time."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from penstock.core.errors import DefinitionError, nearest
from penstock.events.block import Block
from penstock.events.keys import Keys
from penstock.events.quarantine import Quarantine
from penstock.events.source import Source
from penstock.events.types import Instrument


@dataclass(frozen=True, slots=True)
class Terms:
    """One instrument's terms from a time on; NaN, or 0 of a whole field, is not said."""

    time: int
    values: dict[str, float]

    def __getitem__(self, name: str) -> float:
        if name not in self.values:
            raise DefinitionError(
                f"Terms: a field must be one of {', '.join(self.values)}, "
                f"got {name!r}{nearest(name, self.values)}"
            )
        return self.values[name]


class Instruments:
    """Terms by key and time, of blocks of `Instrument` events in any order of keys.

    What a record does not say stays as it was said before, so that a file of fees and a file of tick
    sizes make one table. Of two records of one time the later one in the blocks counts.

    Examples
    --------
    >>> from penstock.events import Block
    >>> from penstock.events.types import DEFAULTS, Instrument
    >>> said = {name: [value, value] for name, value in DEFAULTS["instrument"].items()}
    >>> block = Block.of(Instrument, time=[10, 20], **said | {"tick": [0.5, float("nan")], "lot": [1.0, 2.0]})
    >>> table = Instruments([block])
    >>> table.at(0, 9), table.at(0, 15)["tick"], table.at(0, 25)["tick"], table.at(0, 25)["lot"]
    (None, 0.5, 0.5, 2.0)
    """

    def __init__(self, blocks: Iterable[Block]) -> None:
        found: dict[int, list[Block]] = {}
        for block in blocks:
            if block.type is not Instrument:
                raise DefinitionError(
                    f"Instruments: blocks must be of instrument, got {block.type.name}"
                )
            for key in np.unique(block.columns["key"]).tolist():
                found.setdefault(key, []).append(block.take(block.columns["key"] == key))
        self._times: dict[int, np.ndarray] = {}
        self._values: dict[int, dict[str, np.ndarray]] = {}
        for key, parts in found.items():
            time = np.concatenate([part.columns["time"] for part in parts])
            order = np.argsort(time, kind="stable")
            self._times[key] = time[order]
            self._values[key] = {
                field.name: _carried(
                    np.concatenate([part.columns[field.name] for part in parts])[order]
                )
                for field in Instrument.fields
            }

    @classmethod
    def of(cls, source: Source, keys: Keys, quarantine: Quarantine | None = None) -> "Instruments":
        """All the terms that a source gives, beside whatever else it gives."""
        if Instrument not in source.types:
            given = ", ".join(type_.name for type_ in source.types)
            raise DefinitionError(f"{source.name}: instruments are needed, got {given}")
        place = source.types.index(Instrument)
        chunks = source.chunks(keys, quarantine or Quarantine(policy="stop"))
        return cls(blocks[place] for blocks in chunks)

    def __len__(self) -> int:
        return len(self._times)

    def at(self, key: int, time: int) -> Terms | None:
        """The terms of a key at a time; None before its first record."""
        times = self._times.get(key)
        place = -1 if times is None else int(np.searchsorted(times, time, "right")) - 1
        if times is None or place < 0:
            return None
        values = {name: column[place].item() for name, column in self._values[key].items()}
        return Terms(int(times[place]), values)

    def column(self, name: str, keys: np.ndarray, times: np.ndarray) -> np.ndarray:
        """One field for many keys and times at once; NaN, or 0 of a whole field, where there is no record."""
        field = Instrument.field(name)
        out = np.full(len(keys), np.nan if field.dtype == "f8" else 0, field.dtype)
        for key in np.unique(keys).tolist():
            if key in self._times:
                rows = np.flatnonzero(keys == key)
                places = np.searchsorted(self._times[key], times[rows], "right") - 1
                known = places >= 0
                out[rows[known]] = self._values[key][name][places[known]]
        return out


def _carried(values: np.ndarray) -> np.ndarray:
    """Each value, or the last before it that said something."""
    said = ~np.isnan(values) if values.dtype == np.float64 else values != 0
    places = np.maximum.accumulate(np.where(said, np.arange(values.size), -1))
    return np.where(places >= 0, values[places], values)
