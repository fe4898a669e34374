"""Reads that need a tier below memory, and a workload that needs all of them."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import Any

import numpy as np

from penstock.bench.servers import PostgresServer, RedisServer
from penstock.bench.serving.cores import cores
from penstock.bench.serving.load import Result, Sizes, body, steady
from penstock.bench.serving.place import Served, pin, serving_store
from penstock.bench.serving.wrk import wrk
from penstock.bench.timing import figures

NO_MEMORY = 'memory = "1B"\n'  # every read is of the tier below
WAIT = 'timeout = "5s"\n'  # a figure of a busy machine is a figure
SHARE, SHARE_REDIS = (
    0.1,
    0.5,
)  # of the rows of the last workload: what has room in memory, and in Redis
BEHIND = ("redis", "postgres")
ENTRY_BYTES, REDIS_BYTES = 7_000, 750  # of such a row there


def measure_tiers(sizes: Sizes) -> list[Result]:
    """Each tier alone, then all of them under a workload of few popular entities and many others."""
    random = np.random.default_rng(8)
    ones = [body([i]) for i in random.integers(sizes.entities, size=20_000).tolist()]
    made: list[Result] = []
    if sizes.brief:
        with _redis() as redis:
            online = f'{NO_MEMORY}{WAIT}redis = "{redis.url}"\n'
            with serving_store(sizes.entities, online=online) as served:
                return _tier(served, "l2", "redis", ones, 20_000, sizes)
    with serving_store(sizes.entities, online=NO_MEMORY) as served:
        made += _tier(served, "l3_sqlite", "sqlite", ones, 2_000, sizes)
    with _postgres() as postgres:
        durable = f'durable = "{postgres.database()}"\n'
        with serving_store(sizes.entities, online=NO_MEMORY + WAIT + durable) as served:
            made += _tier(served, "l3", "postgres", ones, 2_000, sizes)
        with _redis() as redis:
            online = f'{NO_MEMORY}{WAIT}redis = "{redis.url}"\ndurable = "{postgres.database()}"\n'
            with serving_store(sizes.entities, online=online) as served:
                made += _tier(served, "l2", "redis", ones, 20_000, sizes)
        for name, serve in (("zipf", ""), ("zipf_not_waiting", "synchronous_durable = false")):
            with _redis(maxmemory=f"{_room(sizes)}", maxmemory_policy="allkeys-lru") as redis:
                made.append(_zipf(name, serve, redis, postgres.database(), sizes))
    return made


@contextmanager
def _redis(**options: str) -> Generator[RedisServer]:
    with closing(RedisServer(**options)) as server:
        server.start()
        pin(server.process, cores()[0])
        yield server


@contextmanager
def _postgres() -> Generator[PostgresServer]:
    with closing(PostgresServer()) as server:
        server.start()
        pin(server.process, cores()[0])
        yield server


@contextmanager
def behind() -> Generator[str]:
    """Redis and PostgreSQL as settings of a store say them."""
    with _redis() as redis, _postgres() as postgres:
        yield f'{WAIT}redis = "{redis.url}"\ndurable = "{postgres.database()}"\n'


def _room(sizes: Sizes) -> int:
    return 1_500_000 + int(SHARE_REDIS * sizes.many * REDIS_BYTES)


def _tier(
    served: Served, case: str, tier: str, bodies: list[str], rate: float, sizes: Sizes
) -> list[Result]:
    """A tier: as fast as it goes, and at a steady rate with the bytes that go to and fro."""
    most = wrk(served.url, bodies, connections=64, seconds=sizes.seconds, key=served.key)
    before = served.get("/health")["tiers"][tier]
    found = steady(served, bodies, rate, sizes.seconds)
    after = served.get("/health")["tiers"][tier]
    calls, rows = (after[name] - before[name] for name in ("calls", "hits"))
    return [
        {"case": f"{case}_most", **most},
        {
            "case": case, **found, "rows_a_call": figures(rows / max(calls, 1)),
            "bytes_a_row": figures(_bytes(before, after) / max(rows, 1)),
            "megabytes_per_second": figures(_moved(before, after, found["took_s"])),
        },
    ]  # fmt: skip


def _moved(before: dict[str, Any], after: dict[str, Any], seconds: float) -> float:
    """Megabytes of rows a second, to and fro."""
    return _bytes(before, after) / seconds / 1e6


def _bytes(before: dict[str, Any], after: dict[str, Any]) -> int:
    """Bytes of rows, to and fro."""
    return sum(after[name] - before[name] for name in ("bytes_read", "bytes_written"))


def _zipf(name: str, serve: str, redis: RedisServer, durable: str, sizes: Sizes) -> Result:
    """Entities as popular as words are (Zipf's law, exponent 1), of which memory and Redis have a part."""
    room = int(SHARE * sizes.many * ENTRY_BYTES)
    online = f'memory = "{room}B"\n{WAIT}redis = "{redis.url}"\ndurable = "{durable}"\n'
    random = np.random.default_rng(9)
    shares = 1 / np.arange(1, sizes.many + 1)
    ids = random.permutation(sizes.many)
    drawn = random.choice(ids, size=int(sizes.seconds * 30_000), p=shares / shares.sum())
    bodies = [body([i]) for i in drawn.tolist()]
    with serving_store(sizes.many, online=online, serve=serve) as served:
        third = len(bodies) // 3
        steady(served, bodies[:third], 5_000, sizes.seconds)  # memory and Redis fill
        before = served.get("/health")
        found = steady(served, bodies[third:], 10_000, sizes.seconds)
        after = served.get("/health")
    rows = [
        after["memory"]["hits"] - before["memory"]["hits"],
        *(after["tiers"][name]["hits"] - before["tiers"][name]["hits"] for name in BEHIND),
    ]
    percent = {
        "l1_percent": figures(100 * rows[0] / sum(rows)),
        "l1_l2_percent": figures(100 * (rows[0] + rows[1]) / sum(rows)),
    }
    moved = {
        f"{tier}_megabytes_per_second": figures(
            _moved(before["tiers"][tier], after["tiers"][tier], found["took_s"])
        )
        for tier in BEHIND
    }
    return {"case": name, "entities": sizes.many, **found, **percent, **moved}
