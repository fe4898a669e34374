"""Walking an expression."""

from collections.abc import Iterable, Iterator

from penstock.expr.clocks import When
from penstock.expr.expression import Expr
from penstock.streams import Clock, lineage


def walk(roots: Iterable[Expr]) -> Iterator[Expr]:
    """Every node below the roots, each once, operands first; conditions of clocks are included."""
    seen: set[Expr] = set()
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        node, ready = stack.pop()
        if node in seen:
            continue
        if ready:
            seen.add(node)
            yield node
            continue
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(children(node)) if child not in seen)


def children(node: Expr) -> tuple[Expr, ...]:
    """The operands of a node and the conditions of the clocks that it names."""
    clocks = [value for value in node.parameters.values() if isinstance(value, Clock)]
    conditions = [clock.condition for clock in lineage(clocks) if isinstance(clock, When)]
    return (*node.operands, *conditions)
