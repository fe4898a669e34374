"""The exchange's order: stamps that come out of order by less than a second, put in order."""

from collections.abc import Sequence

import numpy as np

from penstock.events.block import Block
from penstock.events.books.pieces import joined
from penstock.events.checks import LATEST, Marks

SLACK = 1_000_000_000  # ns; the most in three recordings of Binance is 0.17 s


class Loose:
    """Stamps may go back by less than `SLACK`; see `Times` for what is a jump and what goes back."""

    def __init__(self) -> None:
        self.last = 0

    def check(self, time: np.ndarray, marks: Marks) -> None:
        """Mark rows out of range, far ahead of both their followers, or too late."""
        for reason, find in (
            ("time out of range", lambda t: (t <= 0) | (t >= LATEST)),
            ("time jump", _jumps),
            ("time going back", self._late),
        ):
            rest = np.arange(time.size) if marks.bad is None else np.flatnonzero(~marks.bad)
            wrong = rest[find(time[rest])]
            marks.mark(reason, wrong, time[wrong])
        rest = time if marks.bad is None else time[~marks.bad]
        self.last = max(self.last, int(rest.max()) if rest.size else 0)

    def _late(self, time: np.ndarray) -> np.ndarray:
        before = np.maximum.accumulate(np.concatenate(([self.last], time)))[:-1]
        return time < before - SLACK


def _jumps(time: np.ndarray) -> np.ndarray:
    found = np.zeros(time.size, bool)
    ahead = time - SLACK
    found[:-2] = (ahead[:-2] > time[1:-1]) & (ahead[:-2] > time[2:])
    return found


class Held:
    """Events that wait until none can come before them."""

    def __init__(self) -> None:
        self.waiting: tuple[Block, ...] = ()

    def release(self, blocks: Sequence[Block], until: int) -> tuple[Block, ...]:
        """Take blocks, and give the events before a time in the order of their times."""
        ready: list[Block] = []
        rest: list[Block] = []
        for place, fresh in enumerate(blocks):
            both = joined([self.waiting[place], fresh]) if self.waiting else fresh
            time = both.columns["time"]
            order = np.argsort(time, kind="stable")
            cut = int(np.searchsorted(time[order], until))
            ready.append(both.take(order[:cut]))
            rest.append(both.take(order[cut:]))
        self.waiting = tuple(rest)
        return tuple(ready)
