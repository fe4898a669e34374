"""Pass 8, and a check after every other pass: what must hold of any plan."""

from penstock.core.errors import DefinitionError
from penstock.core.time import duration_text
from penstock.expr import VIEW, Expr, Operator, walk
from penstock.plan.nodes import needs
from penstock.plan.plan import Plan
from penstock.plan.schedule import runs
from penstock.streams import Clock, Every


def verify_outputs(outputs: tuple[tuple[str, Expr], ...], on: Clock) -> None:
    """Every clock is resolved, no node mixes clocks, and every column is on the view's clock."""
    names = [name for name, _ in outputs]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DefinitionError(f"View: column names must differ, got {twice!r} twice")
    for node in walk(expr for _, expr in outputs):
        if node.clock is VIEW:
            raise DefinitionError(
                f"{type(node).__name__}: its clock must be resolved, got {node.text}"
            )
        if isinstance(node, Operator):
            node.check_clocks()
            verify_sleep(node)
    for name, expr in outputs:
        if expr.clock is not None and expr.clock is not on:
            raise DefinitionError(
                f"View column {name!r}: must live on {on.text}, got {expr.clock.text}"
            )
        if expr.cells > 1:
            raise DefinitionError(
                f"View column {name!r}: must be one cell wide, got {expr.cells}; use Cell(x, i)"
            )


def verify_sleep(node: Operator) -> None:
    """A clock that sleeps does so with empty time windows: what is read on it later has nothing to forget."""
    clock = node.clock
    if isinstance(clock, Every) and clock.idle is not None and node.retention > clock.idle:
        raise DefinitionError(
            f"{type(node).__name__} on {clock.text}: idle must be at least the time windows read on it, "
            f"{duration_text(node.retention)}, got {duration_text(clock.idle)}"
        )


def verify_sources(outputs: tuple[tuple[str, Expr], ...]) -> None:
    """Every operator with operands has one that ticks; an as-of of a constant is a constant by now."""
    for node in walk(expr for _, expr in outputs):
        if isinstance(node, Operator) and node.operands and node.source is None:
            raise DefinitionError(
                f"{type(node).__name__}: an operand on a clock is needed, got constants only"
            )


def verify_tables(outputs: tuple[tuple[str, Expr], ...]) -> None:
    """Every table that a kernel asks for can be made; else its module says what is missing."""
    for node in walk(expr for _, expr in outputs):
        if isinstance(node, Operator):
            for name in node.kernel_arguments:
                getattr(node, name, None)


def verify(plan: Plan) -> None:
    """Every step runs once, after all it needs; every column has memory."""
    done: set[Expr] = set()
    for segment in plan.segments:
        for batch in segment.batches:
            for node in batch.nodes:
                late = [need.text for need in needs(node) if runs(need) and need not in done]
                if late or node in done:
                    raise DefinitionError(
                        f"Plan: {node.text} must run once, after what it needs, got {late or 'twice'}"
                    )
            done.update(batch.nodes)
    missing = [node.text for node in plan.nodes if runs(node) and node not in done]
    if missing:
        raise DefinitionError(
            f"Plan: every step must be scheduled, got {missing} left over (a cycle of clocks)"
        )
