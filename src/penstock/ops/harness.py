"""Run one operator alone, in blocks, on arrays: what the laws and the docstring examples use."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from penstock.core.schema import EventType, Field
from penstock.expr import ROOM, Column, Constant, Elementwise, Operator, arguments, operand_names
from penstock.streams import Stream

FREE = Stream(
    EventType("free", "Columns of an example.", tuple(Field(n, "1") for n in ("x", "y", "z", "v")))
)
X, Y, Z, V = (Column(FREE, name) for name in ("x", "y", "z", "v"))
ROOM_ITEMS = 4_096


class Harness:
    """One operator with its registers and history, fed block by block.

    Parameters
    ----------
    node
        The operator.
    columns
        One full-length array per operand field.
    clock
        ``ts`` (times of the operands' ticks), ``at`` (times of the node's ticks), ``upto`` and ``before`` as the
        kernel convention has them, full length. Without them the node ticks with its operands at 0, 1, 2, … s.
    kernel
        What to call; the operator's own kernel by default, or its compiled form.
    """

    def __init__(
        self, node: Operator, columns: dict[str, Any], clock: dict[str, Any], kernel: Any = None
    ) -> None:
        self.node = node
        self.columns = {
            k: np.ascontiguousarray(v, None if np.asarray(v).dtype == np.int64 else float)
            for k, v in columns.items()
        }
        size = len(next(iter(self.columns.values()), clock.get("ts", ())))
        self.ts = np.asarray(clock.get("ts", np.arange(size) * 1_000_000_000), np.int64)
        self.at = np.asarray(clock.get("at", self.ts), np.int64)
        self.upto = np.asarray(clock.get("upto", np.arange(1, self.at.size + 1)), np.int64)
        self.before = np.asarray(clock.get("before", np.zeros(self.at.size)), np.int64)
        self.kernel = kernel or type(node).kernel
        self.registers = np.zeros(1, node.registers) if node.registers.names else None
        items = node.history_items
        items = node.room_items(ROOM_ITEMS) if items == ROOM else items
        self.history = np.zeros(items, node.history) if node.history.names else None
        self.done = 0

    def block(self, size: int) -> dict[str, np.ndarray]:
        """The outputs of the next ``size`` ticks."""
        node, start, stop = self.node, self.done, self.done + size
        shape = (size,) if node.cells == 1 else (size, node.cells)
        outputs = {name: np.full(shape, -7.0) for name in node.outputs}
        state = {"registers": self.registers, "history": self.history}
        clock = {name: getattr(self, name)[start:stop] for name in ("at", "upto", "before")}
        seen_as = {n: out.reshape(-1) if node.flat else out for n, out in outputs.items()}
        bound: dict[str, Any] = {**seen_as, **state, **clock, "first": 0}
        seen = int(self.upto[stop - 1]) if node.windowed and size else stop
        bound["ts"] = self.ts[:seen]
        for name, operand in zip(operand_names(type(node)), node.operands, strict=True):
            of_source = node.windowed and name not in node.queries
            if isinstance(operand, Constant):
                items = seen if of_source else size + node.lookback
                cells = node.cells if isinstance(node, Elementwise) else 1
                bound[name] = np.full(items * cells, operand.value)
            elif of_source:
                bound[name] = self.columns[name][:seen]
            else:
                column = leading(self.columns[name][:stop], start - node.lookback)
                bound[name] = column.reshape(-1) if node.flat else column
        bound |= {k: v for k, v in node.parameters.items() if isinstance(v, int | float)}
        with np.errstate(all="ignore"):
            names = arguments(type(node).kernel)
            self.kernel(*(bound[name] if name in bound else plain(node, name) for name in names))
        self.done = stop
        return outputs

    def merge(self, other: "Harness", compiled: Any = None) -> None:
        """Take in what another part of the stream left in an operator that merges; that part stays as it is."""
        merge = type(self.node).merge
        bound: dict[str, Any] = {"registers": self.registers, "history": self.history}
        bound |= {f"other_{name}": getattr(other, name) for name in bound}
        names = arguments(merge)
        call = compiled or merge
        call(*(bound[name] if name in bound else plain(self.node, name) for name in names))
        self.done = max(self.done, other.done)


def plain(node: Operator, name: str) -> Any:
    """A parameter as a kernel takes it."""
    value = getattr(node, name)
    return np.array(value, float) if isinstance(value, tuple) else value


def leading(column: np.ndarray, start: int) -> np.ndarray:
    """The column from ``start``, with NaN (0 for integers) for what lies before its beginning."""
    if start >= 0:
        return column[start:].copy()
    fill = np.nan if column.dtype == np.float64 else 0
    return np.concatenate([np.full((-start, *column.shape[1:]), fill, column.dtype), column])


def run(
    node: Operator,
    columns: dict[str, Any],
    *,
    splits: Sequence[int] | None = None,
    kernel: Any = None,
    **clock: Any,
) -> dict[str, np.ndarray]:
    """Every output of an operator over whole columns, computed in blocks of the given sizes."""
    harness = Harness(node, columns, clock, kernel)
    total = harness.at.size
    sizes = [total] if splits is None else list(splits)
    if sum(sizes) != total:
        raise ValueError(f"run: the splits must add up to {total}, got {sum(sizes)}")
    parts = [harness.block(size) for size in sizes]
    return {name: np.concatenate([part[name] for part in parts]) for name in node.outputs}


def evaluate(node: Operator, *, clock: dict[str, Any] | None = None, **columns: Any) -> Any:
    """The outputs of an operator as lists: one list, or one per output by name.

    Examples
    --------
    >>> evaluate(X + Y, x=[1.0, 2.0], y=[0.5, 0.5])
    [1.5, 2.5]
    """
    found = run(node, columns, **(clock or {}))
    results = {name: values.tolist() for name, values in found.items()}
    return results if len(node.outputs) > 1 else results["out"]
