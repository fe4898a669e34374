"""History in PostgreSQL: what the lake holds is in the table, however often, late or interrupted it was copied."""

import asyncio
import datetime as dt
import math
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.bench.servers import PostgresServer
from penstock.core.errors import DefinitionError, StoreError
from penstock.declare import Field, Pushed, Schema, schema_of
from penstock.declare.stored import StoredColumn
from penstock.store.offline.copying import copied
from penstock.store.offline.lake import Lake
from penstock.store.offline.postgres import Mirror
from penstock.store.offline.postgres_sql import Statements
from penstock.store.offline.upkeep import compact, retain

ROOT = Path(__file__).resolve().parents[3]
DAY = 86_400_000_000_000
FIELDS = [Field("x"), Field("n", "i8"), Field("on", "bool"), Field("word", "str")]
VIEW = schema_of(Pushed("view", FIELDS))
ALL = 'symbol, ts, created, x, n, "on", word'
Row = tuple[str, int, int, float | None, int | None, bool | None, str | None]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
symbols = st.sampled_from(["a", "b"]) | texts
times = st.integers(0, 2) | st.integers(-(2**62), 2**62)
some_rows = st.lists(
    st.tuples(
        symbols, times, st.integers(0, 3), st.none() | st.floats(),
        st.none() | st.integers(-(2**63), 2**63 - 1), st.none() | st.booleans(), st.none() | texts,
    ),
    min_size=1,
    max_size=20,
)  # fmt: skip


def table(rows: list[Row]) -> pl.DataFrame:
    types = {
        "symbol": pl.String, "ts": pl.Int64, "created": pl.Int64, "x": pl.Float64, "n": pl.Int64,
        "on": pl.Boolean, "word": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=types, orient="row")


def frame(
    count: int, start: int = 0, key: str = "a", late: int = 1, x: float = 0.5
) -> pl.DataFrame:
    ts = [(start + i) * (DAY // 10) for i in range(count)]
    return table([(key, t, t + late, t * x, t // 3, t % 2 == 0, str(t)) for t in ts])


def follow(url: str, lake: Lake, schema: Schema = VIEW, name: str = "trading.features") -> int:
    return asyncio.run(Mirror(url, {schema.view: name}).follow(lake, schema))


def asked(url: str, statement: str) -> list[tuple[Any, ...]]:
    async def ask() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(ask())


async def run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def held(url: str, version: int = 1) -> list[tuple[Any, ...]]:
    return asked(url, f"SELECT {ALL} FROM trading.features WHERE version = {version} ORDER BY 1, 2")  # noqa: S608


def field_by_field(rows: list[Row]) -> bytes:
    """What the manual says of COPY's binary format, one value at a time."""
    made = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
    for row in rows:
        made += struct.pack(">h", len(row))
        for value in row:
            if value is None or (isinstance(value, float) and math.isnan(value)):
                made += struct.pack(">i", -1)
                continue
            if isinstance(value, bool):
                data = struct.pack(">?", value)
            elif isinstance(value, int):
                data = struct.pack(">q", value)
            elif isinstance(value, float):
                data = struct.pack(">d", value)
            else:
                data = value.replace("\0", "\ufffd").encode()
            made += struct.pack(">i", len(data)) + data
    return made + struct.pack(">h", -1)


@given(some_rows)
def test_frames_are_copied_as_the_format_says(rows: list[Row]) -> None:
    assert copied(table([])) == field_by_field([])
    assert copied(table(rows)) == field_by_field(rows)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(some_rows, min_size=1, max_size=3))
def test_of_each_key_and_time_the_row_made_known_last_is_there(
    batches: list[list[Row]],
    postgres_server: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async def through() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("DROP TABLE IF EXISTS trading.features")
            for rows in batches:
                lake.write(VIEW, table(rows))
                await mirror.follow(lake, VIEW)
            statement = f"SELECT {ALL} FROM trading.features"  # noqa: S608
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    lake = Lake(tmp_path_factory.mktemp("lake"))
    url = _shared(postgres_server)
    mirror = Mirror(url, {"view": "trading.features"})
    best: dict[tuple[str, int], list[Row]] = {}
    for rows in batches:
        for row in rows:
            key = (row[0].replace("\0", "\ufffd"), row[1])
            last = best.setdefault(key, [row])
            if row[2] > last[0][2]:
                best[key] = [row]
            elif row[2] == last[0][2]:
                last.append(row)  # one stamp with two values: either
    found = asyncio.run(through())
    assert len(found) == len(best)
    for row in found:
        told = [field_by_field([one]) for one in best[row[0], row[1]]]
        assert field_by_field([row]) in told  # type: ignore[list-item]  # all bits, nulls as nulls


def _shared(server: PostgresServer) -> str:
    if not hasattr(server, "mirrored"):
        server.mirrored = server.database()  # type: ignore[attr-defined]
    return server.mirrored  # type: ignore[attr-defined]


def test_of_rows_of_one_key_and_time_in_one_file_the_last_known_is_there(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    lake, url = Lake(tmp_path), postgres_server.database()
    lake.write(VIEW, pl.concat([frame(3, late=late, x=late) for late in (2, 9, 4)]))
    assert follow(url, lake) == 3
    assert held(url) == frame(3, late=9, x=9).rows()


def test_the_time_is_that_of_sql_in_every_zone(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    lake, url = Lake(tmp_path), postgres_server.database()
    at = 1_764_115_200_123_456_789
    lake.write(VIEW, table([("a", at, at, 1.0, None, None, None)]))
    assert follow(url, lake) == 1
    (found,) = asked(url, "SELECT event_timestamp FROM trading.features")
    assert found == (dt.datetime.fromtimestamp(at // 10**9, dt.UTC).replace(microsecond=123456),)
    shown = "SET timezone = 'Asia/Tokyo'; SELECT extract(epoch FROM event_timestamp) FROM trading.features"
    assert postgres_server.sql(shown, url.rpartition("/")[2]) == "1764115200.123456"


def test_what_is_in_is_not_copied_again(postgres_server: PostgresServer, tmp_path: Path) -> None:
    lake, url = Lake(tmp_path), postgres_server.database()
    lake.write(VIEW, frame(25))
    assert (follow(url, lake), follow(url, lake)) == (25, 0)
    lake.write(VIEW, frame(25))  # the same rows: another file, nothing newer
    lake.write(VIEW, frame(5, key="b"))
    assert follow(url, lake) == 5
    lake.write(VIEW, frame(10, late=7, x=3.0))  # corrected: the same times, made known later
    lake.write(VIEW, frame(10, late=0, x=9.0))  # and what was known before
    assert follow(url, lake) == 10
    assert held(url) == sorted(
        [*frame(10, late=7, x=3.0).rows(), *frame(15, 10).rows(), *frame(5, key="b").rows()]
    )


def test_the_lake_s_upkeep_changes_nothing_but_what_is_too_old(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    lake, url = Lake(tmp_path), postgres_server.database()
    for start in (0, 1, 2, 30):
        lake.write(VIEW, frame(25, start))
    assert follow(url, lake) == 52
    compact(lake, VIEW)
    assert follow(url, lake) == 0
    files = {str(f.path.relative_to(lake.place(VIEW))) for f in lake.files(VIEW)}
    assert {row[0] for row in asked(url, "SELECT file FROM penstock_mirrored")} == files
    now = 5 * DAY + 17
    retain(lake, VIEW, 2 * DAY, now)
    gone = asyncio.run(Mirror(url, {"view": "trading.features"}).retain(VIEW, 2 * DAY, now))
    assert gone == 27
    assert held(url) == sorted(lake.read(VIEW).collect().rows())


def test_versions_stand_side_by_side_and_columns_are_added(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    lake, url = Lake(tmp_path), postgres_server.database()
    second = schema_of(Pushed("view", [*FIELDS[:3], Field("new")]), version=2)
    lake.write(VIEW, frame(3))
    lake.write(second, frame(4).drop("word").with_columns(new=pl.lit(2.5)))
    assert (follow(url, lake), follow(url, lake, second)) == (3, 4)
    assert held(url) == frame(3).rows()
    assert [row[:6] for row in held(url, 2)] == [row[:6] for row in frame(4).rows()]
    told = asked(url, "SELECT version, new, word IS NULL FROM trading.features ORDER BY 1, ts")
    assert told == [*[(1, None, False)] * 3, *[(2, 2.5, True)] * 4]


def test_a_table_goes_with_its_view_or_stays_under_another_name(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    lake, url = Lake(tmp_path), postgres_server.database()
    mirror = Mirror(url, {"view": "trading.features", "other": "mine", "third": "nowhere"})
    postgres_server.sql("CREATE TABLE mine (symbol text)", url.rpartition("/")[2])
    there = "SELECT to_regclass('trading.features') IS NOT NULL, to_regclass('mine') IS NOT NULL"

    async def removed(view: str, name: str = "") -> str | None:
        return await mirror.remove(view, name=name)

    for kept in ("", "features_of_then"):
        lake.write(VIEW, frame(30))
        assert follow(url, lake) == 30, "a table that was removed is filled from its beginning"
        lake.drop("view")
        said = asyncio.run(removed("view", kept))
        assert said == f"trading.features is {f'{kept} now' if kept else 'dropped'}"
        assert asked(url, there) == [(False, True)]
        assert asked(url, "SELECT * FROM penstock_mirrored") == []
        assert follow(url, lake) == 0
        assert asked(url, there) == [(False, True)], "what has no history makes no table"
    assert asked(url, "SELECT count(*) FROM trading.features_of_then") == [(30,)]
    assert asyncio.run(removed("view")) is None
    assert asyncio.run(removed("third")) is None
    assert asyncio.run(removed("unmapped")) is None
    assert asyncio.run(removed("other")) == "mine is left: no mirror made it"
    assert asked(url, there) == [(False, True)]


def test_a_table_that_others_look_at_is_not_dropped_under_them(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    lake, url = Lake(tmp_path), postgres_server.database()
    lake.write(VIEW, frame(3))
    follow(url, lake)
    asyncio.run(run(url, "CREATE VIEW latest AS SELECT symbol FROM trading.features"))
    mirror = Mirror(url, {"view": "trading.features"})
    with pytest.raises(StoreError, match="other objects depend on it"):
        asyncio.run(mirror.remove("view"))
    assert len(held(url)) == 3
    assert asyncio.run(mirror.remove("view", name="kept")) == "trading.features is kept now"
    assert asked(url, "SELECT count(*) FROM latest") == [(3,)]


def test_a_table_of_another_kind_is_left_alone(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    lake, url = Lake(tmp_path), postgres_server.database()
    postgres_server.sql("CREATE TABLE mine (symbol text)", url.rpartition("/")[2])
    lake.write(VIEW, frame(3))
    mirror = Mirror(url, {"view": "mine"})
    with pytest.raises(
        DefinitionError, match="mine must be 'penstock history 1 by symbol', got None"
    ):
        asyncio.run(mirror.follow(lake, VIEW))
    assert "mine" in mirror.failed[VIEW.id]
    follow(url, lake)
    retyped = schema_of(Pushed("view", [Field("x", "str")]), version=2)
    lake.write(retyped, frame(1).select("symbol", "ts", "created", x="word"))
    with pytest.raises(DefinitionError, match="x must be text, got double precision"):
        follow(url, lake, retyped)
    assert len(held(url)) == 3


@pytest.mark.parametrize("name", ["ts", "created", "version", "event_timestamp", "x" * 64])
def test_names_that_a_table_cannot_have_are_refused(name: str) -> None:
    made = Schema("view", 1, ("symbol",), (StoredColumn(name),), "f")
    with pytest.raises(DefinitionError, match=r"a column of PostgreSQL|has its own"):
        Statements.of(made, "features")


@pytest.mark.parametrize("name", ["Features", "a b", "x;drop", "a.b.c", "", '"x"'])
def test_only_plain_names_of_tables_are_taken(name: str) -> None:
    with pytest.raises(DefinitionError, match="a table's name is needed"):
        Statements.of(VIEW, name)


def test_odd_names_of_columns_are_only_names(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    lake, url = Lake(tmp_path), postgres_server.database()
    odd = Schema(
        "view", 1, ("it's",), (StoredColumn('a"; DROP TABLE x; --'), StoredColumn("select")), "f"
    )
    lake.write(
        odd,
        pl.DataFrame(
            {"it's": ["k"], "ts": [1], "created": [2], odd.names[0]: [3.0], "select": [4.0]}
        ),
    )
    assert follow(url, lake, odd) == 1
    assert asked(url, "SELECT * FROM trading.features")[0][:6] == ("k", 1, 1, 2, 3.0, 4.0)


def test_a_table_that_was_removed_is_filled_again(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    lake, url = Lake(tmp_path), postgres_server.database()
    lake.write(VIEW, frame(30))
    follow(url, lake)
    postgres_server.sql("DROP TABLE trading.features", url.rpartition("/")[2])
    assert follow(url, lake) == 30


def test_a_server_that_is_away_is_said_and_caught_up_with(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    lake, url = Lake(tmp_path), postgres_server.database()
    mirror = Mirror(url, {"view": "trading.features"})
    lake.write(VIEW, frame(3))
    asyncio.run(mirror.follow(lake, VIEW))
    postgres_server.kill()
    try:
        lake.write(VIEW, frame(3, 3))
        with pytest.raises(StoreError, match="an answer is needed"):
            asyncio.run(mirror.follow(lake, VIEW))
        assert list(mirror.failed) == [VIEW.id]
    finally:
        postgres_server.start()
    assert asyncio.run(mirror.follow(lake, VIEW)) == 3
    assert (mirror.failed, held(url)) == ({}, frame(6).rows())


def test_processes_that_follow_at_once_copy_once_and_leave_each_row_right(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    lake, url = Lake(tmp_path), postgres_server.database()
    for late in (1, 3, 2):
        lake.write(VIEW, frame(400, late=late, x=late))

    async def together() -> list[int | BaseException]:
        mirrors = [Mirror(url, {"view": "trading.features"}) for _ in range(4)]
        done = await asyncio.gather(
            *(m.follow(lake, VIEW) for m in mirrors), return_exceptions=True
        )
        await mirrors[0].follow(lake, VIEW)
        return list(done)

    assert not [one for one in asyncio.run(together()) if isinstance(one, BaseException)]
    assert held(url) == frame(400, late=3, x=3).rows()


CHILD = """
import asyncio, sys
from pathlib import Path
from penstock.store.offline import postgres
from penstock.declare.stored import StoredColumn
from penstock.store.offline.lake import Lake
from tests.store.offline.test_postgres_mirror import VIEW
postgres.ROWS = 50
print("begun", flush=True)
asyncio.run(postgres.Mirror(sys.argv[1], {"view": "trading.features"}).follow(Lake(Path(sys.argv[2])), VIEW))
"""


def test_whoever_is_killed_while_copying_loses_nothing_and_doubles_nothing(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    lake, url = Lake(tmp_path), postgres_server.database()
    lake.write(VIEW, frame(1, key="b"))
    follow(url, lake)
    lake.write(VIEW, frame(1_500))  # a file for each of 150 dates
    followed, between = "SELECT count(*) FROM penstock_mirrored", 0
    for least in (2, 40, 80):
        command = [sys.executable, "-c", CHILD, url, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
            while child.poll() is None and asked(url, followed)[0][0] < least:
                pass
            os.kill(child.pid, signal.SIGKILL)
        between += len(held(url)) < 1_501
    assert between, "no kill came while rows were copied"
    for _ in range(50):  # the server ends what a dead process had begun, and frees what it locked
        follow(url, lake)
        if len(held(url)) == 1_501:
            break
        time.sleep(0.1)
    assert held(url) == [*frame(1_500).rows(), *frame(1, key="b").rows()]


def test_a_hypertable_where_the_extension_is(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    if not postgres_server.sql("SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"):
        pytest.skip("timescaledb is not installed for this PostgreSQL: see docs.timescale.com")
    lake, url = Lake(tmp_path), postgres_server.database()
    postgres_server.sql("CREATE EXTENSION timescaledb", url.rpartition("/")[2])
    lake.write(VIEW, frame(50))
    assert follow(url, lake) == 50
    assert len(asked(url, "SELECT show_chunks('trading.features')")) == 5
    asyncio.run(Mirror(url, {"view": "trading.features"}).retain(VIEW, 2 * DAY, 5 * DAY))
    assert held(url) == frame(20, 30).rows()
