"""Stamps that cannot be: out of range, ahead of what follows, or behind what was delivered."""

from collections.abc import Callable

import numpy as np

from penstock.events.checks.marks import Marks, Rules


class Times:
    """Time never goes back, from chunk to chunk.

    When it does, either the row that jumped ahead is wrong or the rows after it are: a row ahead
    of both its followers, which go on from where the rows before it were, is a jump; else the
    later row has gone back. So one corrupt stamp costs one row, not the rest of the file.
    A live feed is not ``ordered``: what comes late is for admission to judge.
    """

    def __init__(self, rules: Rules | None = None, *, ordered: bool = True) -> None:
        rules = rules or Rules()
        self.since, self.until = rules.since, rules.until
        self.last, self.ordered = rules.since, ordered

    def check(self, time: np.ndarray, marks: Marks) -> None:
        """Mark rows out of range or out of order; rows marked before do not count."""
        if not time.size:
            return
        ordered = time[0] >= self.last and time[-1] < self.until and (time[1:] >= time[:-1]).all()
        if marks.bad is None and ordered:
            self.last = int(time[-1])
            return
        outside = np.flatnonzero((time < self.since) | (time >= self.until))
        if outside.size:
            marks.mark("time out of range", outside, time[outside])
        if not self.ordered:
            return
        self._mark(time, marks, "time jump", _jumps)
        self._mark(time, marks, "time going back", _back)
        rest = _unmarked(marks)
        if rest.size:
            self.last = int(time[rest[-1]])

    def _mark(
        self,
        time: np.ndarray,
        marks: Marks,
        reason: str,
        find: Callable[[np.ndarray, int], np.ndarray],
    ) -> None:
        rest = _unmarked(marks)
        wrong = rest[find(time[rest], self.last)]
        if wrong.size:
            marks.mark(reason, wrong, time[wrong])


def _unmarked(marks: Marks) -> np.ndarray:
    return np.arange(marks.size) if marks.bad is None else np.flatnonzero(~marks.bad)


def _before(values: np.ndarray, first: int) -> np.ndarray:
    """The running maximum before each value."""
    start = np.concatenate((np.array([first], values.dtype), values))
    return np.maximum.accumulate(start)[:-1]


def _back(time: np.ndarray, last: int) -> np.ndarray:
    return time < _before(time, last)


def _jumps(time: np.ndarray, last: int) -> np.ndarray:
    found = np.zeros(time.size, bool)
    now, next1, next2 = time[:-2], time[1:-1], time[2:]
    before = _before(time, last)[:-2]
    found[:-2] = (now > next1) & (now > next2) & (next1 >= before) & (next2 >= next1)
    return found
