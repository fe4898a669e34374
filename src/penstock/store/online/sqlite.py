"""The embedded durable tier: one SQLite file that several processes share.

One thread writes and one reads, so the event loop never waits for a disk. Writes that wait while one is on its way
share the next transaction. WAL lets readers go on meanwhile; with ``synchronous=NORMAL`` a crash of the process loses
nothing that was confirmed, a crash of the machine at most the last transactions, never the file.
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from penstock.core.errors import StoreError, StoreFull
from penstock.store.online.shared import Item, Traffic
from penstock.store.online.sqlite_file import SqliteFile
from penstock.store.online.tier import BEGUN, Change

T = TypeVar("T")

SWEPT_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class _Open:
    """A file, and the threads that use it."""

    file: SqliteFile
    writes: ThreadPoolExecutor
    reads: ThreadPoolExecutor


class SqliteTier:
    """The latest values in one file.

    Parameters
    ----------
    path
        The file; its directory is made where there is none.
    clock
        The time in ns at which a copy is stored, for `sweep`.
    busy
        Seconds a write waits for another process's.
    poll
        Seconds between two looks at whether another process wrote: the bound of how late `changes` tells.
    """

    name = "sqlite"

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], int] = time.time_ns,
        busy: float = 5.0,
        poll: float = 0.005,
    ) -> None:
        self.path, self.clock, self.busy, self.poll = path, clock, busy, poll
        self._writer = os.urandom(8)
        self._traffic = Traffic()
        self._waiting = list[tuple[Sequence[Item], asyncio.Future[list[bool]]]]()
        self._draining: asyncio.Task[None] | None = None
        self._opened: _Open | None = None

    async def open(self) -> None:
        """Open the file, made where there is none.

        Raises
        ------
        StoreError
            It cannot be opened, is no such file, or is of another format.
        """
        if self._opened is not None:
            return
        writes = ThreadPoolExecutor(1, "sqlite-write")
        try:
            file = await self._in(writes, SqliteFile, self.path, self._writer, self.busy)
        except BaseException:
            writes.shutdown(wait=False)
            raise
        self._opened = _Open(file, writes, ThreadPoolExecutor(1, "sqlite-read"))

    async def close(self) -> None:
        """Finish what waits to be written, and close the file."""
        while self._draining is not None and not self._draining.done():
            await asyncio.wait([self._draining])
        if self._opened is None:
            return
        opened, self._opened = self._opened, None
        await asyncio.to_thread(opened.reads.shutdown)
        await self._in(opened.writes, opened.file.close)
        opened.writes.shutdown()

    async def ping(self) -> None:
        """Take the lock of writers and give it back."""
        await self._in(self._now.writes, self._now.file.check)

    async def get(self, pairs: Sequence[tuple[str, bytes]]) -> list[bytes | None]:
        """The packed values of (view id, key), None where there is none."""
        if not pairs:
            return []
        found = await self._in(self._now.reads, self._now.file.get, pairs)
        self._traffic.count(sum(len(key) for _, key in pairs), sum(len(x) for x in found if x))
        return found

    async def put(self, items: Sequence[Item]) -> list[bool]:
        """Write packed values; True where one is newer than what was there."""
        if not items:
            return []
        done: asyncio.Future[list[bool]] = asyncio.get_running_loop().create_future()
        self._waiting.append((items, done))
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        return await done

    async def _drain(self) -> None:
        """Write all that waits, together, until nothing does."""
        while self._waiting:
            batches, self._waiting = self._waiting, []
            try:
                lists = [items for items, _ in batches]
                results = await self._in(self._now.writes, self._now.file.put, lists, self.clock())
            except Exception as error:  # noqa: BLE001 - each of those who wait gets it
                for _, done in batches:
                    if not done.done():
                        done.set_exception(error)
                continue
            for (items, done), result in zip(batches, results, strict=True):
                self._traffic.count(sum(len(key) + len(data) for _, key, data in items))
                if not done.done():  # who waited may have given up
                    done.set_result(result)

    async def drop_view(self, view: str) -> int:
        """Remove a view's values; how many there were."""
        return await self._in(self._now.writes, self._now.file.drop, view, self.clock())

    async def sweep(self, before_ns: int) -> int:
        """Remove the copies stored before a time; how many there were."""
        last = await self._in(self._now.reads, self._now.file.last_row)
        gone = 0
        for first in range(1, last + 1, SWEPT_AT_ONCE):
            # range by range: writes come in between
            end = first + SWEPT_AT_ONCE - 1
            gone += await self._in(self._now.writes, self._now.file.sweep, before_ns, first, end)
        return gone

    async def changes(self) -> AsyncIterator[Change]:
        """What other processes write from now on, about `poll` later.

        Raises
        ------
        StoreError
            The file cannot be read, or more was written than is kept of changes.
        """
        seq, version = await self._in(self._now.reads, self._now.file.position)
        yield BEGUN
        while True:
            news = await self._in(self._now.reads, self._now.file.news, seq, version)
            seq, version, found = news
            for change in found:
                yield change
            await asyncio.sleep(self.poll)

    async def facts(self) -> dict[str, object]:
        """The file's size, the version of SQLite, and what was asked of it."""
        size = await self._in(self._now.reads, self._now.file.size)
        return {"bytes": size, "version": sqlite3.sqlite_version, **self._traffic.facts()}

    @property
    def _now(self) -> _Open:
        if self._opened is None:
            raise StoreError(f"{self.path}: must be open, got closed; call open() first")
        return self._opened

    async def _in(self, thread: ThreadPoolExecutor, do: Callable[..., T], *given: object) -> T:
        """What a call gives in a thread, with errors of ours."""
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, do, *given)
        except sqlite3.Error as error:
            kind = StoreFull if "full" in str(error) else StoreError
            raise kind(f"{self.path}: a file of SQLite that can be used, got {error}") from error
        except (RuntimeError, OSError) as error:  # shut down meanwhile, or no such directory
            raise StoreError(f"{self.path}: must be open and reachable, got {error}") from error
