"""What a profile reads and writes beside a program: its steps one by one, and counters.

A probe is a run of cells: the address of the counters, the period, the shortest interruption, then per segment
where its steps begin and end, and per step its wrapper, its descriptor and the place of its counters. The counters
of all programs of a plan are one run of cells, since their steps are the same.
"""

from dataclasses import dataclass

import numpy as np

from penstock.compile.emit import Fields
from penstock.compile.program import Program, segments_of
from penstock.expr import Expr
from penstock.plan import Plan

# counters: runs of the segments, then (ns, calls) of admission and of settling, then segments, then steps
RUNS, ADMITTED, SETTLED, FIRST = 0, 1, 3, 5
# of a segment and of a step; readings that the system interrupted are left out of TIME and TICKED
COUNTERS = 6
TIME, READ, TICKED, LEAST, LEFT, LEFT_TICKED = range(COUNTERS)
HEAD, STEP = 3, 3  # cells of a probe's head and of one step


@dataclass(slots=True)
class Probe:
    """The cells; the arrays must outlive every call that gets their address."""

    cells: np.ndarray
    descriptors: np.ndarray

    @property
    def address(self) -> int:
        """Where the probe starts."""
        return self.cells.ctypes.data


def steps_of(plan: Plan) -> tuple[Expr, ...]:
    """The steps in the order in which they run."""
    return tuple(
        node for segment in plan.segments for batch in segment.batches for node in batch.nodes
    )


def singly(nodes: tuple[Expr, ...], _: dict[Expr, Fields]) -> list[tuple[Expr, ...]]:
    """Each node a batch of its own."""
    return [(node,) for node in nodes]


def segments_in(program: Program) -> int:
    """How many segments a program has: those of the plan, cut before each refit."""
    return len(segments_of(program.layout, singly)[2])


def counters(program: Program) -> np.ndarray:
    """Counters for every program of a plan, all 0."""
    steps = len(steps_of(program.layout.plan))
    size = FIRST + COUNTERS * (segments_in(program) + steps)
    return np.zeros(size, np.int64)


def probe(program: Program, counted: np.ndarray, period: int, interruption: int) -> Probe:
    """The probe of a program.

    Parameters
    ----------
    program
        What is profiled.
    counted
        The counters.
    period
        How many runs go by between two that are timed step by step.
    interruption
        The shortest time, in counts, that may be one of the system's.
    """
    descriptors, _, segments = segments_of(program.layout, singly)
    flat = np.array([number for one in descriptors for number in one], np.int64)
    first = HEAD + 2 * len(segments)
    place = FIRST + COUNTERS * len(segments)
    bounds: list[int] = []
    steps: list[int] = []
    for _, _, batches in segments:
        bounds.append(first + len(steps))
        for function, offset in batches:
            steps += [function, flat.ctypes.data + 8 * offset, 8 * place]
            place += COUNTERS
        bounds.append(first + len(steps))
    cells = np.array([counted.ctypes.data, period, interruption, *bounds, *steps], np.int64)
    return Probe(cells, flat)
