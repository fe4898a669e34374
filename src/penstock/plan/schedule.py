"""Pass 7: order the steps by clock, then level, then kernel."""

from collections import defaultdict

from penstock.expr import Constant, Expr, Operator
from penstock.plan.nodes import ClockColumn, Fire, Visible, needs
from penstock.plan.plan import Batch, Segment
from penstock.streams import Clock


def closure(roots: list[Expr]) -> tuple[Expr, ...]:
    """Every step that the roots need, needed ones first."""
    done: dict[Expr, None] = {}
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        if node in done:
            continue
        if ready:
            done[node] = None
            continue
        stack.append((node, True))
        stack.extend((need, False) for need in reversed(needs(node)))
    return tuple(done)


def runs(node: Expr) -> bool:
    """Whether a node is a step; the rest is filled when events arrive."""
    return isinstance(node, Operator | Visible | Fire)


def kind(node: Expr) -> object:
    """What steps must share to run as one batch."""
    if isinstance(node, Operator):
        shapes = tuple((x.dtype, x.cells > 1, isinstance(x, Constant)) for x in node.operands)
        return (type(node).kernel, shapes, getattr(node, "host", None) and node)
    return type(node)


def schedule(nodes: tuple[Expr, ...]) -> tuple[Segment, ...]:
    """Segments of batches: stay on one clock while it has steps that can run, and batch equal kernels."""
    waiting: dict[Expr, int] = {}
    users: dict[Expr, list[Expr]] = defaultdict(list)
    for node in nodes:
        if runs(node):
            before = [need for need in needs(node) if runs(need)]
            waiting[node] = len(before)
            for need in before:
                users[need].append(node)
    ready: dict[Clock, list[Expr]] = {}
    for node, count in waiting.items():
        if not count:
            ready.setdefault(node.clock, []).append(node)  # type: ignore[arg-type]
    segments = []
    while ready:
        clock = next(iter(ready))
        batches: list[Batch] = []
        while clock in ready:
            level: dict[object, list[Expr]] = {}
            for node in ready.pop(clock):
                level.setdefault(kind(node), []).append(node)
            batches += [Batch(tuple(batch)) for batch in level.values()]
            for node in (node for batch in level.values() for node in batch):
                for user in users[node]:
                    waiting[user] -= 1
                    if not waiting[user]:
                        ready.setdefault(user.clock, []).append(user)  # type: ignore[arg-type]
        segments.append(Segment(clock, tuple(batches)))
    return tuple(segments)


def clocks_of(nodes: tuple[Expr, ...], on: Clock) -> tuple[Clock, ...]:
    """Every clock that ticks in a plan, in order of first use, the view's first."""
    found = {on: None}
    for node in nodes:
        if isinstance(node, Fire):
            found[node.of] = None
        if isinstance(node, ClockColumn | Visible):
            found[node.of] = None
        if node.clock is not None:
            found[node.clock] = None
    return tuple(found)
