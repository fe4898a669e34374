"""Two stores over one file, each deaf to the other but for what the file tells: they agree, on the newest row."""

import asyncio
import itertools
import random
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.store.backends.places import value
from tests.store.online.doubles import DictTier
from tests.store.online.test_store import VIEW, until

from penstock.core.errors import StoreError
from penstock.store.online.memory import NEVER
from penstock.store.online.packed import tombstone
from penstock.store.online.sqlite import SqliteTier
from penstock.store.online.store import OnlineStore

KEYS = [b"a", b"b", b"c"]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(20, 80))
def test_stores_that_write_the_same_rows_come_to_the_newest(seed: int, steps: int) -> None:
    asyncio.run(asyncio.wait_for(storm(seed, steps), 60))


async def storm(seed: int, steps: int) -> None:
    """Writes, deletions, lost caches and evictions in both stores; then both know the greatest stamp of each row."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        # each has a cache of its own, which what the other one writes makes old
        caches = [DictTier("cache"), DictTier("cache")]
        stores = [
            OnlineStore(
                [cache, SqliteTier(Path(place) / "online.db")],
                hints=Path(place) / f"hints{i}.db",
                memory=draw.choice([1_000, 10**9]),
                timeout=5.0,
            )
            for i, cache in enumerate(caches)
        ]
        for store in stores:
            await store.open()
        confirmed = [dict.fromkeys(KEYS, (0, 0)) for _ in stores]  # by store and key, the newest
        tasks = []
        for _ in range(steps):
            tasks.append(asyncio.ensure_future(act(draw, stores, confirmed)))
            if draw.random() < 0.1:
                cache = draw.choice(caches)
                cache.away = not cache.away
            if draw.random() < 0.1:
                draw.choice(stores).memory.distrust()
            await asyncio.sleep(draw.choice([0, 0, 0.002]))
        await asyncio.gather(*tasks)
        for cache in caches:
            cache.away = False
        await until(lambda: not any(store.degraded for store in stores))
        for store, key in itertools.product(stores, KEYS):
            await agrees(store, key, max(own[key] for own in confirmed))
        for store in stores:
            await store.close()


async def act(
    draw: random.Random, stores: list[OnlineStore], confirmed: list[dict[bytes, tuple[int, int]]]
) -> None:
    """Read or write one row through one store, which gives nothing older than what it confirmed."""
    number, key = draw.randrange(len(stores)), draw.choice(KEYS)
    store, own, at = stores[number], confirmed[number], (draw.randint(1, 6), draw.randint(1, 6))
    if draw.random() < 0.5:
        least = own[key]
        (found,) = await store.read([(VIEW, key)])
        assert found.unknown or found.stamp >= least or least == (0, 0)
        return
    try:
        await store.write(VIEW, [key], [tombstone(*at) if draw.random() < 0.2 else value(*at)])
    except StoreError:
        return  # not confirmed
    own[key] = max(own[key], at)


async def agrees(store: OnlineStore, key: bytes, newest: tuple[int, int]) -> None:
    """Wait until a store knows the newest stamp of a row, which the file tells of."""
    for _ in range(200):
        (found,) = await store.read([(VIEW, key)])
        if found.stamp == (newest if newest > (0, 0) else NEVER):
            return
        await asyncio.sleep(0.01)
    assert found.stamp == newest
