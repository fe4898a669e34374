"""A run of events of one type, column by column, and the keys they belong to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType


class Keys:
    """Numbers for composite keys, given in order of first appearance.

    Examples
    --------
    >>> keys = Keys(("symbol", "venue"))
    >>> keys.number(("ES", "CME")), keys.number(("ES", "ICE")), keys.number(("ES", "CME"))
    (0, 1, 0)
    >>> keys.names[1]
    ('ES', 'ICE')
    """

    def __init__(self, columns: tuple[str, ...] = ("symbol",)) -> None:
        if not columns:
            raise DefinitionError("Keys: at least one key column is needed, got none")
        self.columns = columns
        self.names: list[tuple[str, ...]] = []
        self._numbers: dict[tuple[str, ...], int] = {}

    def __len__(self) -> int:
        return len(self.names)

    def number(self, name: tuple[str, ...]) -> int:
        """The number of a key, new if it was never seen."""
        found = self._numbers.get(name)
        if found is not None:
            return found
        if len(name) != len(self.columns):
            raise DefinitionError(
                f"Keys: a key needs {len(self.columns)} parts ({', '.join(self.columns)}), "
                f"got {name!r}"
            )
        self._numbers[name] = len(self.names)
        self.names.append(name)
        return len(self.names) - 1

    def number_all(self, names: Iterable[tuple[str, ...]]) -> np.ndarray:
        """The numbers of many keys, as int64."""
        return np.array([self.number(name) for name in names], np.int64)


@dataclass(slots=True)
class Block:
    """Events of one type in time order; arrays may be strided views of one buffer.

    ``columns`` holds ``time``, ``receive`` and ``key`` (int64, shape ``(n,)``) and one array per field of the
    type: ``(n,)`` or, where the field is wide, ``(n, width)`` with contiguous rows.
    """

    type: EventType
    columns: dict[str, np.ndarray]
    table: np.ndarray = field(init=False)  # (address, stride) of each column, for compiled code
    address: int = field(init=False)  # of the table; asking the array for it takes 800 ns

    def __post_init__(self) -> None:
        size = self.columns["time"].shape[0]
        rows = []
        fields = tuple((f.name, f.dtype, f.width) for f in self.type.fields)
        for name, dtype, width in COMMON + fields:
            column = self.columns.get(name)
            if column is None:
                raise DefinitionError(f"Block of {self.type.name}: column {name!r} is missing")
            shape = (size,) if width == 1 else (size, width)
            if column.shape != shape or column.dtype != np.dtype(dtype):
                raise DefinitionError(
                    f"Block of {self.type.name}: column {name!r} must be {dtype} of shape {shape}, "
                    f"got {column.dtype} of shape {column.shape}"
                )
            if width > 1 and size and column.strides[1] != 8:
                column = self.columns[name] = np.ascontiguousarray(column)
            rows.append((column.ctypes.data, column.strides[0] if size else 8))
        self.table = np.array(rows, np.int64)
        self.address = self.table.ctypes.data

    def __len__(self) -> int:
        return self.columns["time"].shape[0]

    def __iter__(self) -> Iterator["Event"]:
        return (Event(self, row) for row in range(len(self)))

    def take(self, rows: np.ndarray | slice) -> "Block":
        """The block of some rows."""
        return Block(self.type, {name: column[rows] for name, column in self.columns.items()})

    @classmethod
    def of(cls, type: EventType, **columns: object) -> "Block":
        """A block of anything array-like; ``receive`` defaults to ``time`` and ``key`` to 0."""
        time = np.asarray(columns["time"], np.int64)
        columns.setdefault("receive", time)
        columns.setdefault("key", np.zeros(time.shape, np.int64))
        dtypes = {name: dtype for name, dtype, _ in COMMON} | {f.name: f.dtype for f in type.fields}
        given = {name: dtype for name, dtype in dtypes.items() if name in columns}
        return cls(type, {name: np.asarray(columns[name], dtype) for name, dtype in given.items()})


COMMON = (("time", "i8", 1), ("receive", "i8", 1), ("key", "i8", 1))


class Event:
    """One event: a row of a block."""

    __slots__ = ("block", "row", "table")

    def __init__(self, block: Block, row: int) -> None:
        self.block = block
        self.row = row
        self.table = block.address

    @classmethod
    def of(
        cls,
        type: EventType,
        *,
        time: int,
        key: int = 0,
        receive: int | None = None,
        **values: object,
    ) -> "Event":
        """One event from its values.

        Examples
        --------
        >>> from penstock.events import Trade
        >>> Event.of(Trade, time=1_000, price=10.0, size=2.0, side=1)["price"]
        10.0
        """
        columns = {name: np.asarray([value]) for name, value in values.items()}
        known = time if receive is None else receive
        return cls(Block.of(type, time=[time], receive=[known], key=[key], **columns), 0)

    def __getitem__(self, name: str) -> Any:
        value = self.block.columns[name][self.row]
        return value.item() if value.ndim == 0 else value
