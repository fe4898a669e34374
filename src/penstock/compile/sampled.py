"""The step of as-ofs: live, a value is copied where its clock has ticked since, else it stands where it was put.

A view at every event of several streams samples most of its columns anew at each, and few of them have changed: with
110 as-ofs in an event of 3 us the copies took 0.7. What a step saw last is no part of a state: a new arena has seen
nothing. In blocks values are copied as cells: the kernel's inner loop over the cells of a tick, of which there is one
mostly, took 2.4 ns a tick.
"""

from penstock.compile.layout import COUNT, Layout
from penstock.core.jit import jit
from penstock.core.memory import load, store
from penstock.expr import Operator
from penstock.plan import value
from penstock.plan.nodes import ticking, upto

STEP = 7  # fields of one instance: out, seen, upto, count, cursor, base, cells
NAN = 0x7FF8000000000000


@jit
def sampled(arena: int, descriptor: int, ticks: int) -> None:  # noqa: ARG001  (one tick: the live layout)
    """Copy the last value that is visible, if it is not the one that was copied last."""
    d = descriptor + 8
    for _ in range(load(descriptor)):
        seen, now = arena + 8 * load(d + 8), load(arena + 8 * load(d + 16))
        if now != load(seen):
            store(seen, now)
            out, cells = arena + 8 * load(d), load(d + 48)
            item = now - 1 - load(arena + 8 * load(d + 24)) + load(arena + 8 * load(d + 32))
            x = arena + 8 * (load(d + 40) + item * cells)
            for j in range(cells):
                store(out + 8 * j, load(x + 8 * j) if now > 0 else NAN)
        d += 8 * STEP


@jit
def sampled_block(arena: int, descriptor: int, ticks: int) -> None:
    """Copy the last value that is visible at each tick."""
    d = descriptor + 8
    for _ in range(load(descriptor)):
        out, times, cells = arena + 8 * load(d), arena + 8 * load(d + 16), load(d + 48)
        before = load(arena + 8 * load(d + 32)) - 1 - load(arena + 8 * load(d + 24))
        x = arena + 8 * (load(d + 40) + before * cells)
        if cells == 1:
            for i in range(ticks):
                now = load(times + 8 * i)
                store(out + 8 * i, load(x + 8 * now) if now > 0 else NAN)
        else:
            for i in range(ticks):
                now = load(times + 8 * i)
                for j in range(cells):
                    cell = load(x + 8 * (now * cells + j)) if now > 0 else NAN
                    store(out + 8 * (i * cells + j), cell)
        d += 8 * STEP


def fields(node: Operator, made: Layout) -> list[int]:
    """Cells that either reads."""
    x = node.operands[0]
    place = made.places[value(x)]
    return [
        made.places[node, "out"].base,
        made.seen[node],
        made.places[upto(node), "out"].base,
        made.heads[ticking(x.clock)] + COUNT,
        place.cursor,
        place.base,
        node.cells,
    ]
