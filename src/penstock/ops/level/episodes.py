"""What touches by trade and by bar share: the memory of each level, and the sides that prices come from."""

import math

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.ops.level import near

TABLE = 256  # strikes, and round numbers, that are remembered; so many apart, they take each other's place
ENTRY = np.dtype(
    [
        ("price", "f8"),  # of the level, last
        ("outside", "f8"),  # the last price outside the band, NaN where none is known
        ("bar", "i8"),  # the last bar that came near
        ("began", "i8"),  # when the episode began
        ("inside", "i8"),  # the last time in the band
        ("open", "i8"),  # the session that it was met in
        *((name, "i8") for name in ("known", "touched", "way", "count")),
    ]
)


@jit
def place(level: float, k: int, singles: int, strikes: int, strike_step: float, step: float) -> int:
    """Where what is remembered of the level at a cell stands."""
    if k < singles:
        return k
    if k < singles + strikes:
        return singles + int(maths.rint(level / strike_step)) % TABLE
    return singles + TABLE + int(maths.rint(level / step)) % TABLE


@jit
def meet(e: np.void, level: float, bar: int, single: bool, apart: float) -> None:  # noqa: FBT001
    """Begin to remember a level, or one in the place of another that is far away; one that jumps is idle."""
    if e["known"] == 0 or not (single or near(e["price"], level, 0.0)):
        e["known"], e["touched"], e["way"], e["count"] = 1, 0, 0, 0
        e["outside"], e["bar"] = np.nan, bar
    elif not near(e["price"], level, apart):
        e["touched"] = 0
    e["price"] = level


@jit
def approach(outside: float, close: float, level: float) -> int:
    """The side that a price comes from: 1 from below, -1 from above, 0 where it is not known."""
    last = outside if (outside < level or outside > level) else close
    return 1 if last < level else (-1 if last > level else 0)


@jit
def joins(
    history: np.ndarray,
    levels: F8,
    k: int,
    singles: int,
    strikes: int,
    strike_step: float,
    step: float,
    tolerance: float,
) -> int:
    """The side of an episode that goes on at another level of the same price; 0 where there is none."""
    for j in range(levels.size):
        if j != k and near(levels[j], levels[k], tolerance):
            at = place(levels[j], j, singles, strikes, strike_step, step)
            if history[at]["touched"] == 1:
                return int(history[at]["way"])
    return 0


def spot_of(
    level: float, k: int, singles: int, strikes: int, strike_step: float, step: float
) -> tuple[object, float]:
    """What oracles call a level by: where it is remembered, and which one it is."""
    if k < singles:
        return k, k
    kind, width = ("strike", strike_step) if k < singles + strikes else ("round", step)
    number = round(level / width) if math.isfinite(level) else 0
    return (kind, number % TABLE), level
