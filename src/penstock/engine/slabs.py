"""Memory for arenas: one allocation for many keys, and a list of what is free.

Arenas of about one size come from slabs of runs of one size. What a key gives back is the next one's: a stream of keys
that come and go takes no more memory than the most that were there at one time.
"""

import threading

import numpy as np

LINE = 64
# bytes from which on slabs do not double; numpy asks for large pages from 4 MiB on, and but for its ends a slab gets
# them: with 1,000 keys of 500 columns that is 7 % of an event
SLAB = 16 << 20


def aligned(cells: int) -> np.ndarray:
    """Zeroed cells that start at a cache line."""
    memory = np.zeros(cells + LINE // 8, np.int64)
    skip = -memory.ctypes.data % LINE // 8
    return memory[skip : skip + cells]


def room(cells: int) -> int:
    """The size of the run for so many cells: up to an eighth more, so that a plan that grows a little fits in it.

    Whole cache lines, and an odd number of them: equal places in the runs of a slab are not all in the same sets of
    a cache.
    """
    line = LINE // 8
    step = max(1 << max(cells.bit_length() - 4, 0), 2 * line)
    return -(-(cells - line) // step) * step + line


class Slabs:
    """Gives out runs of cells, and takes them back.

    Attributes
    ----------
    bytes
        What all slabs take.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._free: dict[int, list[np.ndarray]] = {}
        self._made: dict[int, int] = {}
        self._making = threading.Lock()

    def take(self, cells: int) -> np.ndarray:
        """A run that has room for so many cells and starts at a cache line; what is in it is left from before."""
        size = room(cells)
        free = self._free.setdefault(size, [])
        while True:
            try:
                return free.pop()
            except IndexError:
                with (
                    self._making
                ):  # another thread may have made some, or take the last one in between
                    if not free:
                        self._more(size, free)

    def give(self, run: np.ndarray) -> None:
        """Take a run back."""
        self._free.setdefault(run.size, []).append(run)

    def _more(self, size: int, free: list[np.ndarray]) -> None:
        """Another slab: as many runs as there are already, up to 16 MiB or one run more."""
        made = self._made.get(size, 0)
        runs = max(1, min(made, -(-SLAB // (8 * size))))
        memory = aligned(size * runs)
        self._made[size] = made + runs
        self.bytes += memory.nbytes
        free.extend(memory[size * i : size * (i + 1)] for i in range(runs))
