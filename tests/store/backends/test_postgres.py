"""What only PostgreSQL does: plans, locks, a bounded pool, messages of a bounded length, restarts and silence."""

import asyncio
import json
import os
import signal

import asyncpg
import pytest
from tests.store.backends.places import in_loop, listening, make_tier, value
from tests.store.servers import served

from penstock.bench.servers import PostgresServer
from penstock.core.errors import DefinitionError, PenstockError, StoreError


@pytest.fixture
def url(postgres_server):
    return postgres_server.database()


@pytest.fixture
def own():
    """A server that a test may stop or silence."""
    yield from served(PostgresServer)


def tier_of(url, **options):
    return make_tier(json.dumps({"kind": "postgres", "url": url, "timeout": 20.0, **options}))


@in_loop
async def test_a_restart_keeps_what_was_confirmed(own):
    tier = tier_of(own.database(), timeout=2.0)
    await tier.open()
    items = [("v@v1", b"%d" % n, value(n)) for n in range(500)]
    assert all(await tier.put(items))
    told = await listening(tier)
    waiting = asyncio.ensure_future(anext(told))
    own.kill()
    with pytest.raises(StoreError, match="channel"):
        await waiting
    for act in (tier.ping(), tier.get([("v@v1", b"1")]), tier.put(items), anext(tier.changes())):
        with pytest.raises(StoreError, match="PostgreSQL"):
            await act
    own.start()
    assert await tier.get([item[:2] for item in items]) == [item[2] for item in items]
    assert not any(await tier.put(items))
    await tier.ping()
    await tier.close()


@in_loop
async def test_a_server_that_falls_silent_is_given_up_and_found_again(own):
    tier = tier_of(own.database(), timeout=0.3)
    await tier.open()
    await tier.put([("v@v1", b"k", value(1))])
    told = await listening(tier)
    waiting = asyncio.ensure_future(anext(told))
    stopped = [own.process.pid, *own.children()]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        results = await asyncio.gather(
            *(tier.get([("v@v1", b"k")]) for _ in range(5)), return_exceptions=True
        )
        assert {type(result) for result in results} == {StoreError}
        with pytest.raises(StoreError, match="channel"):
            await waiting
    finally:
        for pid in reversed(stopped):
            os.kill(pid, signal.SIGCONT)
    assert await answered(tier) == [value(1), None]
    await tier.close()


@in_loop
async def test_silence_that_the_caller_cuts_short_leaves_a_pool_that_works(own):
    tier = tier_of(own.database(), timeout=0.5, connections=2)
    await tier.open()
    await tier.put([("v@v1", b"k", value(1))])
    stopped = [own.process.pid, *own.children()]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        for _ in range(4):
            with pytest.raises((TimeoutError, StoreError)):
                await asyncio.wait_for(tier.get([("v@v1", b"k")]), 0.1)
    finally:
        for pid in reversed(stopped):
            os.kill(pid, signal.SIGCONT)
    assert await answered(tier) == [value(1), None]
    await tier.close()


async def answered(tier):
    """What a tier gives once its server is back."""
    for _ in range(50):
        try:
            return await tier.get([("v@v1", b"k"), ("v@v1", b"other")])
        except StoreError:
            await asyncio.sleep(0.1)
    return None


@in_loop
async def test_many_readers_share_a_few_connections(url):
    tier = tier_of(url, connections=3)
    await tier.open()
    await tier.put([("v@v1", b"%d" % n, value(n)) for n in range(100)])
    found = await asyncio.gather(*(tier.get([("v@v1", b"%d" % n)]) for n in range(100)))
    assert found == [[value(n)] for n in range(100)]
    server = await asyncpg.connect(url)
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'penstock' AND datname = current_database()"
    assert 1 <= await server.fetchval(count) <= 3
    await server.close()
    await tier.close()


@in_loop
async def test_a_lock_is_waited_for_but_not_for_ever(url):
    tier = tier_of(url, timeout=0.3, write_timeout=0.3, connections=2)
    await tier.open()
    other = await asyncpg.connect(url)
    lock = other.transaction()
    await lock.start()
    await other.execute("LOCK TABLE penstock_online IN EXCLUSIVE MODE")
    results = await asyncio.gather(
        *(tier.put([("v@v1", b"%d" % n, value(1))]) for n in range(6)), return_exceptions=True
    )
    assert {type(result) for result in results} == {StoreError}, "of the statement or of the pool"
    await lock.rollback()
    assert await tier.put([("v@v1", b"0", value(1))]) == [True]
    await other.close()
    await tier.close()


@in_loop
async def test_writers_of_the_same_rows_in_any_order_never_lock_each_other_out(url):
    one, other = tier_of(url), tier_of(url)
    await one.open()
    await other.open()
    keys = [b"%d" % n for n in range(1_500)]
    for n in range(1, 6):
        up = one.put([("v@v1", key, value(n, 1)) for key in keys])
        down = other.put([("v@v1", key, value(n, 2)) for key in reversed(keys)])
        gone = other.drop_view("v@v1") if n == 3 else asyncio.sleep(0, 0)
        await asyncio.gather(up, down, gone)
    assert await one.get([("v@v1", key) for key in keys]) == [value(5, 2)] * len(keys)
    await one.close()
    await other.close()


@in_loop
async def test_several_processes_may_open_a_new_database_at_once(url):
    tiers = [tier_of(url) for _ in range(8)]
    await asyncio.gather(*(tier.open() for tier in tiers))
    await asyncio.gather(*(tier.close() for tier in tiers))


@in_loop
async def test_a_look_up_goes_by_the_key_whatever_statistics_say(url):
    tier = tier_of(url)
    await tier.open()
    async with tier._connection() as connection:
        await connection.execute("ANALYZE penstock_online")  # of an empty table
    await tier.put([("v@v1", b"%d" % n, value(n)) for n in range(3_000)])
    async with tier._connection() as connection:
        await connection.execute(f"PREPARE look AS {tier._sql.get}")
        rows = await connection.fetch("EXPLAIN EXECUTE look ('{v@v1}', '{a}')")
    plan = "\n".join(row[0] for row in rows)
    assert "Index Scan using penstock_online_pkey" in plan, plan
    assert "Seq Scan" not in plan
    await tier.close()


@in_loop
async def test_messages_are_bounded_and_complete(url):
    one, other = tier_of(url), tier_of(url)
    await one.open()
    await other.open()
    told = await listening(one)
    names = {b"%d" % n * 20 for n in range(3_000)}
    assert all(await other.put([("w@v1", key, value(1)) for key in names]))
    await other.put([("w@v1", b"x" * 7_000, value(3))])
    found = set[bytes]()
    while (change := await anext(told)).key is not None:
        found.add(change.key)
    assert found == names
    assert change == ("w@v1", None, (3, 0)), "a key that fits no message stands for its view"
    await told.aclose()
    await one.close()
    await other.close()


@in_loop
async def test_what_changes_nothing_is_not_told(url):
    one, other = tier_of(url), tier_of(url)
    await one.open()
    await other.open()
    await other.put([("v@v1", b"k", value(5))])
    told = await listening(one)
    assert await other.put([("v@v1", b"k", value(4))]) == [False]
    assert await other.put([("v@v1", b"k", value(6))]) == [True]
    assert await anext(told) == ("v@v1", b"k", (6, 0))
    await told.aclose()
    await one.close()
    await other.close()


@in_loop
async def test_no_text_becomes_a_statement(url):
    for table in ("x; DROP TABLE y", 'a"b', "A", "a.b.c", ""):
        with pytest.raises(DefinitionError, match="table's name"):
            tier_of(url, table=table)
    server = await asyncpg.connect(url)
    await server.execute("CREATE SCHEMA trading")
    tier = tier_of(url, table="trading.online")
    await tier.open()
    view = "v'); DROP TABLE trading.online; --"
    assert await tier.put([(view, b"'; --", value(1))]) == [True]
    assert await tier.get([(view, b"'; --")]) == [value(1)]
    assert await tier.drop_view(view) == 1
    assert await server.fetchval("SELECT count(*) FROM trading.online") == 0
    await server.close()
    await tier.close()


@in_loop
async def test_another_table_of_the_name_is_not_touched(url):
    server = await asyncpg.connect(url)
    await server.execute("CREATE TABLE penstock_online (x int)")
    with pytest.raises(StoreError, match="must be of format 'penstock online 1', got None"):
        await tier_of(url).open()
    await server.close()


@in_loop
async def test_a_server_that_takes_no_writes_says_so(url):
    tier = tier_of(url)
    await tier.open()
    await tier.close()
    server = await asyncpg.connect(url)
    name = await server.fetchval("SELECT current_database()")
    await server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await server.close()
    await tier.open()
    with pytest.raises(StoreError, match="takes writes"):
        await tier.ping()
    with pytest.raises(StoreError, match="read-only"):
        await tier.put([("v@v1", b"k", value(1))])
    assert await tier.get([("v@v1", b"k")]) == [None]
    await tier.close()


@in_loop
async def test_a_server_that_is_not_there_is_an_error_without_the_password(postgres_server):
    with pytest.raises(DefinitionError, match="URL"):
        tier_of("http://user:secret@host/x")
    there = f"127.0.0.1:{postgres_server.port}"
    for place in ("127.0.0.1:1/x", f"{there}/none", f"{there}x/y"):
        with pytest.raises(PenstockError, match="PostgreSQL") as error:
            await tier_of(f"postgresql://penstock:secret@{place}").open()
        assert "secret" not in str(error.value)


@in_loop
async def test_a_sweep_passes_over_rows_that_are_being_written(url):
    clock = [1]
    tier = make_tier(json.dumps({"kind": "postgres", "url": url}), clock=lambda: clock[0])
    await tier.open()
    await tier.put([("v@v1", b"%d" % n, value(1)) for n in range(100)])
    other = await asyncpg.connect(url)
    lock = other.transaction()
    await lock.start()
    await other.execute("UPDATE penstock_online SET stored = 9 WHERE key = '5'")
    assert await tier.sweep(5) == 99
    await lock.commit()
    assert await tier.sweep(5) == 0
    assert await tier.get([("v@v1", b"5"), ("v@v1", b"6")]) == [value(1), None]
    await other.close()
    await tier.close()
