"""What an expression says about itself: inputs, warm-up, operators, cost."""

from penstock.expr import Column, Expr, Operator, walk
from penstock.expr.operator import CONSTANT, COSTS
from penstock.plan.warmup import warmups


def inputs(expr: Expr) -> tuple[str, ...]:
    """The columns of streams that an expression reads, such as ``bar.close``; ``time`` where a clock alone says it."""
    nodes = tuple(walk([expr]))
    found = {node.text for node in nodes if isinstance(node, Column)}
    alone = any(isinstance(node, Operator) and not node.operands for node in nodes)
    return (*sorted(found), *(["time"] if alone else []))


def streams(expr: Expr) -> tuple[str, ...]:
    """The event streams that an expression reads."""
    return tuple(sorted({node.stream.name for node in walk([expr]) if isinstance(node, Column)}))


def operators(expr: Expr) -> tuple[Operator, ...]:
    """Every operator of an expression, operands first."""
    return tuple(node for node in walk([expr]) if isinstance(node, Operator))


def warmup(expr: Expr) -> int:
    """Ticks of its source clock up to and including the first finite value."""
    return warmups((("value", expr),))["value"]


def incremental(expr: Expr) -> str:
    """The dearest class of cost per tick among the operators."""
    return max((node.cost for node in operators(expr)), key=COSTS.index, default=CONSTANT)


def lineage(expr: Expr) -> str:
    """The graph as text: one node a line, operands before the nodes that read them."""
    nodes = list(walk([expr]))
    number = {node: f"%{i}" for i, node in enumerate(nodes)}
    lines = []
    for node in nodes:
        reads = ", ".join(number[x] for x in node.operands) or "-"
        lines.append(f"{number[node]} {type(node).__name__} {node.fingerprint} <- {reads}")
    return "\n".join(lines)
