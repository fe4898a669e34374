"""Pass 7: order the steps by clock, then so that few batches of one kernel are needed."""

from collections import Counter, defaultdict

from penstock.expr import Constant, Expr, Operator
from penstock.ops.scalars import is_scalar
from penstock.plan.nodes import ClockColumn, Fire, Visible, needs, ticking
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
        # a windowed kernel reads all that is kept of a column, of which a constant has nothing
        kept = tuple(node.windowed and isinstance(x, Constant) for x in node.operands)
        shapes = tuple((x.dtype, x.cells) for x in node.operands)
        return (type(node).kernel, node.cells, shapes, kept)
    return type(node)


class _Ready:
    """Steps that can run, by clock and kind, and what each step still waits for."""

    def __init__(self, nodes: tuple[Expr, ...]) -> None:
        self.waiting: dict[Expr, int] = {}
        self.users: dict[Expr, list[Expr]] = defaultdict(list)
        self.ready: dict[Clock, dict[object, list[Expr]]] = {}
        self.left = Counter[tuple[Clock, object]]()
        self.scalar = False  # whether the last batch was of scalars
        for node in filter(runs, nodes):
            before = [need for need in needs(node) if runs(need)]
            self.waiting[node] = len(before)
            self.left[ticking(node.clock), kind(node)] += 1
            for need in before:
                self.users[need].append(node)
            if not before:
                self._add(node)

    def _add(self, node: Expr) -> None:
        self.ready.setdefault(ticking(node.clock), {}).setdefault(kind(node), []).append(node)

    def batch(self, clock: Clock) -> Batch:
        """The steps of one kind that can run: of the kind that keeps the least of its steps waiting.

        A step that need not run yet waits for its like, because a batch costs as much as several steps. Scalars do
        not: those that follow each other are one batch when live. So they run when no other kind is whole, and then
        until none is left that can.
        """
        kinds = self.ready[clock]
        scalars = {kind for kind, nodes in kinds.items() if is_scalar(nodes[0])}

        def rank(kind: object) -> tuple[bool, bool, float, int]:
            share, scalar = len(kinds[kind]) / self.left[clock, kind], kind in scalars
            first = scalar if self.scalar else share == 1.0 and not scalar
            return (first, scalar, share, len(kinds[kind]))

        best = max(kinds, key=rank)
        self.scalar = best in scalars
        nodes = kinds.pop(best)
        self.left[clock, best] -= len(nodes)
        if not kinds:
            del self.ready[clock]
        for node in nodes:
            for user in self.users[node]:
                self.waiting[user] -= 1
                if not self.waiting[user]:
                    self._add(user)
        return Batch(tuple(nodes))


def schedule(nodes: tuple[Expr, ...]) -> tuple[Segment, ...]:
    """Segments of batches: stay on one clock while it has steps that can run."""
    steps = _Ready(nodes)
    segments = []
    while steps.ready:
        clock = next(iter(steps.ready))
        batches: list[Batch] = []
        while clock in steps.ready:
            batches.append(steps.batch(clock))
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
