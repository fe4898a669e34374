"""Memory for arenas: one allocation for many keys, and a list of what is free.

Arenas of one size come from slabs of that size. What a key gives back is the next one's: a stream of keys that come
and go takes no more memory than the most that were there at one time.
"""

import numpy as np

LINE = 64
SLAB = 4 << 20  # bytes of a slab, from which on numpy asks for large pages


def aligned(cells: int) -> np.ndarray:
    """Zeroed cells that start at a cache line."""
    memory = np.zeros(cells + LINE // 8, np.int64)
    skip = -memory.ctypes.data % LINE // 8
    return memory[skip : skip + cells]


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

    def take(self, cells: int) -> np.ndarray:
        """A run of cells that starts at a cache line; what is in them is left from before."""
        free = self._free.setdefault(cells, [])
        while True:
            try:
                return free.pop()
            except (
                IndexError
            ):  # asked for it first: another thread may take the last one in between
                self._more(cells, free)

    def give(self, cells: np.ndarray) -> None:
        """Take a run back."""
        self._free.setdefault(cells.size, []).append(cells)

    def _more(self, cells: int, free: list[np.ndarray]) -> None:
        """Another slab: as many runs as there are already, up to 4 MiB."""
        room = -(-cells // (LINE // 8)) * (LINE // 8)
        made = self._made.get(cells, 0)
        runs = max(1, min(made, SLAB // (8 * room)))
        memory = aligned(room * runs)
        self._made[cells] = made + runs
        self.bytes += memory.nbytes
        free.extend(memory[room * i : room * i + cells] for i in range(runs))
