"""A window as a ring of summaries, one a pane: nothing is ever subtracted.

Panes are numbered along absolute time, and every ``panes`` of them are a run. A window is the end of
one run, the closed panes of the next and the open pane. When a run ends, each of its summaries becomes
that of itself and all after it, in place; a pane that closes then takes the place of one that no
window needs any more. So a value is a function of the ticks in its window alone, whenever the stream
began, and a bad tick leaves no trace (van Herk 1992, Gil and Werman 1993: running maxima).

Behind the ring of ``panes`` records lie three more: the open pane, the closed panes of its run, and
all of the window but the open pane.
"""

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from penstock.core.arrays import I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import Operator
from penstock.streams import EVENT, TIMED, Clock

MOST = 100_000  # panes of a window: a day of seconds
EXTRA = 3

Merge = Callable[[np.ndarray, int, int, int], None]
Clear = Callable[[np.ndarray, int], None]


@jit
def turn(
    history: np.ndarray,
    end: int,
    time: int,
    step: int,
    origin: int,
    merge: Merge,
    clear: Clear,
) -> int:
    """Open the pane of a time after `end`, the last time of the open one; returns its own last time.

    ``merge(history, to, a, b)`` writes the summary of two records, the first of them the older, and
    ``clear(history, to)`` that of nothing.
    """
    panes = history.size - EXTRA
    opened, closed, rest = panes, panes + 1, panes + 2
    pane, ahead = (end - origin) // step - 1, (time - 1 - origin) // step
    if ahead - pane >= panes:  # nothing of the last window is left
        for k in range(history.size):
            clear(history, k)
        pane = ahead
    while pane < ahead:
        place = pane % panes
        merge(history, closed, closed, opened)
        clear(history, place)
        merge(history, place, opened, place)
        clear(history, opened)
        if place == panes - 1:
            for k in range(panes - 2, -1, -1):
                merge(history, k, k, k + 1)
            clear(history, closed)
        pane += 1
    after = pane % panes + 1
    clear(history, rest)
    merge(history, rest, after if after < panes else rest, closed)
    return (pane + 1) * step + origin


class Paned(Operator):
    """What every operator on panes has besides its operands."""

    width: Duration
    step: Duration
    on: Clock
    offset: Duration

    registers: ClassVar = np.dtype([(name, "i8") for name in ("seen", "end", "started")])
    reads_once: ClassVar = True
    absolute: ClassVar = {"seen": "source"}
    example: ClassVar = {"width": "12s", "step": "4s"}

    def check(self) -> None:
        """Refuse a window that is not made of whole panes."""
        self.require("width must be positive", self.width > 0, self.width)
        self.require("step must be positive", self.step > 0, self.step)
        parts = (self.width, self.step)
        self.require("width must be a multiple of step", self.width % self.step == 0, parts)
        self.require(f"at most {MOST} steps may make a width", self.panes <= MOST, self.panes)
        self.require(
            "offset must be in [0, step)", 0 <= self.offset < self.step, (self.offset, self.step)
        )

    @property
    def panes(self) -> int:
        """Panes of a window, the open one included."""
        return self.width // self.step

    @property
    def early(self) -> int:
        """1 where panes are [a, b), over events at timed ticks; 0 where they are (a, b]."""
        source = self.source
        timed = self.clock is not None and self.clock.phase == TIMED
        return int(timed and source is not None and source.phase == EVENT)

    @property
    def origin(self) -> int:
        """The last time of some pane."""
        return self.offset - self.early

    @property
    def retention(self) -> int:
        """On its own clock a tick is read at once."""
        return 0 if self.clock is self.source else int(self.width)

    @property
    def history_items(self) -> int:
        """The ring, the open pane, the closed ones of its run, and all but the open pane."""
        return self.panes + EXTRA


def beginning(at: I8, width: int, step: int, offset: int) -> I8:
    """The time after which each window begins, for oracles: a multiple of the step, a width back at most."""
    return -((offset - at) // step) * step + offset - width
