"""What an expression says about itself: inputs, warm-up, operators, cost."""

from penstock.expr import Column, Expr, Operator, walk
from penstock.plan.warmup import warmups

CONSTANT_TIME = "O(1) exact"


def inputs(expr: Expr) -> tuple[str, ...]:
    """The columns of streams that an expression reads, such as ``bar.close``."""
    return tuple(sorted({node.text for node in walk([expr]) if isinstance(node, Column)}))


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
    """The dearest incremental class among the operators, as the operators declare it."""
    classes = {getattr(node, "incremental", CONSTANT_TIME) for node in operators(expr)}
    return max(classes, key=ORDER.index, default=CONSTANT_TIME)


ORDER = (CONSTANT_TIME, "O(log w)", "O(w)", "periodic refit")


def lineage(expr: Expr) -> str:
    """The graph as text: one node a line, operands before the nodes that read them."""
    nodes = list(walk([expr]))
    number = {node: f"%{i}" for i, node in enumerate(nodes)}
    lines = []
    for node in nodes:
        reads = ", ".join(number[x] for x in node.operands) or "-"
        lines.append(f"{number[node]} {type(node).__name__} {node.fingerprint} <- {reads}")
    return "\n".join(lines)
