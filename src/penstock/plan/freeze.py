"""A check after pass 1: no as-of repeats a time window whose clock may stop."""

from collections.abc import Iterable

from penstock.core.errors import DefinitionError
from penstock.expr import Expr, Operator, Output, walk
from penstock.ops.asof import AsOf
from penstock.ops.clock.as_of_before import AsOfBefore
from penstock.ops.clock.as_of_within import AsOfWithin
from penstock.streams import AnyOf, Stream

SAMPLES = (AsOf, AsOfWithin, AsOfBefore)


def verify_windows(outputs: tuple[tuple[str, Expr], ...]) -> None:
    """Refuse an as-of of a time window that ticks on events: when they stop, its value freezes.

    What an operator with a memory (``Ema``) makes of such a window is a series of the events, and may be sampled.
    """
    if all(frozen(x) is None for _, x in samples(expr for _, expr in outputs)):
        return
    for name, expr in outputs:
        for sample, window in samples([expr]):
            found = frozen(window)
            if found is not None:
                raise DefinitionError(
                    f"View column {name!r}: a time window ticks on its on= clock, got on={found.clock.text} "  # type: ignore[union-attr]
                    f"sampled on {sample.on.text}, where it would freeze when events stop; leave out on= or "
                    f"say on={sample.on.text}"
                )


def samples(exprs: Iterable[Expr]) -> list[tuple[AsOf | AsOfWithin | AsOfBefore, Expr]]:
    """Every as-of of another clock, with what it samples."""
    return [
        (node, node.x)
        for node in walk(exprs)
        if isinstance(node, SAMPLES) and node.x.clock is not None and node.x.clock is not node.on
    ]


def frozen(expr: Expr) -> Operator | None:
    """The time window of an event clock that a value is made of without any memory in between."""
    stack = [expr]
    while stack:
        node = stack.pop()
        node = node.source if isinstance(node, Output) else node
        if not isinstance(node, Operator):
            continue
        fixed = node.retention or node.reads_once
        if node.windowed and fixed and isinstance(node.clock, Stream | AnyOf):
            return node
        if node.caused:  # what it was at a tick that is past
            continue
        if "registers" not in node.kernel_arguments and not node.lookback:
            stack.extend(node.operands)
    return None
