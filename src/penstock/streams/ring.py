"""A bounded ring of fixed-size records between one thread that writes and one that reads; never a lock.

Record n goes into slot ``n % slots`` and has a stamp beside it: ``2n + 1`` while it is written, ``2n + 2`` once it is
whole. The writer owns ``TAIL`` and the stamps, the reader ``HEAD`` and ``LOST``, each on cache lines of its own.

Full and told to ``wait``, the ring takes no more records than there are free slots. Full and told to ``drop``, the
writer goes on over the oldest record and does not look at the reader at all. The reader copies a record, and keeps
the copy only if the stamp is the same before and after; else it was overtaken, goes on with the oldest record that is
still there, and counts what lies between as lost. So every record is either read whole or counted, once.
"""

import time
from collections.abc import Callable

import numpy as np

from penstock.core.arrays import Cells
from penstock.core.errors import DefinitionError
from penstock.core.jit import jit
from penstock.core.memory import (
    copy,
    fence_acquire,
    fence_release,
    load,
    load_acquire,
    store,
    store_release,
)
from penstock.core.native import compiled

KIND, SLOTS, WIDTH, DROPS = 0, 1, 2, 3
HEAD, LOST = 16, 17  # two lines apart: processors fetch lines in pairs
TAIL, CLOSED = 32, 33
RECORDS = 48
MAGIC = 0x474E49524B434F54
PAUSE = 50e-6  # seconds that a writer sleeps while the ring is full


@jit
def _push(ring: int, records: int, count: int) -> int:
    """Write up to ``count`` records; returns how many there was room for."""
    slots, width = load(ring + 8 * SLOTS), load(ring + 8 * WIDTH)
    tail = load(ring + 8 * TAIL)
    if load(ring + 8 * DROPS) == 0:
        count = min(count, slots - (tail - load_acquire(ring + 8 * HEAD)))
    for i in range(count):
        number = tail + i
        slot = ring + 8 * (RECORDS + (number & (slots - 1)) * (width + 1))
        store_release(slot, 2 * number + 1)
        fence_release()  # the stamp before the record that it is about
        copy(slot + 8, records + 8 * width * i, 8 * width)
        store_release(slot, 2 * number + 2)
        store_release(ring + 8 * TAIL, number + 1)
    return count


@jit
def _pop(ring: int, out: int, most: int) -> int:
    """Read up to ``most`` records; returns how many there were."""
    slots, width = load(ring + 8 * SLOTS), load(ring + 8 * WIDTH)
    head, lost, taken = load(ring + 8 * HEAD), load(ring + 8 * LOST), 0
    tail = load_acquire(ring + 8 * TAIL)
    while taken < most and head < tail:
        slot = ring + 8 * (RECORDS + (head & (slots - 1)) * (width + 1))
        stamp = load_acquire(slot)
        if stamp == 2 * head + 2:
            copy(out + 8 * width * taken, slot + 8, 8 * width)
            fence_acquire()  # the record before the stamp that says it is whole
            if load_acquire(slot) == stamp:
                taken += 1
                head += 1
                continue
        tail = load_acquire(ring + 8 * TAIL)
        oldest = max(tail - slots, head + 1)
        lost += oldest - head
        head = oldest
    store(ring + 8 * LOST, lost)
    store_release(ring + 8 * HEAD, head)
    return taken


class Ring:
    """A bounded ring between one writer and one reader, in threads or in processes.

    Parameters
    ----------
    slots
        Records that it holds; a power of two.
    width
        Cells of 8 bytes in a record.
    full
        What a full ring does: ``wait`` until there is room, or ``drop`` the oldest records, which are counted.
    cells
        The memory, such as an array over ``multiprocessing.shared_memory``; its own where it is not given.

    Examples
    --------
    >>> ring = Ring(slots=4, width=1, full="drop")
    >>> ring.push(np.arange(6).reshape(6, 1))
    6
    >>> ring.pop(10).ravel().tolist(), ring.lost
    ([2, 3, 4, 5], 2)
    """

    def __init__(
        self, slots: int, width: int, *, full: str = "wait", cells: np.ndarray | None = None
    ) -> None:
        if slots < 2 or slots & (slots - 1):
            raise DefinitionError(f"Ring: slots must be a power of two from 2 up, got {slots}")
        if width < 1:
            raise DefinitionError(f"Ring: width must be at least 1, got {width}")
        if full not in ("wait", "drop"):
            raise DefinitionError(f"Ring: full must be 'wait' or 'drop', got {full!r}")
        needed = self.size(slots, width)
        cells = np.zeros(needed, np.int64) if cells is None else cells
        if cells.dtype != np.int64 or cells.size < needed or not cells.flags.c_contiguous:
            raise DefinitionError(f"Ring: {needed} cells of int64 are needed, got {cells.size}")
        cells[:needed] = 0
        cells[[KIND, SLOTS, WIDTH, DROPS]] = MAGIC, slots, width, int(full == "drop")
        self._open(cells)

    @staticmethod
    def size(slots: int, width: int) -> int:
        """The cells that a ring takes."""
        return RECORDS + slots * (width + 1)

    @classmethod
    def attach(cls, cells: np.ndarray) -> "Ring":
        """The ring that was made in some memory, in another process."""
        if cells.size < RECORDS or cells[KIND] != MAGIC:
            raise DefinitionError("Ring: memory in which a ring was made is needed, got other")
        ring = cls.__new__(cls)
        ring._open(cells)  # noqa: SLF001  (its own kind)
        return ring

    def _open(self, cells: np.ndarray) -> None:
        self._cells: Cells = cells
        self.slots, self.width = int(cells[SLOTS]), int(cells[WIDTH])
        self._address = cells.ctypes.data
        signature = "int64(int64, int64, int64)"
        self._push, self._pop = compiled(_push, signature), compiled(_pop, signature)

    @property
    def lost(self) -> int:
        """Records that were overwritten before they were read, as far as the reader has come."""
        return int(self._cells[LOST])

    @property
    def pushed(self) -> int:
        """Records that were ever written."""
        return int(self._cells[TAIL])

    def __len__(self) -> int:
        """Records that may be read now."""
        return min(int(self._cells[TAIL] - self._cells[HEAD]), self.slots)

    def push(self, records: np.ndarray) -> int:
        """Write records, shape (n, width); returns how many the ring took, all of them where it drops."""
        if records.shape[1:] != (self.width,) or records.dtype != np.int64:
            raise DefinitionError(
                f"Ring: records must be int64 of {self.width} cells, got {records.dtype} of {records.shape[1:]}"
            )
        rows = np.ascontiguousarray(records)
        return int(self._push(self._address, rows.ctypes.data, len(rows)))

    def put(self, records: np.ndarray, stop: Callable[[], bool] = lambda: False) -> int:
        """Write all records, and wait for room where there is none; returns how many, fewer once ``stop`` says so."""
        done = self.push(records)
        while done < len(records) and not stop():
            time.sleep(PAUSE)
            done += self.push(records[done:])
        return done

    def pop(self, most: int) -> np.ndarray:
        """Up to ``most`` records; the array is the caller's."""
        out = np.empty((min(most, self.slots), self.width), np.int64)
        return out[: self._pop(self._address, out.ctypes.data, len(out))]

    def close(self) -> None:
        """Say that the writer has ended."""
        store_release(self._address + 8 * CLOSED, 1)

    @property
    def ended(self) -> bool:
        """Whether the writer has ended and everything was read."""
        closed = load_acquire(self._address + 8 * CLOSED) == 1
        return closed and len(self) == 0
