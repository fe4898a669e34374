"""The host step of a refit: fit on a copy of the window, and put the parameters where the kernel finds them."""

import numpy as np

from penstock.compile.layout import RESUME, TICKS
from penstock.compile.program import G_HOST, SEGMENT, SEGMENTS
from penstock.core.errors import FitError
from penstock.engine.arena import Arena
from penstock.ops.fitted import Fitted
from penstock.plan import value
from penstock.plan.nodes import ticking


def waiting(arena: Arena) -> Fitted:
    """The refit before which the loop stopped."""
    made, cells = arena.program, arena.program.cells
    segment = cells[SEGMENTS] + SEGMENT * (arena.cells[RESUME] - 1)
    return made.hosts[int(cells[segment + G_HOST])]


def fit(arena: Arena) -> None:
    """Do every fit that is due in the block at which the loop stopped."""
    node = waiting(arena)
    state = _registers(arena, node)
    count = int(state["n"])
    ticks = int(arena.cells[arena.program.layout.heads[ticking(node.clock)] + TICKS])
    first = (count // node.every + 1) * node.every
    for tick in range(first, count + ticks + 1, node.every):
        if tick >= node.window:
            _fit_at(arena, node, tick - count, tick + node.delay)


def _fit_at(arena: Arena, node: Fitted, offset: int, effective: int) -> None:
    """Fit on the window that ends with the block's tick ``offset``; effective from tick ``effective`` on."""
    made = arena.program.layout
    place = made.places[value(node.x)]
    floats = arena.cells.view(np.float64)
    stop = int(arena.cells[place.cursor]) + offset
    cells = floats if node.x.dtype == "f8" else arena.cells
    rows = cells[place.base + (stop - node.window) * place.cells : place.base + stop * place.cells]
    state = _registers(arena, node)
    base, items = made.histories[node]
    history = floats[base : base + items]
    size = node.model.size
    shape = (node.window,) if place.cells == 1 else (node.window, place.cells)
    try:
        fitted = node.model.fit(rows.reshape(shape).astype(np.float64))
    except FitError:
        state["failed"] += 1
        return
    slots = (items - size) // (size + 1)
    start = size + int(state["tail"]) % slots * (size + 1)
    history[start] = effective
    history[start + 1 : start + 1 + size] = fitted
    state["tail"] += 1


def _registers(arena: Arena, node: Fitted) -> np.void:
    cells = arena.cells[arena.program.layout.registers[node] :][: node.registers.itemsize // 8]
    return cells.view(node.registers)[0]
