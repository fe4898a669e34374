"""The host step of a refit: fit on a copy of the window, and put the parameters where the kernel finds them.

A fit holds from a tick on that its node names. With threads it runs in one of them until then; the loop stops at that
tick, and waits where the fit is not ready. Bits depend on ticks alone, so they are those of fits that are done at once.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from penstock.compile.layout import RESUME, TICKS
from penstock.compile.program import G_HOST, SEGMENT, SEGMENTS
from penstock.core.errors import DefinitionError, FitError
from penstock.core.model import Model
from penstock.engine.arena import Arena
from penstock.ops.fitted import Fitted
from penstock.plan import value
from penstock.plan.nodes import ticking


@dataclass(frozen=True, slots=True)
class Pending:
    """A fit in a thread, and the tick from which it holds."""

    node: Fitted
    effective: int
    future: "Future[np.ndarray | None]"

    def put(self, arena: Arena) -> None:
        """Wait for it, put it where the kernel finds it, and note by when the node's next must be there."""
        put(arena, self.node, self.effective, self.future.result())
        note(arena, self.node)


class Refits:
    """Does the fits of an engine, at once or in threads.

    Parameters
    ----------
    threads
        How many fits may be under way; 0: each is done where it is due.
    """

    def __init__(self, threads: int = 0) -> None:
        if threads < 0:
            raise DefinitionError(f"Engine: refit_threads must not be negative, got {threads}")
        self._pool = ThreadPoolExecutor(threads, "refit") if threads else None

    def __call__(self, arena: Arena) -> None:
        """Begin every fit that is due in the block at which the loop stopped, and end those that it needs."""
        node = waiting(arena)
        count = int(_registers(arena, node)["n"])
        ticks = int(arena.cells[arena.program.layout.heads[ticking(node.clock)] + TICKS])
        first = (count // node.every + 1) * node.every
        for tick in range(first, count + ticks + 1, node.every):
            if tick >= node.window:
                rows, effective = window(arena, node, tick - count), tick + node.delay
                if self._pool is None:
                    put(arena, node, effective, attempt(node.model, rows))
                else:
                    future = self._pool.submit(attempt, node.model, rows)
                    arena.fits.append(Pending(node, effective, future))
        own = [fit for fit in arena.fits if fit.node is node]
        for fit in own:
            if fit.effective <= count + ticks:
                arena.fits.remove(fit)
                fit.put(arena)
        note(arena, node)


def waiting(arena: Arena) -> Fitted:
    """The refit before which the loop stopped."""
    made, cells = arena.program, arena.program.cells
    segment = cells[SEGMENTS] + SEGMENT * (arena.cells[RESUME] - 1)
    return made.hosts[int(cells[segment + G_HOST])]


def attempt(model: Model, rows: np.ndarray) -> np.ndarray | None:
    """The parameters of a window; None where it gives none."""
    try:
        return model.fit(rows)
    except FitError:
        return None


def window(arena: Arena, node: Fitted, offset: int) -> np.ndarray:
    """A copy of the window that ends with the block's tick ``offset``."""
    place = arena.program.layout.places[value(node.x)]
    stop = int(arena.cells[place.cursor]) + offset
    cells = arena.cells.view(np.float64) if node.x.dtype == "f8" else arena.cells
    rows = cells[place.base + (stop - node.window) * place.cells : place.base + stop * place.cells]
    shape = (node.window,) if place.cells == 1 else (node.window, place.cells)
    return rows.reshape(shape).astype(np.float64)


def put(arena: Arena, node: Fitted, effective: int, fitted: np.ndarray | None) -> None:
    """Put parameters where the kernel finds them at tick ``effective``; a fit that failed is counted."""
    state = _registers(arena, node)
    if fitted is None:
        state["failed"] += 1
        return
    base, items = arena.program.layout.histories[node]
    history = arena.cells.view(np.float64)[base : base + items]
    size = node.model.size
    slots = (items - size) // (size + 1)
    start = size + int(state["tail"]) % slots * (size + 1)
    history[start] = effective
    history[start + 1 : start + 1 + size] = fitted
    state["tail"] += 1


def note(arena: Arena, node: Fitted) -> None:
    """Note by which tick the loop has to stop for a fit that is under way; 0 where none is."""
    own = (fit.effective for fit in arena.fits if fit.node is node)
    arena.cells[arena.program.layout.waits[node]] = next(own, 0)


def _registers(arena: Arena, node: Fitted) -> np.void:
    cells = arena.cells[arena.program.layout.registers[node] :][: node.registers.itemsize // 8]
    return cells.view(node.registers)[0]
