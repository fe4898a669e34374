"""One quantile or several of one state."""

import numpy as np

from penstock.core.arrays import F8
from penstock.expr import Operator

MOST = 64
Levels = float | tuple[float, ...]


def levels(q: Levels) -> tuple[float, ...]:
    """The levels, also where there is one."""
    return tuple(map(float, q)) if isinstance(q, tuple) else (float(q),)


def check_levels(node: Operator, q: Levels) -> None:
    """Refuse levels that are none."""
    given = levels(q)
    node.require("q must be from 0 to 1", all(0.0 <= one <= 1.0 for one in given), q)
    node.require(f"q must be one level, or from 1 to {MOST} of them", 1 <= len(given) <= MOST, q)


def shaped(found: list[F8], q: Levels) -> F8:
    """For oracles: a column for each level, as a wide column or alone."""
    return np.stack(found, axis=1) if isinstance(q, tuple) else found[0]
