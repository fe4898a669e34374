"""Pass 5: how many ticks until a column's first finite value."""

from penstock.expr import Expr, Operator, Output, walk


def warmups(outputs: tuple[tuple[str, Expr], ...]) -> dict[str, int]:
    """Ticks of its source clock up to and including the first finite value of each column.

    Along one clock the needs add up; an operator that samples another clock starts to count anew.
    """
    known: dict[Expr, int] = {}
    for node in walk(expr for _, expr in outputs):
        below = max((known[operand] for operand in node.operands), default=1)
        if isinstance(node, Output) and isinstance(node.source, Operator):
            known[node] = below + node.source.warmup_of(node.name) - node.source.warmup
        elif not isinstance(node, Operator):
            known[node] = below
        elif node.clock is not node.source:
            known[node] = node.warmup
        else:
            known[node] = below + node.warmup - 1
    return {name: known[expr] for name, expr in outputs}
