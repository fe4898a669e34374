"""What a read and the checks of a row cost in a process of their own, without a server."""

import asyncio
import tempfile
import time
from collections.abc import Sequence

import numpy as np

from penstock.bench.serving.load import Result, Sizes
from penstock.bench.serving.place import BLOCK, KEY, NAMES, REFS, VIEW, rows, view
from penstock.bench.timing import figures
from penstock.declare import schema_of
from penstock.jobs.feature_store import AsyncFeatureStore
from penstock.jobs.feature_store.validator import Validator


def measure_alone(sizes: Sizes) -> list[Result]:
    """Reads from memory by the client in Python, and one row's checks."""
    return [asyncio.run(_reads(sizes)), _checks(sizes)]


async def _reads(sizes: Sizes) -> Result:
    count = min(sizes.entities, BLOCK)
    with tempfile.TemporaryDirectory() as place:
        async with AsyncFeatureStore(place) as store:
            store.apply([view()])
            await store.push(VIEW, rows(count), to="online")
            spent: list[float] = []
            for i in range(count):
                start = time.perf_counter()
                await store.get_online_features(REFS, [{KEY: i}])
                spent.append(time.perf_counter() - start)
    return {"case": "l1_in_process", "calls": count, **_latency(spent)}


def _checks(sizes: Sizes) -> Result:
    validator = Validator(schema_of(view()))
    values = np.random.default_rng(4).standard_normal((sizes.pushes, 1, len(NAMES)))
    spent: list[float] = []
    for row in values:
        start = time.perf_counter()
        validator.judge(row)
        spent.append(time.perf_counter() - start)
    return {"case": "validation_50", "rows": len(spent), **_latency(spent)}


def _latency(spent: Sequence[float]) -> Result:
    p50, p99 = np.percentile(np.array(spent) * 1e3, [50, 99])
    return {"p50_ms": figures(p50), "p99_ms": figures(p99)}
