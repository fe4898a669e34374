"""Nodes that only a plan has: a clock's own columns, what one clock sees of another, and the step that ticks."""

from dataclasses import dataclass
from functools import cached_property

from penstock.core.errors import DefinitionError
from penstock.core.schema import Dtype
from penstock.expr import Expr, Operator, Output, When, operand_names
from penstock.ops.asof import AsOf
from penstock.streams import NEVER, Clock, Delay, lineage


@dataclass(frozen=True, eq=False, repr=False)
class ClockColumn(Expr):
    """A column that a clock has by itself: ``time``, ``position`` or ``number`` (ticks so far, this one included)."""

    of: Clock
    kind: str

    @property
    def clock(self) -> Clock:
        return self.of

    @property
    def dtype(self) -> Dtype:
        return "i8"

    @cached_property
    def text(self) -> str:
        return f"{self.of.text}.{self.kind}"


@dataclass(frozen=True, eq=False, repr=False)
class Visible(Expr):
    """How many ticks of another clock stand at or before (``strict``: before) each tick."""

    at: Clock
    of: Clock
    strict: bool

    @property
    def clock(self) -> Clock:
        return self.at

    @property
    def dtype(self) -> Dtype:
        return "i8"

    @cached_property
    def text(self) -> str:
        return f"{'before' if self.strict else 'upto'}({self.at.text}, {self.of.text})"


@dataclass(frozen=True, eq=False, repr=False)
class Fire(Expr):
    """The step that makes a triggered clock's ticks."""

    of: When

    @property
    def clock(self) -> Clock | None:
        return self.of.condition.clock

    @cached_property
    def text(self) -> str:
        return f"fire({self.of.text})"


def ticking(clock: Clock | None) -> Clock:
    """The clock of a step: ``verify_sources`` has refused operators of constants only, which have none."""
    if clock is None:
        raise DefinitionError("Plan: a step must have a clock, got none")
    return clock


def helpers(node: Expr) -> tuple[Expr, ...]:
    """The plan's own nodes that a node reads besides its operands."""
    if isinstance(node, Visible):
        return (ClockColumn(node.at, "position"), ClockColumn(node.of, "position"))
    if isinstance(node, Fire):
        source = ticking(node.clock)
        return (ClockColumn(source, "time"), ClockColumn(source, "position"))
    if not isinstance(node, Operator):
        return ()
    names = node.kernel_arguments
    found: list[Expr] = []
    if "at" in names:
        found.append(ClockColumn(ticking(node.clock), "time"))
    if "ts" in names:
        found.append(ClockColumn(ticking(node.source), "time"))
    if "upto" in names:
        found.append(upto(node))
    if "before" in names:
        found.append(before(node))
    return tuple(found)


def upto(node: Operator) -> Expr:
    """Source ticks visible to each tick, or up to the one that caused it; on one clock that is its own number."""
    at, of = ticking(node.clock), ticking(node.source)
    if at is of or node.caused:
        return ClockColumn(at, "number")
    return Visible(at, of, strict=False)


def before(node: Operator) -> Expr:
    """Ticks of the reset clock strictly before each tick."""
    return Visible(ticking(node.clock), node.parameters.get("reset", NEVER), strict=True)


def needs(node: Expr) -> tuple[Expr, ...]:
    """Every step that must have run before this one."""
    found: list[Expr] = list(operand_sources(node))
    if isinstance(node, Fire):
        found.append(node.of.condition)
    found += helpers(node)
    clocks = [node.clock]
    if isinstance(node, Visible | ClockColumn):
        clocks.append(node.of)
    if isinstance(node, Operator):
        clocks.append(node.source)
    for clock in lineage(clock for clock in clocks if clock is not None):
        if isinstance(clock, When) and not isinstance(node, Fire):
            found.append(Fire(clock))
        if isinstance(clock, Delay):
            found.append(ClockColumn(clock.of, "time"))
    return tuple(dict.fromkeys(step(x) for x in found))


def operand_sources(node: Expr) -> tuple[Expr, ...]:
    """The operands of an operator; nothing for leaves."""
    return (
        tuple(getattr(node, name) for name in operand_names(type(node)))
        if isinstance(node, Operator)
        else ()
    )


def step(node: Expr) -> Expr:
    """The node that computes a value: an output's operator, or the node itself."""
    return node.source if isinstance(node, Output) else node


def sampled(node: Expr, on: Clock) -> Expr:
    """A value sampled on a clock by as-of, or the value itself where it lives there or everywhere."""
    return node if node.clock is None or node.clock is on else AsOf(node, on=on)
