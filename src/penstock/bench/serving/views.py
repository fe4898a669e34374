"""A service of several views read from Redis: round trips and bytes of each request, in a process of its own."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from penstock.bench.serving.load import Result, Sizes
from penstock.bench.serving.tiers import NO_MEMORY, behind
from penstock.bench.timing import figures
from penstock.declare import Field, Pushed, Service
from penstock.jobs.feature_store import AsyncFeatureStore

VIEWS, COLUMNS = 5, 10
KEY = "driver_id"


def measure_views(sizes: Sizes) -> list[Result]:
    """One entity and a hundred, of all views at one time."""
    with tempfile.TemporaryDirectory() as place, behind() as online:
        (Path(place) / "penstock.toml").write_text(f"[online]\n{NO_MEMORY}{online}")
        return asyncio.run(_measure(Path(place), min(sizes.entities, 1_000), sizes.pushes))


async def _measure(place: Path, entities: int, requests: int) -> list[Result]:
    names = [f"f{i}" for i in range(COLUMNS)]
    views = [Pushed(f"view{v}", tuple(map(Field, names)), key=(KEY,)) for v in range(VIEWS)]
    rng = np.random.default_rng(6)
    async with AsyncFeatureStore(place) as store:
        store.apply([*views, Service("all", tuple(views))])
        now = time.time_ns()
        for view in views:
            values = {n: rng.standard_normal(entities).tolist() for n in names}
            head = {KEY: list(range(entities)), "event_timestamp": [now] * entities}
            await store.push(view.name, head | values, to="online")
        return [await _asked(store, many, entities, requests, rng) for many in (1, 100)]


async def _asked(
    store: AsyncFeatureStore, many: int, entities: int, requests: int, rng: np.random.Generator
) -> Result:
    tier = store.online.tiers[0].tier
    before: dict[str, Any] = await tier.facts()
    own = await tier.facts()  # what asking for the facts costs
    spent: list[float] = []
    for _ in range(requests):
        asked = [{KEY: int(i)} for i in rng.choice(entities, min(many, entities), replace=False)]
        start = time.perf_counter()
        answer = await store.get_online_features("all", asked, full_feature_names=True)
        spent.append(time.perf_counter() - start)
        assert all(status == "PRESENT" for row in answer.statuses for status in row)  # noqa: S101
    after: dict[str, Any] = await tier.facts()

    def each(name: str) -> float:
        return figures((after[name] - own[name] - (own[name] - before[name])) / requests)

    p50, p99 = np.percentile(np.array(spent) * 1e3, [50, 99])
    return {
        "case": f"service_of_{VIEWS}_views_{many}", "views": VIEWS, "columns": VIEWS * COLUMNS,
        "round_trips_a_request": each("round_trips"),
        "bytes_in_a_request": each("bytes_in"), "bytes_out_a_request": each("bytes_out"),
        "p50_ms": figures(p50), "p99_ms": figures(p99),
    }  # fmt: skip
