"""The online store over real backends: servers that die and come back under load, and processes that share them."""

import asyncio
import contextlib
import json
import random
import signal
import time

import pytest
from tests.store.backends.places import NUMBER, child, in_loop, make_tier, value
from tests.store.servers import served

from penstock.bench.servers import PostgresServer, RedisServer
from penstock.core.errors import StoreError
from penstock.store.online.packed import stamp
from penstock.store.online.store import OnlineStore

VIEW = "v@v1"
KEYS = [b"%d" % n for n in range(200)]


@pytest.fixture
def redis():
    yield from served(RedisServer)


@pytest.fixture
def postgres():
    yield from served(PostgresServer)


@contextlib.asynccontextmanager
async def opened(places, **options):
    store = OnlineStore([make_tier(place) for place in places], **options)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not so in time"
        await asyncio.sleep(0.01)


class Load:
    """One writer a key, and readers that never may see less than what was confirmed before they asked."""

    def __init__(self, store):
        self.store, self.confirmed = store, dict.fromkeys(KEYS, 0)
        self.reads = self.unknown = self.refused = 0
        self.ended = False

    async def write(self, keys):
        for n in range(1, 1 << 30):
            if self.ended:
                return
            try:
                await self.store.write(VIEW, keys, [value(n) for _ in keys])
                self.confirmed |= dict.fromkeys(keys, n)
            except StoreError:
                self.refused += 1
            await asyncio.sleep(0.005)

    async def read(self, seed):
        draw = random.Random(seed)
        while not self.ended:
            keys = draw.sample(KEYS, 20)
            least = [self.confirmed[key] for key in keys]
            if draw.random() < 0.2:
                self.store.memory.distrust()  # so that tiers are asked
            for entry, n in zip(
                await self.store.read([(VIEW, k) for k in keys]), least, strict=True
            ):
                self.reads += 1
                self.unknown += entry.unknown
                if not entry.unknown and n:
                    assert entry.packed is not None
                    assert stamp(entry.packed)[0] >= n
            await asyncio.sleep(0.002)

    async def through(self, weather):
        tasks = [asyncio.ensure_future(self.write(KEYS[at : at + 50])) for at in range(0, 200, 50)]
        tasks += [asyncio.ensure_future(self.read(seed)) for seed in range(4)]
        try:
            await weather
        finally:
            self.ended = True
            await asyncio.gather(*tasks)


@in_loop
async def test_servers_that_die_and_come_back_under_load_give_no_wrong_value(
    redis, postgres, tmp_path
):
    places = [
        json.dumps({"kind": "redis", "url": redis.url, "timeout": 10.0}),
        json.dumps({"kind": "postgres", "url": postgres.database(), "timeout": 10.0}),
    ]
    async with opened(
        places, hints=tmp_path / "hints.db", stale_limit=10**8, timeout=10.0
    ) as store:
        load = Load(store)

        async def weather():
            for dead in ([redis], [postgres], [redis, postgres]):
                await asyncio.sleep(0.4)
                for server in dead:
                    await asyncio.to_thread(server.kill)
                await asyncio.sleep(0.5)
                assert set(store.degraded) == {"redis" if s is redis else "postgres" for s in dead}
                for server in dead:
                    await asyncio.to_thread(server.start)
                await until(lambda: not store.degraded)

        await load.through(weather())
        assert load.reads > 1_000
        assert load.refused == 0
        assert min(load.confirmed.values()) > 50
    for place in places:
        tier = make_tier(place)
        await tier.open()
        rows = await tier.get([(VIEW, key) for key in KEYS])
        await tier.close()
        assert [stamp(row)[0] for row in rows] == [load.confirmed[key] for key in KEYS], place


@in_loop
async def test_a_full_redis_is_a_status_and_the_durable_tier_serves(redis, tmp_path):
    redis.cli("config", "set", "maxmemory", "4mb")
    places = [
        json.dumps({"kind": "redis", "url": redis.url, "timeout": 10.0}),
        json.dumps({"kind": "sqlite", "path": str(tmp_path / "online.db")}),
    ]
    async with opened(places, memory=1_000, timeout=10.0) as store:
        keys = [b"%d" % n for n in range(100)]
        for key in keys:
            await store.write(VIEW, [key], [value(1, rest=b"x" * 100_000)])
        assert "redis" in store.degraded
        entries = await store.read([(VIEW, key) for key in keys])
        assert [entry.packed is not None for entry in entries] == [True] * 100
        assert "OOM" in str(store.status()["tiers"]["redis"]["why"])
        redis.cli("config", "set", "maxmemory", "0")
        await until(lambda: not store.degraded)


WRITE = """
from penstock.store.online.store import OnlineStore
await tier.close()
store = OnlineStore([make_tier(p) for p in words])
await store.open()
print("ready", flush=True)
while line := await asyncio.to_thread(sys.stdin.readline):
    now = time.time_ns()
    await store.write("v@v1", [line.strip().encode()], [value(now, now)])
    print(now, flush=True)
await store.close()
"""


@pytest.mark.parametrize(
    "kinds", [["sqlite"], ["redis", "sqlite"], ["postgres"], ["redis", "postgres"]]
)
@in_loop
async def test_what_another_process_writes_is_seen(kinds, request, tmp_path):
    told = {
        "sqlite": lambda: {"path": str(tmp_path / "online.db")},
        "redis": lambda: {"url": request.getfixturevalue("redis_server").url, "prefix": f"r{next(NUMBER)}"},
        "postgres": lambda: {"url": request.getfixturevalue("postgres_server").database()},
    }  # fmt: skip
    places = [json.dumps({"kind": kind, **told[kind](), **SLOW.get(kind, {})}) for kind in kinds]
    async with opened(places, timeout=10.0) as store:
        await until(lambda: store.memory.trust is None)
        other = child(places[-1], WRITE, *places)
        assert await asyncio.to_thread(other.stdout.readline) == "ready\n"
        assert (await store.read([(VIEW, b"k")]))[0].packed is None, "now known to be absent"
        for _ in range(20):
            other.stdin.write("k\n")
            other.stdin.flush()
            wrote = int(await asyncio.to_thread(other.stdout.readline))
            while True:
                (entry,) = await store.read([(VIEW, b"k")])
                if entry.packed is not None and stamp(entry.packed) == (wrote, wrote):
                    break
                await asyncio.sleep(0.0005)
        other.stdin.close()
        assert await asyncio.to_thread(other.wait, 20) == 0
        other.stdout.close()


SLOW = {"redis": {"timeout": 10.0}, "postgres": {"timeout": 10.0}}


@in_loop
async def test_a_cache_that_another_process_cannot_reach_is_not_believed_to_be_new(
    redis_server, postgres_server
):
    told = {"url": redis_server.url, "prefix": f"u{next(NUMBER)}", "timeout": 10.0}
    places = [
        json.dumps({"kind": "redis", **told}),
        json.dumps({"kind": "postgres", "url": postgres_server.database(), "timeout": 10.0}),
    ]

    async def unreachable(*_):
        raise StoreError("no way there")

    async with opened(places, timeout=10.0) as one, opened(places, timeout=10.0) as other:
        await until(lambda: other.memory.trust is None)
        await one.write(VIEW, [b"k"], [value(1)])
        await until(lambda: other.status()["tiers"]["redis"]["heard"])
        assert (await other.read([(VIEW, b"k")]))[0].packed == value(1)
        redis = one.tiers[0].tier
        ping, put, redis.ping, redis.put = redis.ping, redis.put, unreachable, unreachable
        assert (await one.write(VIEW, [b"k"], [value(2)])).later == ("redis",)
        for _ in range(500):
            (entry,) = await other.read([(VIEW, b"k")])
            if entry.packed == value(2):
                break
            await asyncio.sleep(0.01)
        assert entry.packed == value(2), (
            "Redis has the old one, but the durable tier told of another"
        )
        cached = other.tiers[0].tier
        while await cached.get([(VIEW, b"k")]) != [value(2)]:
            other.memory.distrust()
            await other.read([(VIEW, b"k")])
            await asyncio.sleep(0.01)  # it is repaired behind a read that looks there
        redis.ping, redis.put = ping, put


DIE_BETWEEN = """
from penstock.store.online.store import OnlineStore
from pathlib import Path
import os, signal
await tier.close()
store = OnlineStore([make_tier(p) for p in words[1:]], hints=Path(words[0]))
await store.open()
await store.write("v@v1", [b"%d" % k for k in range(50)], [value(1)] * 50)
async def die(items):
    os.kill(os.getpid(), signal.SIGKILL)
store.tiers[0].tier.put = die  # the durable tier has the rows by then
await store.write("v@v1", [b"%d" % k for k in range(50)], [value(2)] * 50)
"""


@in_loop
async def test_a_writer_killed_between_two_tiers_leaves_no_old_copy(redis_server, tmp_path):
    hints, pairs = tmp_path / "hints.db", [(VIEW, b"%d" % k) for k in range(50)]
    told = {"url": redis_server.url, "prefix": f"k{next(NUMBER)}", "timeout": 10.0}
    places = [
        json.dumps({"kind": "redis", **told}),
        json.dumps({"kind": "sqlite", "path": str(tmp_path / "online.db")}),
    ]
    for lives in (False, True):  # another process that uses the store meanwhile, or the next one
        if lives:
            async with opened(places, hints=hints) as store:
                await killed_between(places, hints)
                await expect_handed_over(store, pairs)
        else:
            await killed_between(places, hints)
            async with opened(places, hints=hints) as store:
                await expect_handed_over(store, pairs)
                await store.drop_view(VIEW)
    assert [path.name for path in tmp_path.glob("*.lock")] == []


async def killed_between(places, hints):
    writer = child(places[-1], DIE_BETWEEN, hints, *places)
    assert await asyncio.to_thread(writer.wait, 20) == -signal.SIGKILL
    writer.communicate()


async def expect_handed_over(store, pairs):
    await until(lambda: store.status()["tiers"]["redis"]["handed_over"] >= 50)
    await until(lambda: not store.degraded)
    for tier in store.tiers:
        assert await tier.tier.get(pairs) == [value(2)] * 50, tier.name
    assert [entry.packed for entry in await store.read(pairs)] == [value(2)] * 50


@in_loop
async def test_a_write_that_is_cut_short_between_two_tiers_leaves_no_old_copy(
    redis_server, tmp_path
):
    told = {"url": redis_server.url, "prefix": f"k{next(NUMBER)}", "timeout": 10.0}
    places = [
        json.dumps({"kind": "redis", **told}),
        json.dumps({"kind": "sqlite", "path": str(tmp_path / "online.db")}),
    ]
    async with opened(places, hints=tmp_path / "hints.db") as store:
        await store.write(VIEW, [b"k"], [value(1)])
        redis = store.tiers[0].tier
        put, redis.put = redis.put, lambda items: asyncio.sleep(60)
        writing = asyncio.ensure_future(store.write(VIEW, [b"k"], [value(2)]))
        durable = store.tiers[1].tier
        while await durable.get([(VIEW, b"k")]) != [value(2)]:
            await asyncio.sleep(0.001)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        redis.put = put
        await until(lambda: store.status()["tiers"]["redis"]["handed_over"] >= 1)
        await until(lambda: not store.degraded)
        assert await redis.get([(VIEW, b"k")]) == [value(2)]
        assert (await store.read([(VIEW, b"k")]))[0].packed == value(2)
