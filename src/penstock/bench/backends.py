"""The online store's backends, each alone: rows written in a second, and the latency of reads.

A part of the suites of the store. A row is 50 features of 8 bytes. Servers are ours, on loopback and on this machine,
so that their processor time is in the figures; PostgreSQL does not wait for the disk.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl

from penstock.bench.servers import PostgresServer, RedisServer
from penstock.bench.timing import figures
from penstock.declare import Field, Pushed, schema_of
from penstock.store.online.packed import Packer
from penstock.store.online.postgres import PostgresTier
from penstock.store.online.redis import RedisTier
from penstock.store.online.sqlite import SqliteTier
from penstock.store.online.tier import Tier

Result = dict[str, Any]
Item = tuple[str, bytes, bytes]
S = TypeVar("S", RedisServer, PostgresServer)

FEATURES, BATCH, KEYS = 50, 4_096, 100
TIMEOUT = 10.0  # seconds: a figure of a busy machine is a figure


def measure_redis(*, quick: bool = False) -> list[Result]:
    """Redis, pipelined."""
    with _running(RedisServer()) as server:
        return _measured(RedisTier(server.url, timeout=TIMEOUT), quick=quick)


def measure_postgres(*, quick: bool = False) -> list[Result]:
    """PostgreSQL, in statements of a thousand rows."""
    with _running(PostgresServer()) as server:
        return _measured(PostgresTier(server.database(), timeout=TIMEOUT), quick=quick)


def measure_sqlite(*, quick: bool = False) -> list[Result]:
    """The embedded file."""
    with tempfile.TemporaryDirectory() as place:
        return _measured(SqliteTier(Path(place) / "online.db"), quick=quick)


def measure_changes(*, quick: bool = False) -> list[Result]:
    """How long after a write another user of the same backend is told of it."""
    with (
        _running(RedisServer()) as redis,
        _running(PostgresServer()) as postgres,
        tempfile.TemporaryDirectory() as place,
    ):
        file, url = Path(place) / "online.db", postgres.database()
        makes: list[Callable[[], Tier]] = [
            lambda: SqliteTier(file),
            lambda: RedisTier(redis.url, timeout=TIMEOUT),
            lambda: PostgresTier(url, timeout=TIMEOUT),
        ]
        return [asyncio.run(_told(make(), make(), 20 if quick else 200)) for make in makes]


async def _told(writer: Tier, other: Tier, count: int) -> Result:
    await writer.open()
    await other.open()
    told, spent = other.changes(), list[float]()
    await anext(told)  # it has begun to listen
    for item in _rows(count, 1):
        start = time.perf_counter()
        await writer.put([item])
        await anext(told)
        spent.append(time.perf_counter() - start)
        await asyncio.sleep(0.001)
    await writer.close()
    await other.close()
    return {"case": f"{writer.name}_changes", "writes": count, **_latency(spent)}


def _running(server: S) -> AbstractContextManager[S]:
    server.start()
    return closing(server)


def _measured(tier: Tier, *, quick: bool) -> list[Result]:
    return asyncio.run(_measure(tier, 2_000 if quick else 50_000, 50 if quick else 1_000))


async def _measure(tier: Tier, rows: int, calls: int) -> list[Result]:
    """All figures of a tier: `rows` written anew and once more, `calls` of each kind of read."""
    await tier.open()
    try:
        first, second = _rows(rows, 1), _rows(rows, 2)
        inserted, updated = [await _written(tier, items) for items in (first, second)]
        pairs = [item[:2] for item in second]
        return [
            {
                "case": f"{tier.name}_write",
                "rows": rows,
                "features": FEATURES,
                "rows_per_second": figures(rows / inserted),
                "rows_per_second_replaced": figures(rows / updated),
            },
            await _single_writes(tier, _rows(calls, 3)),
            await _reads(tier, pairs, 1, calls),
            await _reads(tier, pairs, KEYS, calls // 4),
            await _together(tier, pairs, 64, calls // 4),
        ]
    finally:
        await tier.close()


def _rows(count: int, at: int) -> list[Item]:
    """Packed rows, each of another key."""
    view = Pushed("bench", tuple(Field(f"f{i}") for i in range(FEATURES)))
    values = np.random.default_rng(at).standard_normal((count, FEATURES))
    frame = pl.DataFrame(values, schema=[f"f{i}" for i in range(FEATURES)])
    stamps = [pl.lit(at, pl.Int64).alias(name) for name in ("ts", "created")]
    packed = Packer(schema_of(view)).pack_table(frame.with_columns(stamps))
    return [("bench@v1", b"7:%07d," % i, data) for i, data in enumerate(packed)]


async def _written(tier: Tier, items: Sequence[Item]) -> float:
    start = time.perf_counter()
    for at in range(0, len(items), BATCH):
        await tier.put(items[at : at + BATCH])
    return time.perf_counter() - start


async def _single_writes(tier: Tier, items: Sequence[Item]) -> Result:
    """One row after the other."""
    spent = list[float]()
    for item in items:
        start = time.perf_counter()
        await tier.put([item])
        spent.append(time.perf_counter() - start)
    return {"case": f"{tier.name}_write_single", "rows": len(items), **_latency(spent)}


async def _reads(tier: Tier, pairs: Sequence[tuple[str, bytes]], keys: int, calls: int) -> Result:
    """So many keys in one call, one call after the other."""
    random = np.random.default_rng(keys)
    asked = [[pairs[i] for i in random.integers(len(pairs), size=keys)] for _ in range(calls)]
    spent = list[float]()
    for some in asked:
        start = time.perf_counter()
        await tier.get(some)
        spent.append(time.perf_counter() - start)
    return {"case": f"{tier.name}_get_{keys}", "keys": keys, "calls": calls, **_latency(spent)}


async def _together(
    tier: Tier, pairs: Sequence[tuple[str, bytes]], keys: int, calls: int
) -> Result:
    """What a key costs where the misses of so many requests are read together, as the composed store does."""
    start = time.perf_counter()
    for call in range(calls):
        at = call * keys % (len(pairs) - keys)
        await tier.get(pairs[at : at + keys])
    each = (time.perf_counter() - start) / (calls * keys)
    return {"case": f"{tier.name}_coalesced", "keys": keys, "us_per_key": figures(each * 1e6)}


def _latency(spent: Sequence[float]) -> Result:
    p50, p99 = np.percentile(np.array(spent) * 1e6, [50, 99])
    return {"p50_us": figures(p50), "p99_us": figures(p99)}
