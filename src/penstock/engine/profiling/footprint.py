"""What lies in a key's arena, in bytes: of each column and each step, and by kind."""

from dataclasses import dataclass

from penstock.compile.layout import Class, Layout, Place
from penstock.expr import ROOM, Constant, Expr, Operator
from penstock.plan import value
from penstock.plan.nodes import ticking

CELL = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """Some memory: the node it is of, which of its values, what kind of memory, bytes."""

    node: Expr
    name: str
    kind: str
    bytes: int


def pieces(made: Layout) -> list[Piece]:
    """Everything that a layout gives room to, but for heads, cursors and gaps between cache lines."""
    found = [
        Piece(node, "registers", "registers", node.registers.itemsize) for node in made.registers
    ]
    for node, (_, items) in made.histories.items():
        kind = "time windows" if node.history_items == ROOM else "histories"
        found.append(Piece(node, "history", kind, items * node.history.itemsize))
    outputs = range(made.row, made.row + len(made.plan.outputs) * made.capacity)
    for (node, name), place in made.places.items():
        kind = "output row" if place.base in outputs else kind_of(made, node, place)
        found.append(Piece(node, name, kind, CELL * extent(made, node, place)))
    return found


def kind_of(made: Layout, node: Expr, place: Place) -> str:
    """What a column's memory is for."""
    if isinstance(node, Constant):
        return "constants"
    group = group_of(made, node, place)
    if group is None:
        return "columns"
    if group.windowed:  # what an as-of reads is a column of which the last tick is needed
        return "time windows" if group.retention else "columns"
    return "count windows"


def extent(made: Layout, node: Expr, place: Place) -> int:
    """The cells of a column."""
    if isinstance(node, Constant):
        return place.items
    group = group_of(made, node, place)
    if group is None:
        return made.capacity * place.cells
    return 8 * (-(-group.room * place.cells // 8) | 1)


def group_of(made: Layout, node: Expr, place: Place) -> Class | None:
    """The class that a column slides with; None where it stays in place."""
    if not place.cursor or node.clock is None:
        return None
    groups = made.classes[ticking(node.clock)].values()
    return next((group for group in groups if group.cursor == place.cursor), None)


def by_kind(made: Layout) -> dict[str, int]:
    """Bytes of a key by kind; the rest is heads, cursors and gaps between cache lines."""
    total: dict[str, int] = {}
    for piece in pieces(made):
        total[piece.kind] = total.get(piece.kind, 0) + piece.bytes
    total["heads and gaps"] = CELL * made.cells - sum(total.values())
    return total


def of_steps(made: Layout) -> dict[Expr, int]:
    """Bytes that are there for a step: registers, history, its columns."""
    total: dict[Expr, int] = {}
    for piece in pieces(made):
        total[piece.node] = total.get(piece.node, 0) + piece.bytes
    return total


def reads(made: Layout, node: Expr) -> int:
    """Bytes of the windows that a step reads back over."""
    if not isinstance(node, Operator) or (node.windowed and not node.retention):
        return 0  # an as-of reads one tick, however long the column is kept
    total = 0
    for operand in node.operands:
        place = made.places[value(operand)]
        if isinstance(operand, Constant):
            continue
        if node.windowed:
            total += CELL * extent(made, operand, place)
        else:
            total += CELL * node.lookback * place.cells
    return total
