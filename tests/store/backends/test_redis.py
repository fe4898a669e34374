"""What only Redis does: keys and slots, scripts that are forgotten, full memory, silence, channels that break."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.backends.places import NUMBER, in_loop, listening, make_tier, value
from tests.store.servers import served

from penstock.bench.servers import RedisServer, free_port
from penstock.core.errors import DefinitionError, StoreError, StoreFull
from penstock.store.online.redis_keys import RedisKeys, slot
from penstock.store.online.redis_link import Node
from penstock.store.online.redis_wire import Login


@pytest.fixture
def own():
    """A server that a test may stop, fill or silence."""
    yield from served(RedisServer)


def tier_of(server, **options):
    told = {"kind": "redis", "url": server.url, "prefix": f"t{next(NUMBER)}", "timeout": 20.0}
    told |= options
    return make_tier(json.dumps(told))


PARTS = st.one_of(st.binary(max_size=8), st.text("{}%7D0:", max_size=8).map(str.encode))


@given(PARTS, PARTS, st.text("ab@v{1", min_size=1), st.text("ab@v{1", min_size=1))
def test_no_two_entities_share_a_key_and_each_is_read_back(one, other, view, second):
    keys = RedisKeys("p")
    assert keys.split(keys.join(view, one)) == (view, one)
    assert keys.split(keys.whole(view)) == (view, None)
    same = (one, view) == (other, second)
    assert (keys.join(view, one) == keys.join(second, other)) == same


@in_loop
async def test_a_slot_is_the_one_redis_says(redis_cluster):
    tier = make_tier(json.dumps({"kind": "redis", "url": redis_cluster.url, "cluster": True}))
    await tier.open()
    node = next(iter(tier._link.nodes.values()))
    for key in [b"", b"}", b"{", b"{}", b"%", b"2:ES,3:CME,", b"\xff\0{a}", b"x" * 300]:
        names = [tier.keys.join(view, key) for view in ("a@v1", "b@v2")]
        said = await node.ask([("CLUSTER", "KEYSLOT", name) for name in names], "read")
        assert [slot(name) for name in names] == said
        assert said[0] == said[1], "views of one entity lie together"
    await tier.close()


def test_a_prefix_has_no_braces():
    with pytest.raises(DefinitionError, match="braces"):
        RedisKeys("a{b")


@pytest.mark.parametrize("url", ["http://:secret@x", "redis://:secret@", "redis://:secret@x/name"])
def test_a_wrong_url_is_refused_without_its_password(url):
    with pytest.raises(DefinitionError, match="Redis") as error:
        make_tier(json.dumps({"kind": "redis", "url": url}))
    assert "secret" not in str(error.value)


@in_loop
async def test_the_script_survives_a_flush_and_a_restart(own):
    tier = tier_of(own)
    await tier.open()
    assert await tier.put([("v@v1", b"k", value(1))]) == [True]
    own.cli("script", "flush")
    assert await tier.put([("v@v1", b"k", value(1))]) == [False]
    own.kill()
    with pytest.raises(StoreError, match="Redis"):
        await tier.put([("v@v1", b"k", value(1))])
    with pytest.raises(StoreError, match="Redis"):
        await tier.ping()
    own.start()
    assert await tier.put([("v@v1", b"%d" % i, value(1)) for i in range(1000)]) == [True] * 1000
    await tier.close()


@in_loop
async def test_full_memory_refuses_writes_and_reads_go_on(own):
    own.cli("config", "set", "maxmemory", "4mb")
    tier = tier_of(own)
    await tier.open()
    assert await tier.put([("v@v1", b"k", value(1))]) == [True]
    facts = await tier.facts()
    assert (facts["memory_policy"], facts["memory_limit"]) == ("noeviction", 4 << 20)
    assert "refuses writes" in facts["memory_policy_means"]
    filling = [("w@v1", b"%d" % n, value(1, rest=b"x" * 100_000)) for n in range(100)]
    with pytest.raises(StoreFull, match="OOM"):
        await tier.put(filling)
    assert await tier.get([("v@v1", b"k")]) == [value(1)]
    await tier.ping()
    assert await tier.drop_view("w@v1") > 10
    assert await tier.put([("v@v1", b"k", value(2))]) == [True]
    await tier.close()


@in_loop
async def test_a_policy_that_evicts_never_refuses(own):
    own.cli("config", "set", "maxmemory", "4mb")
    own.cli("config", "set", "maxmemory-policy", "allkeys-lru")
    tier = tier_of(own)
    await tier.open()
    assert "drops copies" in (await tier.facts())["memory_policy_means"]
    for n in range(100):
        assert await tier.put([("w@v1", b"%d" % n, value(1, rest=b"x" * 100_000))]) == [True]
    found = await tier.get([("w@v1", b"%d" % n) for n in range(100)])
    assert 0 < found.count(None) < 100
    await tier.close()


@in_loop
async def test_all_views_and_keys_come_in_one_round_trip(own):
    tier = tier_of(own)
    await tier.open()
    await tier.put([(f"v{v}@v1", b"%d" % k, value(1)) for v in range(5) for k in range(100)])
    own.cli("config", "resetstat")
    before = (await tier.facts())["round_trips"]
    await tier.get([(f"v{v}@v1", b"%d" % k) for v in range(5) for k in range(100)])
    assert (await tier.facts())["round_trips"] == before + 1
    stats = own.cli("info", "commandstats")
    assert "cmdstat_mget:calls=1," in stats
    assert "cmdstat_get:" not in stats
    await tier.close()


@in_loop
async def test_copies_of_redis_go_by_themselves(own):
    tier = tier_of(own, ttl_ns=10**9)
    await tier.open()
    await tier.put([("v@v1", b"k", value(1))])
    (key,) = own.cli("keys", "*").split()
    assert 0 < int(own.cli("pttl", key)) <= 1_000
    assert await tier.sweep(time.time_ns() - 2 * 10**9) == 0
    await tier.close()


@in_loop
async def test_a_sweep_knows_from_the_time_that_is_left_when_a_copy_was_written(own):
    tier = tier_of(own)
    await tier.open()
    await tier.put([(f"v{n}@v1", b"old", value(1)) for n in range(2_000)])
    await asyncio.sleep(0.2)
    between = time.time_ns()
    await asyncio.sleep(0.2)
    await tier.put([("v@v1", b"new", value(1))])
    assert await tier.sweep(between) == 2_000
    assert await tier.get([("v0@v1", b"old"), ("v@v1", b"new")]) == [None, value(1)]
    assert await tier.sweep(1 << 62) == 1, "a time to come empties it"
    await tier.close()


@in_loop
async def test_a_login_is_needed_where_the_server_asks_for_one(own):
    own.cli("config", "set", "requirepass", "open sesame")
    with pytest.raises(StoreError, match="NOAUTH"):
        await tier_of(own).open()
    address = f"127.0.0.1:{own.port}/0"
    with pytest.raises(StoreError, match="WRONGPASS") as error:
        await tier_of(own, url=f"redis://:wrong@{address}").open()
    assert "wrong@" not in str(error.value)
    tier = tier_of(own, url=f"redis://default:open%20sesame@{address}")
    await tier.open()
    assert await tier.put([("v@v1", b"k", value(1))]) == [True]
    await tier.close()


@in_loop
async def test_a_server_that_falls_silent_is_given_up_and_found_again(own):
    tier = tier_of(own, timeout=0.3)
    await tier.open()
    await tier.put([("v@v1", b"k", value(1))])
    told = await listening(tier)
    waiting = asyncio.ensure_future(anext(told))
    os.kill(own.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(StoreError, match=r"no answer from .* within 0.3 s"):
            await tier.get([("v@v1", b"k")])
        with pytest.raises(StoreError, match="channel"):
            await waiting
    finally:
        os.kill(own.process.pid, signal.SIGCONT)
    assert await tier.get([("v@v1", b"k"), ("v@v1", b"other")]) == [value(1), None]
    await tier.close()


@in_loop
async def test_silence_that_the_caller_cuts_short_is_found_by_a_ping(own):
    tier = tier_of(own)
    await tier.open()
    await tier.put([("v@v1", b"k", value(1))])
    os.kill(own.process.pid, signal.SIGSTOP)
    try:
        for act in (tier.get([("v@v1", b"k")]), tier.put([("v@v1", b"k", value(2))])):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(act, 0.1)
        tier.timeouts.update(read=0.2, write=0.2)
        with pytest.raises(StoreError, match="no answer"):
            await tier.ping()
    finally:
        os.kill(own.process.pid, signal.SIGCONT)
    tier.timeouts.update(read=5.0, write=5.0)
    await tier.ping()
    (found,) = await tier.get([("v@v1", b"k")])
    assert found in {value(1), value(2)}, "what nobody waited for may have been written"
    await tier.close()


@in_loop
async def test_a_connection_may_be_encrypted(own, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: it makes the certificate of this test")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-keyout", key,
         "-out", certificate, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    secure = RedisServer(
        tls_port=str(free_port()), tls_cert_file=str(certificate), tls_key_file=str(key),
        tls_auth_clients="no",
    )  # fmt: skip
    try:
        secure.start()
        secure.cli("config", "set", "requirepass", "secret")
        place = f"rediss://:secret@localhost:{secure.options['tls_port']}"
        tier = tier_of(secure, url=f"{place}?ca={certificate}")
        await tier.open()
        assert await tier.put([("v@v1", b"k", value(1))]) == [True]
        told = await listening(tier)
        await told.aclose()
        await tier.close()
        with pytest.raises(StoreError, match="certificate"):
            await tier_of(secure, url=place).open()
    finally:
        secure.close()


@in_loop
async def test_a_channel_that_breaks_says_so(own):
    tier = tier_of(own)
    await tier.open()
    told = await listening(tier)
    waiting = asyncio.ensure_future(anext(told))
    own.kill()
    with pytest.raises(StoreError, match="channel"):
        await waiting
    with pytest.raises(StoreError, match="must answer"):
        await anext(tier.changes())
    await tier.close()


@in_loop
async def test_listening_begins_in_the_middle_of_a_stream_of_messages(own):
    tier, other = tier_of(own, prefix="same"), tier_of(own, prefix="same")
    await tier.open()
    await other.open()
    ended = False

    async def write():
        n = 0
        while not ended:
            n += 1
            await other.put([("v@v1", b"k", value(n))])

    writing = asyncio.ensure_future(write())
    for _ in range(100):
        told = await listening(tier)
        assert (await anext(told)).key == b"k"
        await told.aclose()
    ended = True
    await writing
    await tier.close()
    await other.close()


@in_loop
async def test_who_gives_up_does_not_get_anothers_reply(own):
    tier = tier_of(own)
    await tier.open()
    await tier.put([("v@v1", b"%d" % n, value(n)) for n in range(200)])
    tasks = [asyncio.create_task(tier.get([("v@v1", b"%d" % n)])) for n in range(200)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    for n, result in enumerate(found):
        if n % 3:
            assert result == [value(n)]
        else:
            assert isinstance(result, asyncio.CancelledError)
    await tier.close()


@in_loop
async def test_stores_of_other_prefixes_are_left_alone(own):
    one, other = tier_of(own), tier_of(own)
    await one.open()
    await other.open()
    await one.put([("v@v1", b"%d" % n, value(1)) for n in range(3_000)])
    await other.put([("v@v1", b"k", value(1)), ("w@v1", b"k", value(1))])
    assert await one.drop_view("v@v1") == 3_000
    assert await other.sweep(1 << 62) == 2
    assert own.cli("dbsize") == "0"
    await one.close()
    await other.close()


@in_loop
async def test_a_node_that_is_left_while_it_connects_keeps_no_connection(own):
    login = Login.of(own.url)
    node = Node(login, (login.host, login.port), {"read": 5.0})
    asked = asyncio.create_task(node.ask([("PING",)], "read"))
    await asyncio.sleep(0)  # it has begun to connect
    node.close()
    assert await asked == [b"PONG"]  # who had asked is answered all the same
    clients = Node(login, (login.host, login.port), {"read": 5.0})
    try:
        async with asyncio.timeout(10.0):  # the server sees it a moment later
            while True:
                (told,) = await clients.ask([("CLIENT", "LIST")], "read")
                if len(told.splitlines()) == 1:
                    break
                await asyncio.sleep(0.01)
    finally:
        clients.close()
        await asyncio.sleep(0)
