"""A cluster of which some nodes are gone: the others serve on, and nobody is given an older row than was confirmed."""

import asyncio
import contextlib
import json
import signal

import pytest
from tests.store.backends.places import NUMBER, in_loop, make_tier, value
from tests.store.online.test_real_tiers import KEYS, VIEW, Load, opened, until

from penstock.bench.servers import wait_for
from penstock.store.online.packed import stamp
from penstock.store.online.redis_keys import SLOTS, slot

PAIRS = [(VIEW, key) for key in KEYS]


@pytest.fixture
def places(redis_cluster, tmp_path):
    """The cluster above a file, through the node that no test ends."""
    told = {"kind": "redis", "url": redis_cluster.url, "cluster": True, "timeout": 10.0}
    return [
        json.dumps({**told, "prefix": f"p{next(NUMBER)}"}),
        json.dumps({"kind": "sqlite", "path": str(tmp_path / "online.db")}),
    ]


@contextlib.contextmanager
def gone(cluster, *nodes):
    """Nodes that are killed; those that still are come back at the end."""
    for node in nodes:
        node.kill()
    try:
        yield
    finally:
        for node in nodes:
            if not node.process:
                node.start()
        wait_for(cluster.is_ready, "the cluster after nodes came back")


def of(cluster, place, node):
    """The keys whose slots a node has."""
    keys = make_tier(place).keys
    return [k for k in KEYS if cluster.owner(slot(keys.join(VIEW, k))) is node]


def hits(store):
    return {name: tier["hits"] for name, tier in store.status()["tiers"].items()}


async def read(store, keys):
    """What tiers say, memory apart; of a hundred keys no row may be unknown."""
    store.memory.distrust()
    before = hits(store)
    rows = await store.read([(VIEW, key) for key in keys])
    after = hits(store)
    assert not any(row.unknown for row in rows)
    return [row.stamp[0] for row in rows], {name: after[name] - before[name] for name in after}


@in_loop
async def test_the_keys_of_other_nodes_are_served_while_a_node_is_gone(
    redis_cluster, places, tmp_path
):
    lost = of(redis_cluster, places[0], redis_cluster.nodes[1])
    kept = [key for key in KEYS if key not in lost]
    async with (
        opened(places, hints=tmp_path / "hints.db") as store,
        opened(places, hints=tmp_path / "hints.db") as other,
    ):
        await store.write(VIEW, KEYS, [value(1)] * len(KEYS))
        redis = store.tiers[0]
        with gone(redis_cluster, redis_cluster.nodes[1]):
            written = await store.write(VIEW, KEYS, [value(2)] * len(KEYS))
            assert written.later == ("redis",)
            assert (redis.state, store.degraded) == ("closed", ("redis",))
            away = store.status()["tiers"]["redis"]["parts_away"]
            assert SLOTS // 3 - 1 <= away <= SLOTS // 3 + 1
            assert await read(store, kept) == ([2] * len(kept), {"redis": len(kept), "sqlite": 0})
            assert await read(store, lost) == ([2] * len(lost), {"redis": 0, "sqlite": len(lost)})
            # who shares the hints' file leaves the same parts alone, and no more
            await until(lambda: other.tiers[0].away == redis.away)
            assert await read(other, kept) == ([2] * len(kept), {"redis": len(kept), "sqlite": 0})
            assert await read(other, lost) == ([2] * len(lost), {"redis": 0, "sqlite": len(lost)})
            assert (await store.write(VIEW, kept, [value(3)] * len(kept))).later == ()
            assert (await store.write(VIEW, lost, [value(3)] * len(lost))).later == ("redis",)
            assert await read(store, KEYS) == (
                [3] * len(KEYS),
                {"redis": len(kept), "sqlite": len(lost)},
            )
        await until(lambda: not store.degraded and not other.degraded)
        assert store.status()["tiers"]["redis"]["hints"] == 0
        for one in (store, other):
            assert await read(one, KEYS) == ([3] * len(KEYS), {"redis": len(KEYS), "sqlite": 0})


@in_loop
async def test_of_two_nodes_that_are_gone_one_comes_back_alone(redis_cluster, places, tmp_path):
    first, second, third = redis_cluster.nodes
    mine = {node.port: of(redis_cluster, places[0], node) for node in redis_cluster.nodes}
    async with opened(places, hints=tmp_path / "hints.db") as store:
        with gone(redis_cluster, second, third):
            await store.write(VIEW, KEYS, [value(1)] * len(KEYS))
            redis = store.tiers[0]
            both = redis.away
            assert (await read(store, mine[first.port]))[1]["sqlite"] == 0
            second.start()
            await until(lambda: redis.away < both)
            assert redis.state == "closed"
            assert (await read(store, mine[second.port]))[1]["sqlite"] == 0
            assert (await read(store, mine[third.port]))[1]["redis"] == 0
            third.start()
            await until(lambda: not store.degraded)
        assert await read(store, KEYS) == ([1] * len(KEYS), {"redis": len(KEYS), "sqlite": 0})


@in_loop
async def test_a_node_that_hangs_is_left_alone_after_some_reads(redis_cluster, places, tmp_path):
    cluster = json.dumps({**json.loads(places[0]), "timeout": 0.1, "write_timeout": 0.3})
    node = redis_cluster.nodes[2]
    slow = of(redis_cluster, cluster, node)
    quick = [key for key in KEYS if key not in slow]
    async with opened([cluster, places[1]], hints=tmp_path / "hints.db", timeout=0.1) as store:
        await store.write(VIEW, KEYS, [value(1)] * len(KEYS))
        node.process.send_signal(signal.SIGSTOP)
        try:
            for turn in range(3):
                assert not store.degraded, turn
                assert (await read(store, KEYS))[0] == [1] * len(KEYS)
            assert store.degraded == ("redis",)
            assert (await read(store, quick))[1] == {"redis": len(quick), "sqlite": 0}
            await store.write(VIEW, KEYS, [value(2)] * len(KEYS))
        finally:
            node.process.send_signal(signal.SIGCONT)
        await until(lambda: not store.degraded)
        assert await read(store, KEYS) == ([2] * len(KEYS), {"redis": len(KEYS), "sqlite": 0})
    wait_for(redis_cluster.is_ready, "the cluster after a node hung")


@in_loop
async def test_a_node_that_answers_but_is_full_is_left_alone_until_it_has_room(
    redis_cluster, places, tmp_path
):
    node = redis_cluster.nodes[2]
    full = of(redis_cluster, places[0], node)
    roomy = [key for key in KEYS if key not in full]
    async with opened(places, hints=tmp_path / "hints.db") as store:
        node.cli("config", "set", "maxmemory", "1")
        try:
            for n in (1, 2):
                await store.write(VIEW, KEYS, [value(n)] * len(KEYS))
                status = store.status()["tiers"]["redis"]
                assert (status["state"], status["full"]) == ("closed", True)
                await asyncio.sleep(0.5)  # it is tried again meanwhile
                assert (await read(store, roomy)) == (
                    [n] * len(roomy),
                    {"redis": len(roomy), "sqlite": 0},
                )
                assert (await read(store, full)) == (
                    [n] * len(full),
                    {"redis": 0, "sqlite": len(full)},
                )
        finally:
            node.cli("config", "set", "maxmemory", "0")
        await until(lambda: not store.degraded)
        assert await read(store, KEYS) == ([2] * len(KEYS), {"redis": len(KEYS), "sqlite": 0})


@in_loop
async def test_a_store_opens_while_a_node_is_gone(redis_cluster, places, tmp_path):
    lost = of(redis_cluster, places[0], redis_cluster.nodes[1])
    with gone(redis_cluster, redis_cluster.nodes[1]):
        async with opened(places, hints=tmp_path / "hints.db") as store:
            assert (store.tiers[0].state, store.degraded) == ("closed", ("redis",))
            await store.write(VIEW, KEYS, [value(1)] * len(KEYS))
            assert (await read(store, lost))[1] == {"redis": 0, "sqlite": len(lost)}
    # what was kept is handed over by whoever opens it next
    async with opened(places, hints=tmp_path / "hints.db") as store:
        assert not store.degraded
        assert (await read(store, lost))[1] == {"redis": len(lost), "sqlite": 0}


@in_loop
async def test_nodes_that_die_and_come_back_under_load_give_no_wrong_value(
    redis_cluster, places, tmp_path
):
    async with opened(
        places, hints=tmp_path / "hints.db", stale_limit=10**8, timeout=10.0
    ) as store:
        load = Load(store)

        async def weather():
            for node in redis_cluster.nodes[1:]:
                await asyncio.sleep(0.3)
                await asyncio.to_thread(node.kill)
                await until(lambda: store.degraded == ("redis",))
                before = hits(store)["redis"]
                await asyncio.sleep(0.4)
                assert store.tiers[0].state == "closed"
                assert hits(store)["redis"] > before
                await asyncio.to_thread(node.start)
                await until(lambda: not store.degraded)

        await load.through(weather())
        assert load.reads > 1_000
        assert (load.refused, load.unknown) == (0, 0)
    wait_for(redis_cluster.is_ready, "the cluster after its nodes came back")
    for place in places:
        tier = make_tier(place)
        await tier.open()
        rows = await tier.get(PAIRS)
        await tier.close()
        assert [stamp(row)[0] for row in rows] == [load.confirmed[key] for key in KEYS], place
