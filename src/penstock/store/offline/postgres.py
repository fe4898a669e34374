"""History in PostgreSQL: wide tables that follow the lake, for whoever asks in SQL.

The lake is the record. A table knows which of its files are in, so a mirror that was away, was killed, or came later
takes what it lacks, and a file that comes again, or compacted, changes nothing: a row replaces another of its key,
time and version only where it was made known later.
"""

import asyncio
import datetime as dt
import io
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import polars as pl
import pyarrow.parquet as pq

from penstock.core.errors import DefinitionError, StoreError
from penstock.declare import Schema
from penstock.store.offline import postgres_sql as sql
from penstock.store.offline.copying import copied
from penstock.store.offline.files import DataFile
from penstock.store.offline.lake import Lake
from penstock.store.online.postgres import ours

ROWS = 32_768  # of one transaction
SLOW = 600.0  # seconds for what goes through a whole table
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Mirror:
    """Tables that follow views of a lake; several processes may follow the same.

    Parameters
    ----------
    url
        ``postgresql://user:password@host:port/database``.
    tables
        By view, the name of its table, such as ``trading.features``; it is made where there is none, as a hypertable
        where the database has the extension timescaledb.
    timeout
        Seconds within which a connection must be had.

    Attributes
    ----------
    failed
        By version of a view, why it does not follow; empty while all is well.
    """

    def __init__(self, url: str, tables: Mapping[str, str], *, timeout: int = 5) -> None:
        if not url.startswith(("postgresql://", "postgres://")):
            raise DefinitionError("PostgreSQL: a URL postgresql://HOST:PORT/DATABASE is needed")
        self._url, self.tables, self._timeout = url, dict(tables), timeout
        self._known: dict[str, set[str]] = {}
        self.failed: dict[str, str] = {}

    async def follow(self, lake: Lake, schema: Schema) -> int:
        """Copy the files of a version that its table lacks; how many rows are new or newer there.

        Nothing is asked of the server where nothing is new, or where the view has no table. Where another process is
        copying into the table it is left to that.

        Raises
        ------
        DefinitionError
            The table is another one, has a column of another type, or cannot have one of that name.
        StoreError
            The server or the lake does not answer; what was copied stays.
        """
        if schema.view not in self.tables:
            return 0
        try:
            found = await self._follow(lake, schema)
        except (StoreError, DefinitionError) as error:
            self._known.pop(schema.id, None)
            self.failed[schema.id] = str(error)
            raise
        self.failed.pop(schema.id, None)
        return found

    async def follow_all(self, lake: Lake, schemas: Sequence[Schema]) -> int:
        """Follow versions, each whatever becomes of the others; `failed` says which could not, and why."""
        rows = 0
        for schema in schemas:
            with suppress(StoreError, DefinitionError):
                rows += await self.follow(lake, schema)
        return rows

    async def _follow(self, lake: Lake, schema: Schema) -> int:
        table, place = self.tables[schema.view], lake.place(schema)
        files = {
            str(f.path.relative_to(place)): f for f in await asyncio.to_thread(lake.files, schema)
        }
        if set(files) == self._known.get(schema.id, set()):
            return 0
        statements, rows = sql.Statements.of(schema, table), 0
        async with self._connection() as connection:
            if not await connection.fetchval(sql.LOCKED, table):
                return 0
            if not files and (await connection.fetchrow(sql.FOUND, table))["it"] is None:
                return 0  # all history has gone, and the table with it: neither comes back empty
            await self._make(connection, statements, table)
            known = {row[0] for row in await connection.fetch(sql.KNOWN, table, schema.id)}
            for name, file in files.items():
                if name not in known:
                    rows += await _copy(connection, statements, schema, file)
                    await connection.execute(sql.KNOW, table, schema.id, name)
            await connection.execute(sql.FORGET, table, schema.id, sorted(known - set(files)))
        self._known[schema.id] = set(files)
        return rows

    @staticmethod
    async def _make(connection: Any, statements: sql.Statements, table: str) -> None:
        """Make the table, or the columns that it lacks."""
        async with connection.transaction():
            await connection.execute(sql.FILES)
            found = await connection.fetchrow(sql.FOUND, table)
            if found["it"] is None:
                where = table.rpartition(".")[0]
                if where and await connection.fetchval("SELECT to_regnamespace($1)", where) is None:
                    await connection.execute(f"CREATE SCHEMA {where}")
                for statement in statements.make:
                    await connection.execute(statement)
                if await connection.fetchval(sql.HYPERTABLES):
                    await connection.execute(sql.HYPERTABLE, table)
                await connection.execute(sql.FORGET_ALL, table)
                return
            if found["says"] != statements.says:
                raise DefinitionError(
                    f"PostgreSQL: {table} must be {statements.says!r}, got {found['says']!r}; name another table"
                )
            has = dict(await connection.fetch(sql.COLUMNS, table))
            for name, wanted in statements.types.items():
                if name not in has:
                    await connection.execute(statements.add[name])
                elif has[name] != wanted:
                    raise DefinitionError(
                        f"PostgreSQL: {table}.{name} must be {wanted}, got {has[name]}; map the view to another table"
                    )

    async def retain(self, schema: Schema, keep: int, now: int) -> int:
        """Remove the rows of whole dates that ended more than ``keep`` ns before ``now``; how many.

        Of a hypertable whole chunks go, which is not counted.
        """
        table, first = self.tables.get(schema.view), (now - keep) // sql.DAY
        if table is None:
            return 0
        async with self._connection() as connection:
            if (await connection.fetchrow(sql.FOUND, table))["it"] is None:
                return 0
            if await connection.fetchval(sql.HYPERTABLES):
                await connection.fetch(sql.CHUNKS, table, first * sql.DAY, timeout=SLOW)
                return 0
            statement = sql.Statements.of(schema, table).retain
            before = EPOCH + dt.timedelta(days=first)
            return _count(await connection.execute(statement, before, schema.version, timeout=SLOW))

    async def remove(self, view: str, *, name: str = "") -> str | None:
        """Drop a view's table, or give it another name and leave it; None where there is none.

        Whoever is copying into it is waited for. A table that no mirror made is left as it is.

        Parameters
        ----------
        view
            A view whose history has gone: as long as there is some, whoever follows makes the table again.
        name
            The name, in the table's own schema; without one the table is dropped.

        Returns
        -------
        str or None
            What became of it, in words.

        Raises
        ------
        StoreError
            The server does not answer, has that name already, or has views of its own over the table.
        """
        table = self.tables.get(view)
        if table is None:
            return None
        async with self._connection() as connection:
            await connection.execute(sql.LOCK, table, timeout=SLOW)
            found = await connection.fetchrow(sql.FOUND, table)
            self._known = {
                ref: files for ref, files in self._known.items() if ref.partition("@")[0] != view
            }
            if found["it"] is None:
                return None
            if not (found["says"] or "").startswith(sql.FORMAT):
                return f"{table} is left: no mirror made it"
            async with connection.transaction():
                await connection.execute(
                    f"ALTER TABLE {table} RENAME TO {sql.quoted(name)}"
                    if name
                    else f"DROP TABLE {table}"
                )
                await connection.execute(sql.FILES)
                await connection.execute(sql.FORGET_ALL, table)
        return f"{table} is {name} now" if name else f"{table} is dropped"

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Any]:
        """A connection for one round of work; what it locked is free when it ends."""
        with ours():
            try:
                connection = await asyncpg.connect(
                    self._url, timeout=self._timeout, command_timeout=SLOW,
                    server_settings={"application_name": "penstock"},
                )  # fmt: skip
            except ValueError as error:
                raise DefinitionError(f"PostgreSQL: a URL is needed, got {error}") from None
            try:
                yield connection
                await connection.close(timeout=self._timeout)
            finally:
                connection.terminate()


async def _copy(connection: Any, statements: sql.Statements, schema: Schema, file: DataFile) -> int:
    """Copy a file's rows, some in each transaction; how many are new or newer."""
    parts, count = _parts(schema, list(statements.types), file), 0
    try:
        while (data := await asyncio.to_thread(next, parts, None)) is not None:
            async with connection.transaction():
                await connection.execute(statements.stage)
                await connection.copy_to_table(
                    sql.STAGE,
                    source=io.BytesIO(data),
                    columns=list(statements.types),
                    format="binary",
                )
                count += _count(await connection.execute(statements.upsert))
    finally:
        parts.close()
    return count


def _parts(schema: Schema, names: list[str], file: DataFile) -> Generator[bytes]:
    """A file's rows as COPY takes them, each key and time once in a part, in order."""
    try:
        with pq.ParquetFile(file.path) as opened:
            for batch in opened.iter_batches(ROWS, columns=[n for n in names if n != sql.VERSION]):
                frame = pl.DataFrame(batch).sort(*schema.key, *sql.STAMPS)
                once = frame.unique([*schema.key, "ts"], keep="last", maintain_order=True)
                version = pl.lit(schema.version, pl.Int64).alias(sql.VERSION)
                yield copied(once.with_columns(version).select(names))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise StoreError(f"{schema.id}: {file.path.name} must be readable, got {error}") from error


def _count(tag: str) -> int:
    """How many rows a statement changed, by its tag."""
    return int(tag.rpartition(" ")[2])
