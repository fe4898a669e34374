"""States that two engines made, put together: what runs on from the one, what it lacks from the other.

The one is the live engine; the other ran over history up to the same position, and knows the operators that are new.
Its clocks may have ticked more often, having begun earlier: what counts ticks of a clock that both have is moved by
the difference.
"""

from dataclasses import dataclass, replace

import numpy as np

from penstock.compile.layout import COUNT
from penstock.engine.snapshots.maps import counted
from penstock.engine.snapshots.schema import Schema
from penstock.expr.expression import canonical
from penstock.plan import Plan
from penstock.streams import Delay

NOBODY = "-"  # before a name: nothing asks for it


@dataclass(slots=True)
class Cut:
    """Where the three parts of a state end, and where its runs in place begin."""

    fixed: int
    groups: int
    places: dict[str, int]

    @classmethod
    def of(cls, schema: Schema, state: np.ndarray) -> "Cut":
        """Walk a state."""
        places, position = {}, 0
        for x in schema.fixed:
            places[x.name] = position
            position += x.cells
        fixed = position
        for group in schema.groups:
            position += 1 + int(state[position]) * sum(c.cells for c in group.columns)
        return cls(fixed, position, places)


def both(live: Schema, side: Schema) -> Schema:
    """The schema of a state put together: what ``side`` has beside ``live``, and then all that ``live`` has.

    Columns of ``side`` come first, even those that both have: those of ``live`` are read after them and stand, and
    where it kept fewer ticks the earlier ones are those of ``side``.
    """
    known = {x.name for x in live.fixed}
    spare = tuple(replace(x, name=NOBODY + x.name) if x.name in known else x for x in side.fixed)
    rings = {x.name for x in live.rings}
    spare_rings = tuple(
        replace(x, name=NOBODY + x.name) if x.name in rings else x for x in side.rings
    )
    return Schema(
        tuple(dict.fromkeys((*live.clocks, *side.clocks))),
        (*spare, *live.fixed),
        (*side.groups, *live.groups),
        (*spare_rings, *live.rings),
        {**side.wide, **live.wide},
    )


def join(live: Schema, one: np.ndarray, side: Schema, other: np.ndarray, plan: Plan) -> np.ndarray:
    """The state of one key put together; ``plan`` is that of ``side``."""
    first, second = Cut.of(live, one), Cut.of(side, other)
    moved = other.copy()
    for name, clock, offset in counted(plan):
        while f"clock {canonical(clock)}" not in first.places and isinstance(clock, Delay):
            clock = clock.of  # noqa: PLW2901  (its ticks have the same numbers)
        place = f"clock {canonical(clock)}"
        here, there = first.places.get(place), second.places[place]
        if here is not None:
            moved[second.places[name] + offset] += one[here + COUNT] - other[there + COUNT]
    ours, theirs = [first.fixed, first.groups], [second.fixed, second.groups]
    parts = zip(np.split(moved, theirs), np.split(one, ours), strict=True)
    return np.concatenate([part for pair in parts for part in pair])
