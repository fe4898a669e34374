"""What an expression set compiles to: clocks, columns and batches of steps; it can be printed."""

from dataclasses import dataclass, field

from penstock.expr import Expr, Output
from penstock.expr.operator import Operator
from penstock.streams import Clock, Route, Stream


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """What memory a column needs: values it is read back over, and whether a window of time governs it.

    ``retention`` is how many nanoseconds of a windowed column are read back. Columns that one operator reads together
    have one retention, so that they are kept alike.
    """

    lookback: int = 0
    windowed: bool = False
    retention: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Steps of one kind on one clock that run together, and the clock whose ticks they make values for."""

    nodes: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """Batches that are skipped together when their clock is silent."""

    clock: Clock
    batches: tuple[Batch, ...]


@dataclass(frozen=True)
class Plan:
    """A compiled expression set.

    ``columns`` maps each value, an (operator, output name) or (leaf, "out"), to what memory it needs; ``retention``
    gives each clock's longest window in nanoseconds (absent: no window), which its times are kept for. ``streams``
    enter from outside, ``routed`` are copies of them that ``routes`` make; a stream that is only copied is in
    ``unread``.
    """

    outputs: tuple[tuple[str, Expr], ...]
    on: Clock
    streams: tuple[Stream, ...]
    clocks: tuple[Clock, ...]
    nodes: tuple[Expr, ...]
    segments: tuple[Segment, ...]
    columns: dict[tuple[Expr, str], ColumnSpec] = field(repr=False)
    retention: dict[Clock, int] = field(repr=False)
    warmups: dict[str, int] = field(repr=False)
    routes: tuple[Route, ...] = ()
    routed: tuple[Stream, ...] = ()
    unread: frozenset[Stream] = frozenset()

    @property
    def inputs(self) -> tuple[Stream, ...]:
        """Every stream that the compiled loop reads."""
        return (*self.streams, *self.routed)

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The operators, operands first."""
        return tuple(node for node in self.nodes if isinstance(node, Operator))

    @property
    def text(self) -> str:
        """The plan as it runs: segments by clock, batches by kernel, then the outputs."""
        lines = []
        for segment in self.segments:
            lines.append(f"on {segment.clock.text}")
            for batch in segment.batches:
                lines += [f"    {node.text}" for node in batch.nodes]
        lines += [f"{name} = {expr.text}" for name, expr in self.outputs]
        return "\n".join(lines)

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """The identity of every stateful definition, in plan order."""
        return tuple(node.fingerprint for node in self.nodes)


def value(node: Expr) -> tuple[Expr, str]:
    """The key of the column that holds a node's value."""
    return (node.source, node.name) if isinstance(node, Output) else (node, "out")
