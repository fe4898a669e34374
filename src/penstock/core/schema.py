"""The shape of an event: named columns of 8-byte cells with a unit."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from penstock.core.errors import DefinitionError, nearest

Dtype = Literal["f8", "i8"]


@dataclass(frozen=True, slots=True)
class Field:
    """One column of an event type: ``width`` cells of one dtype."""

    name: str
    unit: str
    dtype: Dtype = "f8"
    width: int = 1


RECEIVE = Field("receive", "ns", "i8")  # UTC; that of ``time`` where nobody noted another


@dataclass(frozen=True, slots=True)
class EventType:
    """A typed, timestamped record of a stream.

    Every event also has ``time`` (int64 ns UTC, the order of the stream), ``receive`` (int64 ns UTC, when it
    was known) and ``key`` (the entity, as a number that ``Keys`` resolves).
    """

    name: str
    says: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """The field of that name; raises DefinitionError with the nearest one."""
        for field in self.fields:
            if field.name == name:
                return field
        known = [field.name for field in self.fields]
        raise DefinitionError(
            f"{self.name}: a column must be one of {', '.join(known)}, got {name!r}{nearest(name, known)}"
        )

    def column(self, name: str) -> Field:
        """What an expression may read of an event: a field, or ``receive``."""
        return RECEIVE if name == RECEIVE.name else self.field(name)

    @property
    def cells(self) -> int:
        """8-byte cells of one event besides time, receive and key."""
        return sum(field.width for field in self.fields)

    def dtype(self) -> np.dtype:
        """One event as a packed record, time, receive and key first."""
        return np.dtype(
            [("time", "i8"), ("receive", "i8"), ("key", "i8")]
            + [
                (f.name, f.dtype) if f.width == 1 else (f.name, f.dtype, (f.width,))
                for f in self.fields
            ]
        )
