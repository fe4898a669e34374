"""The durable tier on a server: one table of PostgreSQL.

A newer stamp wins in the statement that writes. Other processes are told by NOTIFY when it commits, in messages that
name the keys. No index stands on what each write changes, so an update need not touch any.
"""

import asyncio
import os
import time
from base64 import b64decode, b64encode
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import asyncpg

from penstock.core.errors import DefinitionError, StoreError, StoreFull
from penstock.store.online.packed import stamp
from penstock.store.online.postgres_sql import FORMAT, Statements
from penstock.store.online.shared import (
    BEAT,
    UNREAD,
    Item,
    Traffic,
    cut,
    heard,
    newest,
    pack_changes,
    unpack_changes,
)
from penstock.store.online.tier import BEGUN, Change

AT_ONCE, BYTES_AT_ONCE = 1_000, 4 << 20  # rows and bytes of one statement
MESSAGE = 5_800  # bytes, so that with the writer and in base 64 a message has less than the 8,000 that are allowed
SWEPT_AT_ONCE = 4_096  # pages
SLOW = 600.0  # seconds for what goes through a whole table
LOCK = 0x70656E73  # held while the table is made: two processes may start at once
# the third one comes where a connection dies in the middle of what asyncpg does
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
# A statement here is one look-up per key: no plan may read the table instead, whatever statistics say of it.
_SETTINGS = {
    "application_name": "penstock", "plan_cache_mode": "force_generic_plan", "jit": "off",
    "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
}  # fmt: skip


class PostgresTier:
    """The latest values in a table.

    Parameters
    ----------
    url
        ``postgresql://user:password@host:port/database``.
    table
        Its name, with its schema or without; it is made where there is none.
    connections
        At most so many, and one that listens.
    timeout, write_timeout
        Seconds within which a connection must be had, and an answer to what reads, and to what writes.
    clock
        The time in ns at which a copy is stored, for `sweep`.
    """

    name = "postgres"

    def __init__(
        self,
        url: str,
        *,
        table: str = "penstock_online",
        connections: int = 16,
        timeout: float = 0.25,
        write_timeout: float = 5.0,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        if not url.startswith(("postgresql://", "postgres://")):
            raise DefinitionError("PostgreSQL: a URL postgresql://HOST:PORT/DATABASE is needed")
        self._url, self.connections, self.clock = url, connections, clock
        self.timeout, self.write_timeout = timeout, write_timeout
        self._limits: dict[str, Any] = {"timeout": timeout, "command_timeout": timeout}
        self.table, self.channel = table, f"{table}_changes"
        self._sql = Statements.of(table)
        self._writer = os.urandom(8).hex()
        self._traffic = Traffic()
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Connect, and make the table where there is none.

        Raises
        ------
        StoreError
            The server cannot be reached, refuses the login, or has another table of that name.
        """
        if self._pool is not None:
            return
        try:
            with ours():
                # it connects when it is used, and tries nothing behind our back while the server is away
                self._pool = await asyncpg.create_pool(
                    self._url, min_size=0, max_size=self.connections, server_settings=_SETTINGS,
                    reset=_as_it_is, **self._limits,
                )  # fmt: skip
            async with self._connection() as connection:
                await self._make(connection)
        except ValueError as error:
            await self.close()
            raise DefinitionError(f"PostgreSQL: a URL is needed, got {error}") from None
        except BaseException:
            await self.close()
            raise

    async def _make(self, connection: Any) -> None:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK, timeout=SLOW)
            found = await connection.fetchrow(
                "SELECT to_regclass($1) AS it, obj_description(to_regclass($1)) AS says", self.table
            )
            if found["it"] is None:
                for statement in self._sql.make:
                    await connection.execute(statement)
            elif found["says"] != FORMAT:
                raise StoreError(
                    f"PostgreSQL: {self.table} must be of format {FORMAT!r}, got {found['says']!r}"
                )

    async def close(self) -> None:
        """Close the connections, once what is under way has ended."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        try:
            await asyncio.wait_for(pool.close(), 4 * self.timeout)
        except TimeoutError:
            pool.terminate()

    async def ping(self) -> None:
        """Ask whether it answers, and whether it may be written."""
        async with self._connection() as connection:
            if await connection.fetchval("SHOW transaction_read_only") != "off":
                raise StoreError(
                    "PostgreSQL: a server that takes writes is needed, got one that does not"
                )

    async def get(self, pairs: Sequence[tuple[str, bytes]]) -> list[bytes | None]:
        """The packed values of (view id, key), None where there is none."""
        if not pairs:
            return []
        views, keys = zip(*pairs, strict=True)
        async with self._connection() as connection:
            rows = await connection.fetch(self._sql.get, views, keys)
        found = list[bytes | None]([None] * len(pairs))
        for at, value in rows:
            found[at - 1] = value
        self._traffic.count(sum(map(len, keys)), sum(len(value) for _, value in rows))
        return found

    async def put(self, items: Sequence[Item]) -> list[bool]:
        """Write packed values; True where one is newer than what was there.

        Raises
        ------
        StoreFull
            The server has no room.
        StoreError
            It does not answer; some of the items may have been written.
        """
        result = [False] * len(items)
        for part in cut([(i, *items[i]) for i in newest(items)], AT_ONCE, BYTES_AT_ONCE):
            won = await self._write([row[1:] for row in part])
            for i, view, key, _ in part:
                result[i] = (view, key) in won
        return result

    async def _write(self, items: Sequence[Item]) -> set[tuple[str, bytes]]:
        """Write rows in one statement; those that replaced what was there."""
        views, keys, values = zip(*items, strict=True)
        stamps = [stamp(value) for value in values]
        changes = [Change(view, key, at) for (view, key, _), at in zip(items, stamps, strict=True)]
        event_ts, created = zip(*stamps, strict=True)
        async with self._connection() as connection:
            rows = await connection.fetch(
                self._sql.put, views, keys, values, event_ts, created, self.clock(), self.channel,
                self._messages(changes), timeout=self.write_timeout,
            )  # fmt: skip
        self._traffic.count(sum(len(key) + len(value) for _, key, value in items))
        return {(row[0], row[1]) for row in rows}

    def _messages(self, changes: Iterable[Change]) -> list[str]:
        return [self._writer + b64encode(part).decode() for part in pack_changes(changes, MESSAGE)]

    async def drop_view(self, view: str) -> int:
        """Remove a view's values; how many there were."""
        now = self.clock()
        (message,) = self._messages([Change(view, None, (now, now))])
        async with self._connection() as connection:
            return await connection.fetchval(
                self._sql.drop, view, self.channel, message, timeout=SLOW
            )

    async def sweep(self, before_ns: int) -> int:
        """Remove the copies stored before a time; how many there were."""
        gone = 0
        async with self._connection() as connection:
            size = "SELECT pg_relation_size($1::text::regclass) / current_setting('block_size')::bigint"
            pages = await connection.fetchval(size, self.table)
            for first in range(0, pages, SWEPT_AT_ONCE):
                bounds = (first, 0), (first + SWEPT_AT_ONCE, 0)
                gone += await connection.fetchval(self._sql.sweep, before_ns, *bounds, timeout=SLOW)
        return gone

    async def changes(self) -> AsyncIterator[Change]:
        """What other processes write from now on.

        Raises
        ------
        StoreError
            The channel broke: nobody tells any more.
        """
        messages = asyncio.Queue[bytes | None]()
        with ours():
            connection = await asyncpg.connect(self._url, **self._limits)
        beats = asyncio.create_task(self._beat(connection, messages))
        try:
            with ours():
                connection.add_termination_listener(lambda _: messages.put_nowait(None))
                await connection.add_listener(
                    self.channel, lambda *told: messages.put_nowait(told[-1].encode())
                )
            yield BEGUN
            while (message := await heard(messages, 2 * BEAT + self.timeout)) is not None:
                if message and not message.startswith(self._writer.encode()):
                    for change in unpack_changes(b64decode(message[len(self._writer) :])):
                        yield change
        finally:
            beats.cancel()
            connection.terminate()
        raise StoreError("PostgreSQL: a channel that tells changes is needed, got its end")

    @staticmethod
    async def _beat(connection: Any, messages: asyncio.Queue[bytes | None]) -> None:
        """Make a connection that listens show that it still does."""
        with suppress(*FAILURES):
            while messages.qsize() < UNREAD:
                await asyncio.sleep(BEAT)
                await connection.execute("SELECT 1")
                messages.put_nowait(b"")

    async def facts(self) -> dict[str, object]:
        """The table's size, the server's version, and what was asked."""
        async with self._connection() as connection:
            size = "SELECT pg_total_relation_size($1::text::regclass), current_setting('server_version')"
            held, version = await connection.fetchrow(size, self.table)
        return {"bytes": held, "version": version, **self._traffic.facts()}

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Any]:
        """A connection of the pool, with errors of ours."""
        if self._pool is None:
            raise StoreError("PostgreSQL: must be open, got closed; call open() first")
        with ours():
            async with self._pool.acquire(timeout=self.timeout) as connection:
                try:
                    yield connection
                except asyncpg.PostgresError:  # the server's word: all is well with the connection
                    raise
                except BaseException:
                    # it may be in the middle of something: whoever gets it next must not be
                    connection.terminate()
                    raise


async def _as_it_is(_: Any) -> None:
    """Leave a connection as it is: no statement here changes what the next one meets."""


@contextmanager
def ours() -> Generator[None]:
    """Errors of the server and of the connection as errors of ours."""
    try:
        yield
    except (asyncpg.DiskFullError, asyncpg.OutOfMemoryError) as error:
        raise StoreFull(f"PostgreSQL: room for a write is needed, got {error}") from error
    except TimeoutError as error:
        raise StoreError("PostgreSQL: an answer in time is needed, got none") from error
    except FAILURES as error:
        raise StoreError(f"PostgreSQL: an answer is needed, got {error}") from error
