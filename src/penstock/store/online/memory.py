"""The first tier: rows in the memory of this process, bounded in bytes, the least recently used leaving first.

A dict in order of use is four times as fast here as the caches that libraries have, and none of these bounds bytes that
grow after they were put in, as the pre-encoded parts of answers do.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from penstock.store.online.packed import stamp

Pair = tuple[str, bytes]
ENTRY_BYTES = (
    400  # an entry with its key, its place in the dict and an empty dict for what is encoded, about
)
NEVER = (-(1 << 63), -(1 << 63))


class Entry:
    """One row, or the knowledge that there is none.

    Attributes
    ----------
    packed
        The row's bytes; None where there is none.
    at
        When it was put in, in ns of a clock that never goes back.
    unknown
        No tier could be asked: there may be a row, or a newer one.
    encoded
        Parts of answers made of it, by whatever their maker calls them; `Memory.grew` counts their bytes.
    kept
        Whether it is in memory: bytes of an entry that is not, or no longer, are not counted.
    """

    __slots__ = ("at", "encoded", "kept", "packed", "size", "unknown")

    def __init__(self, packed: bytes | None, at: int, *, unknown: bool = False) -> None:
        self.packed, self.at, self.unknown, self.kept = packed, at, unknown, False
        self.size = ENTRY_BYTES + (len(packed) if packed else 0)
        self.encoded: dict[Any, Any] = {}

    @property
    def stamp(self) -> tuple[int, int]:
        """The row's stamp; before every other where there is none."""
        return NEVER if self.packed is None else stamp(self.packed)


class Memory:
    """Rows by view and key; `get` may be called from any thread.

    Parameters
    ----------
    maximum
        Bytes, about, with what is encoded.
    ttl
        How long a row is kept, in ns.
    negative_ttl
        How long it is remembered that there is no row.
    ticks
        A clock in ns that never goes back.

    Attributes
    ----------
    trust
        How old a copy may be while nobody tells what other processes write; None while they do.
    since
        Copies from before this time are not trusted: what others wrote meanwhile was not heard.
    """

    def __init__(
        self,
        maximum: int,
        ttl: int,
        *,
        negative_ttl: int = 60_000_000_000,
        ticks: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.maximum, self.ttl, self.negative_ttl, self.ticks = maximum, ttl, negative_ttl, ticks
        self.trust: int | None = None
        self.since = -(1 << 63)
        self.bytes = self.evicted = 0
        self._entries = OrderedDict[Pair, Entry]()
        self._limit = ttl

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, pair: Pair) -> Entry | None:
        """What is known of a pair; None where it must be read."""
        entry = self._entries.get(pair)
        if entry is None:
            return None
        age = self.ticks() - entry.at
        if age > self._limit or entry.at < self.since:
            return None
        if entry.packed is None and age > self.negative_ttl:
            return None
        try:  # noqa: SIM105  (suppress costs more than the rest)
            self._entries.move_to_end(pair)
        except KeyError:
            pass  # another thread took it out meanwhile
        return entry

    def get_all(self, pairs: Sequence[Pair]) -> list[Entry] | None:
        """What is known of several pairs; None where one must be read."""
        now, entries, touch = self.ticks(), self._entries, self._entries.move_to_end
        oldest = max(now - self._limit, self.since)
        negative = now - self.negative_ttl
        found: list[Entry] = []
        for pair in pairs:
            entry = entries.get(pair)
            if entry is None or entry.at < oldest or (entry.packed is None and entry.at < negative):
                return None
            try:  # noqa: SIM105  (suppress costs more than the rest)
                touch(pair)
            except KeyError:
                pass  # another thread took it out meanwhile
            found.append(entry)
        return found

    def last(self, pair: Pair) -> Entry | None:
        """What was last known of a pair, however old the copy is."""
        return self._entries.get(pair)

    def offer(self, pair: Pair, packed: bytes | None) -> Entry:
        """Put a row in unless a newer one is there; what is there then."""
        now = self.ticks()
        entry = self._entries.get(pair)
        if entry is not None:
            if (packed is None and entry.packed is None) or packed == entry.packed:
                entry.at = now  # known anew
                return entry
            if entry.stamp > (NEVER if packed is None else stamp(packed)):
                return entry
            self.bytes -= entry.size
            entry.kept = False
        made = Entry(packed, now)
        made.kept = True
        self._entries[pair] = made
        self._entries.move_to_end(pair)
        self.bytes += made.size
        if self.bytes > self.maximum:
            self._evict()
        return made

    def grew(self, entry: Entry, count: int) -> None:
        """Count bytes that were added to what an entry has encoded."""
        entry.size += count
        if entry.kept:
            self.bytes += count
        if self.bytes > self.maximum:
            self._evict()

    def forget(self, pair: Pair, newer: tuple[int, int]) -> None:
        """Take a row out unless it is as new as that."""
        entry = self._entries.get(pair)
        if entry is not None and entry.stamp < newer:
            self.remove(pair)

    def forget_view(self, view: str) -> None:
        """Take all rows of a view out."""
        for pair in [pair for pair in self._entries if pair[0] == view]:
            self.remove(pair)

    def distrust(self) -> None:
        """Read everything anew: changes of other processes may have been missed."""
        self.since = self.ticks()

    def bound(self, trust: int | None) -> None:
        """Bound the age of copies, or lift the bound."""
        self.trust = trust
        self._limit = self.ttl if trust is None else min(self.ttl, trust)

    def remove(self, pair: Pair) -> None:
        """Take a row out."""
        entry = self._entries.pop(pair, None)
        if entry is not None:
            self.bytes -= entry.size
            entry.kept = False

    def _evict(self) -> None:
        while self.bytes > self.maximum and self._entries:
            _, entry = self._entries.popitem(last=False)
            self.bytes -= entry.size
            entry.kept = False
            self.evicted += 1
