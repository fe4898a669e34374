"""A tier that may fail: timeouts, a breaker, and the counts of what happened."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import compress
from typing import TypeVar

from penstock.core.errors import StoreError, StoreFull, StorePartlyAway
from penstock.store.online.memory import Pair
from penstock.store.online.tier import UNSAID, Parted, Tier

T = TypeVar("T")
CLOSED, OPEN, HALF_OPEN = "closed", "open", "half_open"
NONE = frozenset[int]()
FAILURES = 3  # reads in a row that fail before the tier is left alone


class Guarded:
    """A tier behind a circuit breaker (Nygard, Release It!, 2007).

    While it is open the tier is neither read nor written. A failed write opens it at once, since the tier then lacks
    a row; it is closed by whoever has brought the tier up to date. Where parts of the tier may fail alone, such as the
    slots of a node of a cluster, those that did are left alone and the others go on.

    Attributes
    ----------
    state
        ``closed``, ``open``, or ``half_open`` while it is brought up to date.
    away
        The parts that are left alone while the tier is closed.
    full
        The tier had no room for its last write.
    hits, misses, errors
        Rows that were found and not found, and calls that failed.
    read, written
        Bytes of rows.
    missed
        Writes that were kept for it.
    keeping
        Writes that are being kept for it at this moment.
    gate
        Shut while it is given the last of what it missed: who wants to write to it waits for that.
    """

    def __init__(self, tier: Tier, timeout: float, write_timeout: float, *, cache: bool) -> None:
        self.tier, self.cache = tier, cache
        self._parted = tier if isinstance(tier, Parted) and tier.parts > 1 else None
        # the parts that answer are heard after those that do not were waited for
        waits = 3 if self._parted else 1
        self.timeout, self.write_timeout = waits * timeout, waits * write_timeout
        self.away = frozenset[int]()
        self._silent = dict[frozenset[int], int]()  # reads in a row that failed, by parts
        self.state, self.why, self.since = OPEN, "not opened yet", time.monotonic()
        self.full = False
        self.hits = self.misses = self.errors = self.calls = self.failing = self.missed = 0
        self.keeping = self.read = self.written = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.opened = (
            asyncio.Event()
        )  # set when the tier is left alone, so that somebody looks after it
        self.opened.set()

    @property
    def name(self) -> str:
        """The tier's."""
        return self.tier.name

    @property
    def usable(self) -> bool:
        """Whether it may be read and written."""
        return self.state == CLOSED

    @property
    def whole(self) -> bool:
        """Whether all of it may be read and written."""
        return self.state == CLOSED and not self.away

    def is_in(self, parts: frozenset[int], pair: Pair) -> bool:
        """Whether a row is in one of some parts."""
        return self._parted is not None and self._parted.part(*pair) in parts

    async def get(self, pairs: Sequence[Pair]) -> list[bytes | None] | None:
        """Rows, UNSAID those of parts that cannot say; None where the tier cannot say at all."""
        there = [not self.is_in(self.away, pair) for pair in pairs] if self.away else None
        asked = pairs if there is None else list(compress(pairs, there))
        try:
            found = await self._call(self.timeout, self.tier.get, asked) if asked else []
        except StorePartlyAway as error:
            found = [UNSAID if i in set(error.lost) else row for i, row in enumerate(error.found)]
            self._silent[error.parts] = self._silent.get(error.parts, 0) + 1
            if self._silent[error.parts] >= FAILURES:
                self.leave_parts(error.parts, str(error))
        except StoreError as error:
            self.failing += 1
            if self.failing >= FAILURES:
                self.leave(str(error))
            return None
        else:
            self._answered(asked)
        self.failing = 0
        sizes = [len(row) for row in found if row]
        self.hits += len(sizes)
        self.misses += found.count(None)
        self.read += sum(sizes)
        rows = iter(found)
        return found if there is None else [next(rows) if ok else UNSAID for ok in there]

    def _answered(self, pairs: Sequence[Pair]) -> None:
        """Parts that answered begin to count anew."""
        if self._silent and self._parted is not None:
            heard = {self._parted.part(*pair) for pair in pairs}
            self._silent = {p: n for p, n in self._silent.items() if heard.isdisjoint(p)}

    async def put(self, items: Sequence[tuple[str, bytes, bytes]]) -> Sequence[bool | None] | None:
        """Write rows; None of those that parts of the tier may lack now, and None where it may lack all."""
        there = [not self.is_in(self.away, item[:2]) for item in items] if self.away else None
        asked = items if there is None else list(compress(items, there))
        self.full = self.full and bool(self.away)  # a part that was is left alone since
        found: list[bool | None] = []
        try:
            found += await self._call(self.write_timeout, self.tier.put, asked) if asked else []
        except StorePartlyAway as error:
            self.full = error.full
            self.leave_parts(error.parts, str(error))
            found = error.found
        except StoreError as error:
            self.full = isinstance(error, StoreFull)
            self.leave(str(error))
            return None
        self.written += sum(
            len(item[2]) for item, new in zip(asked, found, strict=True) if new is not None
        )
        rows = iter(found)
        return found if there is None else [next(rows) if ok else None for ok in there]

    async def reach(self) -> frozenset[int]:
        """Ask whether it answers; the parts that do not, where others do.

        Raises
        ------
        StoreError
            None does.
        """
        if self._parted is not None:
            return await self._parted.reach()
        await self.tier.ping()
        return frozenset()

    def parts_of(self, pairs: Iterable[Pair]) -> frozenset[int]:
        """The parts that some rows are in; a tier that fails as a whole is one part."""
        if self._parted is None:
            return frozenset({0})
        return frozenset(self._parted.part(*pair) for pair in pairs)

    def leave_parts(self, parts: frozenset[int], why: str) -> None:
        """Leave parts alone, with what fails with them, until they were brought up to date."""
        if self._parted is None:
            self.leave(why)
        elif self.state == CLOSED and not parts <= self.away:
            self.away |= self._parted.around(parts)
            if len(self.away) == self._parted.parts:
                self.leave(why)
                return
            self.why, self.since = why, time.monotonic()
            self.opened.set()

    def leave(self, why: str) -> None:
        """Leave the tier alone until it was brought up to date."""
        if self.state != OPEN:
            self.state, self.why, self.since = OPEN, why, time.monotonic()
            self.opened.set()

    def close(self, away: frozenset[int] = NONE) -> None:
        """The tier is up to date, but for some parts."""
        self.state, self.away, self.since = CLOSED, away, time.monotonic()
        self.failing = 0
        self._silent.clear()
        if not away:
            self.why = ""
            self.opened.clear()

    async def _call(self, limit: float, do: Callable[..., Awaitable[T]], *given: object) -> T:
        self.calls += 1
        try:
            async with asyncio.timeout(limit):
                return await do(*given)
        except TimeoutError as error:
            self.errors += 1
            raise StoreError(
                f"{self.name}: an answer within {limit:g} s is needed, got none"
            ) from error
        except (StoreError, OSError) as error:
            self.errors += 1
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"{self.name}: a connection is needed, got {error!r}") from error

    def status(self) -> dict[str, object]:
        """What there is to say of it."""
        return {
            "state": self.state, "why": self.why, "parts_away": len(self.away), "full": self.full,
            "hits": self.hits, "misses": self.misses,
            "errors": self.errors, "calls": self.calls, "bytes_read": self.read, "bytes_written": self.written,
        }  # fmt: skip
