"""A run of events of one type, column by column, and one event of it."""

import ctypes
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType


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
        columns = {name: column[rows] for name, column in self.columns.items()}
        if not isinstance(rows, slice):
            return Block(self.type, columns)
        start, _, step = rows.indices(len(self))
        part = object.__new__(Block)  # nothing has to be looked at again
        part.type, part.columns, part.table = self.type, columns, self.table * (1, step)
        part.table[:, 0] += start * self.table[:, 1]
        part.address = part.table.ctypes.data
        return part

    @classmethod
    def of_records(cls, type: EventType, records: bytes) -> "Block":
        """The block of records as :meth:`Event.record` gives them."""
        rows = np.frombuffer(records, Form.of(type).dtype)
        return cls(type, {name: rows[name] for name in rows.dtype.names or ()})

    @classmethod
    def of(cls, type: EventType, **columns: object) -> "Block":
        """A block of anything array-like; ``receive`` defaults to ``time`` and ``key`` to 0."""
        time = np.asarray(columns["time"], np.int64)
        columns.setdefault("receive", time)
        columns.setdefault("key", np.zeros(time.shape, np.int64))
        dtypes = {name: dtype for name, dtype, _ in COMMON} | {f.name: f.dtype for f in type.fields}
        given = {name: dtype for name, dtype in dtypes.items() if name in columns}
        return cls(type, {name: np.asarray(columns[name], dtype) for name, dtype in given.items()})


WHOLE, REAL = struct.Struct("<q"), struct.Struct("<d")
COMMON = (("time", "i8", 1), ("receive", "i8", 1), ("key", "i8", 1))


class Event:
    """One event: a row of a block, or values of its own."""

    __slots__ = ("_block", "_cells", "row", "table", "type")

    def __init__(self, block: Block, row: int) -> None:
        self.type = block.type
        self.row = row
        self.table = block.address
        self._block: Block | None = block
        self._cells: Any = None

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

        Raises
        ------
        DefinitionError
            A column is missing, unknown or of another type.

        Examples
        --------
        >>> from penstock.events import Trade
        >>> Event.of(Trade, time=1_000, price=10.0, size=2.0, side=1)["price"]
        10.0
        """
        form, event = Form.of(type), cls.__new__(cls)
        event.type, event.row, event._block = type, 0, None  # noqa: SLF001  (its own kind)
        known = time if receive is None else receive
        event._cells, event.table = form.fill(time, known, key, values)  # noqa: SLF001
        return event

    @classmethod
    def of_record(cls, type: EventType, record: bytes) -> "Event":
        """One event from its cells, as :meth:`record` gives them.

        Examples
        --------
        >>> from penstock.events import Trade
        >>> event = Event.of(Trade, time=1_000, price=10.0, size=2.0, side=1)
        >>> Event.of_record(Trade, event.record())["price"]
        10.0
        """
        form, event = Form.of(type), cls.__new__(cls)
        event.type, event.row, event._block = type, 0, None  # noqa: SLF001  (its own kind)
        event._cells, event.table = form.of_cells(record)  # noqa: SLF001
        return event

    @property
    def block(self) -> Block:
        """The block that the event is a row of; one of its own where it has none."""
        if self._block is None:
            self._block = Form.of(self.type).block(self._cells)
        return self._block

    def record(self) -> bytes:
        """The event's cells, packed: time, receive, key, then the fields of its type.

        Examples
        --------
        >>> from penstock.events import Trade
        >>> event = Event.of(Trade, time=1_000, price=10.0, size=2.0, side=1)
        >>> Event(Block.of_records(Trade, event.record()), 0)["price"]
        10.0
        """
        form = Form.of(self.type)
        if self._block is None:
            return bytes(self._cells)[form.table.size :]
        columns, row = self._block.columns, self.row
        return b"".join([columns[name][row].tobytes() for name in form.starts])

    def __getitem__(self, name: str) -> Any:
        if self._block is None:
            return Form.of(self.type).read(self._cells, name)
        value = self._block.columns[name][self.row]
        return value.item() if value.ndim == 0 else value


class Form:
    """How one event of a type lies in cells of its own: a table of (address, stride), then the values.

    A feed makes an event at a time; building a block for each took seven times as long as 500 columns do.
    """

    _forms: ClassVar[dict[int, "Form"]] = {}  # by identity: hashing an event type is slow

    def __init__(self, type: EventType) -> None:
        self.type = type
        self.columns = COMMON + tuple((f.name, f.dtype, f.width) for f in type.fields)
        self.dtype = type.dtype()
        head, widths = 2 * len(self.columns), [width for _, _, width in self.columns]
        cells = [head + sum(widths[:i]) for i in range(len(widths))]
        self.starts = {
            name: 8 * cell for (name, _, _), cell in zip(self.columns, cells, strict=True)
        }
        self.single = {
            name: (WHOLE if dtype == "i8" else REAL, self.starts[name])
            for name, dtype, width in self.columns
            if width == 1
        }
        self.memory = ctypes.c_int64 * (head + sum(widths))
        self.table = struct.Struct(f"<{head}q")
        self.values = struct.Struct(
            "<" + "".join({"i8": "q", "f8": "d"}[d] * w for _, d, w in self.columns)
        )

    @classmethod
    def of(cls, type: EventType) -> "Form":
        """The form of a type, made once."""
        found = cls._forms.get(id(type))
        if found is None or found.type is not type:
            found = cls._forms[id(type)] = cls(type)
        return found

    def fill(self, time: int, receive: int, key: int, values: dict[str, Any]) -> tuple[Any, int]:
        """Cells with these values, and their address."""
        cells: list[Any] = [time, receive, key]
        for name, _, width in self.columns[3:]:
            value = values.get(name)
            if value is None or (width > 1 and len(value) != width):
                raise DefinitionError(
                    f"Event {self.type.name}: column {name!r} needs {width} values, got {value!r}"
                )
            cells.append(value) if width == 1 else cells.extend(value)
        if len(values) > len(self.type.fields):
            self.type.field(next(name for name in values if name not in self.starts))
        try:
            return self.of_cells(self.values.pack(*cells))
        except struct.error as error:
            raise DefinitionError(
                f"Event {self.type.name}: values must be of the columns' types, got {values!r} ({error})"
            ) from error

    def of_cells(self, record: bytes) -> tuple[Any, int]:
        """Memory that holds packed cells, and its address."""
        if len(record) != self.values.size:
            raise DefinitionError(
                f"Event {self.type.name}: a record must have {self.values.size} bytes, got {len(record)}"
            )
        memory = self.memory()
        address = ctypes.addressof(memory)
        self.table.pack_into(
            memory, 0, *(x for s in self.starts.values() for x in (address + s, 8))
        )
        ctypes.memmove(address + self.table.size, record, len(record))
        return memory, address

    def read(self, memory: Any, name: str) -> Any:
        """The value of a column."""
        one = self.single.get(name)
        if one is None:
            return self.block(memory).columns[name][0]
        return one[0].unpack_from(memory, one[1])[0]

    def block(self, memory: Any) -> Block:
        """A block of one event over the cells."""
        cells = np.frombuffer(memory, np.int64)
        columns = {}
        for name, dtype, width in self.columns:
            first = self.starts[name] // 8
            values = cells[first : first + width].view(dtype)
            columns[name] = values if width == 1 else values.reshape(1, width)
        return Block(self.type, columns)
