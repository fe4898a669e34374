"""A tier that may fail: timeouts, a breaker, and the counts of what happened."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from penstock.core.errors import StoreError, StoreFull
from penstock.store.online.memory import Pair
from penstock.store.online.tier import Tier

T = TypeVar("T")
CLOSED, OPEN, HALF_OPEN = "closed", "open", "half_open"
FAILURES = 3  # reads in a row that fail before the tier is left alone


class Guarded:
    """A tier behind a circuit breaker (Nygard, Release It!, 2007).

    While it is open the tier is neither read nor written. A failed write opens it at once, since the tier then lacks
    a row; it is closed by whoever has brought the tier up to date.

    Attributes
    ----------
    state
        ``closed``, ``open``, or ``half_open`` while it is brought up to date.
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
        self.timeout, self.write_timeout = timeout, write_timeout
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

    async def get(self, pairs: Sequence[Pair]) -> list[bytes | None] | None:
        """Rows, or None where the tier cannot say."""
        try:
            found = await self._call(self.timeout, self.tier.get, pairs)
        except StoreError as error:
            self.failing += 1
            if self.failing >= FAILURES:
                self.leave(str(error))
            return None
        self.failing = 0
        sizes = [len(row) for row in found if row is not None]
        self.hits += len(sizes)
        self.misses += len(found) - len(sizes)
        self.read += sum(sizes)
        return found

    async def put(self, items: Sequence[tuple[str, bytes, bytes]]) -> list[bool] | None:
        """Write rows; None where the tier may lack them now."""
        try:
            found = await self._call(self.write_timeout, self.tier.put, items)
        except StoreError as error:
            self.full = isinstance(error, StoreFull)
            self.leave(str(error))
            return None
        self.full = False
        self.written += sum(len(row) for _, _, row in items)
        return found

    def leave(self, why: str) -> None:
        """Leave the tier alone until it was brought up to date."""
        if self.state != OPEN:
            self.state, self.why, self.since = OPEN, why, time.monotonic()
            self.opened.set()

    def close(self) -> None:
        """The tier is up to date."""
        self.state, self.why, self.since = CLOSED, "", time.monotonic()
        self.failing = 0
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
            "state": self.state, "why": self.why, "full": self.full, "hits": self.hits, "misses": self.misses,
            "errors": self.errors, "calls": self.calls, "bytes_read": self.read, "bytes_written": self.written,
        }  # fmt: skip
