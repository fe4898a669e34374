"""A cluster whose slots move and whose nodes fail, while it is read and written."""

import asyncio
import json

import pytest
from tests.store.backends.places import NUMBER, in_loop, listening, make_tier, value

from penstock.bench.servers import wait_for
from penstock.core.errors import StoreError
from penstock.store.online.redis_keys import slot


@pytest.fixture
def place(redis_cluster):
    told = {"kind": "redis", "url": redis_cluster.url, "cluster": True}
    return json.dumps({**told, "prefix": f"c{next(NUMBER)}", "timeout": 20.0})


@in_loop
async def test_a_slot_moves_while_it_is_read_and_written(redis_cluster, place):
    tier, other = make_tier(place), make_tier(place)
    await tier.open()
    await other.open()
    views = [f"v{n}@v1" for n in range(40)]
    moving = slot(tier.keys.join(views[0], b"moving"))
    written = 0

    async def write_and_read():
        nonlocal written
        written += 1
        items = [(view, key, value(written)) for view in views for key in (b"moving", b"standing")]
        assert await tier.put(items) == [True] * len(items)
        pairs = [item[:2] for item in items]
        assert await other.get(pairs) == [value(written)] * len(items)
        assert await other.put([(v, k, value(written - 1)) for v, k in pairs]) == [False] * len(
            items
        )

    await write_and_read()
    source = redis_cluster.owner(moving)
    target = next(node for node in redis_cluster.nodes if node is not source)
    redis_cluster.begin_move(moving, target)
    await write_and_read()
    # some keys are there, some still here, and new ones belong there
    assert redis_cluster.move_keys(moving, target, 15) == 15
    await write_and_read()
    fresh = [(f"new{n}@v1", b"moving", value(1)) for n in range(10)]
    assert await tier.put(fresh) == [True] * 10
    assert await other.get([item[:2] for item in fresh]) == [value(1)] * 10
    while redis_cluster.move_keys(moving, target, 100):
        pass
    await write_and_read()
    redis_cluster.end_move(moving, target)
    await write_and_read()
    assert redis_cluster.owner(moving) is target
    assert await tier.drop_view(views[0]) == 2
    # and back, in one go, so that the session's cluster is as it was
    redis_cluster.begin_move(moving, source)
    while redis_cluster.move_keys(moving, source, 100):
        pass
    redis_cluster.end_move(moving, source)
    await write_and_read()
    await tier.close()
    await other.close()


@in_loop
async def test_a_node_that_is_down_is_an_error_until_it_is_back(redis_cluster, place):
    tier = make_tier(place)
    await tier.open()
    keys = [b"%d" % n for n in range(300)]
    items = [("v@v1", key, value(1)) for key in keys]
    await tier.put(items)
    down = redis_cluster.nodes[0]
    told = await listening(tier)
    waiting = asyncio.ensure_future(anext(told))
    lost = {key for key in keys if redis_cluster.owner(slot(tier.keys.join("v@v1", key))) is down}
    assert 30 < len(lost) < 270
    down.kill()
    try:
        with pytest.raises(StoreError, match=f":{down.port}"):
            await tier.get([item[:2] for item in items])
        with pytest.raises(StoreError, match=f":{down.port}"):
            await tier.ping()
        with pytest.raises(StoreError, match=f":{down.port}"):
            await tier.put([("v@v1", key, value(2)) for key in keys])
        kept = [key for key in keys if key not in lost]
        assert await tier.get([("v@v1", key) for key in kept]) == [value(2)] * len(kept)
        with pytest.raises(StoreError, match="channel"):
            await waiting  # it listened there
        elsewhere = await listening(tier)
        await elsewhere.aclose()
    finally:
        down.start()
        wait_for(redis_cluster.is_ready, "the cluster after a node came back")
    await tier.ping()
    assert sum(await tier.put([("v@v1", key, value(2)) for key in keys])) == len(lost)
    assert await tier.get([("v@v1", key) for key in keys]) == [value(2)] * len(keys)
    await tier.close()


@in_loop
async def test_the_cluster_is_found_through_any_node(redis_cluster, place):
    told = json.loads(place)
    for node in redis_cluster.nodes:
        tier = make_tier(json.dumps({**told, "url": node.url}))
        await tier.open()
        assert len(tier._link.nodes) == 3
        assert (await tier.facts())["nodes"] == 3
        await tier.close()


@in_loop
async def test_a_single_server_is_no_cluster(redis_server):
    tier = make_tier(json.dumps({"kind": "redis", "url": redis_server.url, "cluster": True}))
    with pytest.raises(StoreError, match="cluster support disabled"):
        await tier.open()
