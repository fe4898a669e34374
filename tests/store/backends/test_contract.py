"""What every backend promises, on the real thing."""

import asyncio
import contextlib
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.store.backends.places import NUMBER, child, in_loop, listening, make_tier, said, value

from penstock.core.errors import StoreError
from penstock.store.online.packed import stamp, tombstone

KINDS = ["sqlite", "redis", "redis cluster", "postgres"]
EXTREMES = [-(2**63), -(2**53) - 1, -1, 0, 1, 2**53, 2**53 + 1, 2**63 - 2, 2**63 - 1]
KEYS = [
    b"", b"%", b"{", b"}", b"{}", b"a}b", b"a{b}c", b"%7D", b"\0", b"a\0b", b"\xff\xfe", b"*?[x]\\",
    b"1:1,\r\n", b"x" * 5000,
]  # fmt: skip


@pytest.fixture(params=KINDS)
def place(request, tmp_path):
    """A place of its own for each test."""
    match request.param:
        case "sqlite":
            return json.dumps({"kind": "sqlite", "path": str(tmp_path / "store" / "online.db")})
        case "postgres":
            server = request.getfixturevalue("postgres_server")
            return json.dumps({"kind": "postgres", "url": server.database(), "timeout": 20.0})
        case "redis":
            url = request.getfixturevalue("redis_server").url
            return json.dumps(
                {"kind": "redis", "url": url, "prefix": f"t[{next(NUMBER)}*", "timeout": 20.0}
            )
        case "redis cluster":
            told = {"kind": "redis", "url": request.getfixturevalue("redis_cluster").url}
            return json.dumps(
                {**told, "cluster": True, "prefix": f"t[{next(NUMBER)}*", "timeout": 20.0}
            )


@contextlib.asynccontextmanager
async def opened(place, **options):
    tier = make_tier(place, **options)
    await tier.open()
    try:
        yield tier
    finally:
        await tier.close()


@in_loop
async def test_values_come_in_the_order_asked(place):
    async with opened(place) as tier:
        a, b = value(1, rest=b"a"), value(2, rest=b"b")
        assert await tier.put([("v@v1", b"1", a), ("w@v1", b"1", b)]) == [True, True]
        pairs = [("w@v1", b"1"), ("v@v1", b"2"), ("v@v1", b"1"), ("w@v1", b"1"), ("x@v1", b"1")]
        assert await tier.get(pairs) == [b, None, a, b, None]


@in_loop
async def test_only_a_newer_stamp_replaces(place):
    async with opened(place) as tier:
        for data, wins, stands in [
            (value(10, 5, b"first"), True, b"first"),
            (value(10, 5, b"again"), False, b"first"),
            (value(9, 99, b"older"), False, b"first"),
            (value(10, 4, b"older"), False, b"first"),
            (value(10, 6, b"corrected"), True, b"corrected"),
            (value(11, 0, b"newer"), True, b"newer"),
        ]:
            assert await tier.put([("v@v1", b"k", data)]) == [wins]
            (found,) = await tier.get([("v@v1", b"k")])
            assert found.endswith(stands)


@in_loop
async def test_stamps_are_compared_as_whole_integers(place):
    stamps = [(ts, created) for ts in EXTREMES for created in EXTREMES]
    async with opened(place) as tier:
        for number, (ts, created) in enumerate(stamps):
            assert await tier.put([("v@v1", b"k", value(ts, created))]) == [True], (ts, created)
            if number:
                assert await tier.put([("v@v1", b"k", value(*stamps[number - 1]))]) == [False]


@in_loop
async def test_a_tombstone_is_a_write_like_any(place):
    async with opened(place) as tier:
        gone = tombstone(2, 0)
        await tier.put([("v@v1", b"k", value(1))])
        assert await tier.put([("v@v1", b"k", gone)]) == [True]
        assert await tier.put([("v@v1", b"k", value(1, 9))]) == [False]
        assert await tier.get([("v@v1", b"k")]) == [gone]
        assert await tier.put([("v@v1", b"k", value(3))]) == [True]


@in_loop
async def test_of_one_key_several_times_the_newest_stands(place):
    async with opened(place) as tier:
        items = [("v@v1", b"k", value(ts, rest=bytes([ts]))) for ts in (2, 5, 3, 5, 1)]
        assert await tier.put(items) == [False, True, False, False, False]
        assert await tier.get([("v@v1", b"k")]) == [items[1][2]]


@in_loop
async def test_keys_are_any_bytes(place):
    async with opened(place) as tier:
        views = ["v@v1", "v@v10", "*@v1"]
        items = [(view, key, value(1, rest=view.encode() + key)) for view in views for key in KEYS]
        assert await tier.put(items) == [True] * len(items)
        assert await tier.get([item[:2] for item in items]) == [item[2] for item in items]


@in_loop
async def test_dropping_a_view_leaves_the_others(place):
    async with opened(place) as tier:
        views = ["a@v1", "a@v10", "?@v1", "*@v1", "%@v1", "_@v1"]
        await tier.put([(view, key, value(1)) for view in views for key in KEYS])
        for at, view in enumerate(views):
            assert await tier.drop_view(view) == len(KEYS)
            assert await tier.drop_view(view) == 0
            for other in views[at + 1 :]:
                assert None not in await tier.get([(other, key) for key in KEYS])
            assert await tier.get([(view, key) for key in KEYS]) == [None] * len(KEYS)


@in_loop
async def test_thousands_of_keys_in_one_call(place):
    async with opened(place) as tier:
        items = [("v@v1", b"%d" % i, value(i, rest=b"%d" % i)) for i in range(5_000)]
        assert all(await tier.put(items))
        assert not any(await tier.put(items))
        pairs = [item[:2] for item in items]
        random.Random(1).shuffle(pairs)
        found = await tier.get(pairs)
        assert [stamp(data) for data in found] == [(int(key), 0) for _, key in pairs]


@in_loop
async def test_a_big_value_comes_back_whole(place):
    async with opened(place) as tier:
        data = value(1, rest=random.Random(1).randbytes(3 << 20))
        assert await tier.put([("v@v1", b"k", data)]) == [True]
        assert await tier.get([("v@v1", b"k")]) == [data]


@in_loop
async def test_asking_nothing_gives_nothing(place):
    async with opened(place) as tier:
        assert await tier.get([]) == []
        assert await tier.put([]) == []
        assert await tier.drop_view("v@v1") == 0


@in_loop
async def test_copies_go_when_their_time_is_over(place):
    clock = [1_000]
    async with expiring(place, clock) as (tier, pass_time):
        await tier.put([("v@v1", b"old", value(1)), ("v@v1", b"kept", value(1))])
        await pass_time(0.5)
        assert await tier.put([("v@v1", b"kept", value(2))]) == [True]
        await pass_time(0.7)
        assert await tier.get([("v@v1", b"old"), ("v@v1", b"kept")]) == [None, value(2)]
        assert await tier.put([("v@v1", b"old", value(0))]) == [True]


@contextlib.asynccontextmanager
async def expiring(place, clock):
    """A tier whose copies live for a second, and what lets time pass: in Redis it really does."""
    if "redis" in place:
        async with opened(place, ttl_ns=1_000_000_000) as tier:
            yield tier, asyncio.sleep
            return
    async with opened(place, clock=lambda: clock[0]) as tier:

        async def pass_time(seconds):
            clock[0] += int(seconds * 1e9)
            await tier.sweep(clock[0] - 1_000_000_000)

        yield tier, pass_time


WRITE_AT_RANDOM = """
rng = random.Random(words[0])
print("ready", flush=True)
await asyncio.to_thread(sys.stdin.readline)
for _ in range(60):
    at = [(rng.randrange(40), rng.randrange(50), rng.randrange(3)) for _ in range(20)]
    items = [("v@v1", b"%d" % k, value(ts, created, words[0].encode())) for k, ts, created in at]
    won = await tier.put(items)
    for (view, key, data), w in zip(items, won):
        if w:
            print(key.decode(), *stamp(data))
"""


@in_loop
async def test_writers_of_several_processes_leave_the_newest(place):
    writers = [child(place, WRITE_AT_RANDOM, seed) for seed in range(3)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    lines = [line.split() for writer in writers for line in said(writer).splitlines()]
    won = [(key.encode(), (int(ts), int(created))) for key, ts, created in lines]
    assert len(won) == len(set(won)), "two writers both won with one stamp"
    async with opened(place) as tier:
        keys = [b"%d" % k for k in range(40)]
        found = await tier.get([("v@v1", key) for key in keys])
    assert {k: stamp(v) for k, v in zip(keys, found, strict=True)} == {
        key: max(s for k, s in won if k == key) for key in keys
    }


WRITE_WHAT_IS_SAID = """
while line := await asyncio.to_thread(sys.stdin.readline):
    now = time.time_ns()
    await tier.put([("v@v1", b"k%s" % line.strip().encode(), value(now, now))])
    if line == "drop\\n":
        await tier.drop_view("w@v1")
"""


@in_loop
async def test_another_process_is_told_of_changes(place):
    writer = child(place, WRITE_WHAT_IS_SAID)
    async with opened(place) as tier:
        told = await listening(tier)
        for number in range(1, 21):
            await tier.put([("v@v1", b"own", value(number))])
            writer.stdin.write(f"{number}\n")
            writer.stdin.flush()
            change = await anext(told)
            assert (change.view, change.key) == ("v@v1", b"k%d" % number)
        writer.stdin.write("drop\n")
        writer.stdin.close()
        assert (await anext(told)).key == b"kdrop"
        assert (await anext(told))[:2] == ("w@v1", None)
        await told.aclose()
    assert writer.wait(20) == 0
    writer.stdout.close()


@in_loop
async def test_a_closed_tier_says_so(place):
    tier = make_tier(place)
    with pytest.raises(StoreError, match="open"):
        await tier.get([("v@v1", b"k")])
    await tier.open()
    await tier.ping()
    await tier.close()
    await tier.close()
    with pytest.raises(StoreError, match="open"):
        await tier.put([("v@v1", b"k", value(1))])
    await tier.open()
    assert await tier.put([("v@v1", b"k", value(1))]) == [True]
    await tier.close()


@in_loop
async def test_facts_say_what_was_asked(place):
    async with opened(place) as tier:
        before = await tier.facts()
        await tier.put([("v@v1", b"%d" % i, value(1, rest=b"x" * 80)) for i in range(100)])
        await tier.get([("v@v1", b"%d" % i) for i in range(100)])
        after = await tier.facts()
        assert {"bytes", "version", "round_trips", "bytes_in", "bytes_out"} <= after.keys()
        assert after["bytes_out"] - before["bytes_out"] >= 100 * 80
        assert after["bytes_in"] - before["bytes_in"] >= 100 * 80


WRITES = st.lists(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.integers(-2, 2), st.integers(0, 1)), max_size=6),
    max_size=6,
)  # fmt: skip


def test_any_sequence_of_writes_is_as_in_a_dictionary(place):
    with asyncio.Runner() as runner:
        tier = make_tier(place)
        runner.run(tier.open())

        @settings(max_examples=40)
        @given(writes=WRITES)
        def compare(writes):
            tag = next(NUMBER)
            model = dict[tuple[str, bytes], bytes]()
            for batch in writes:
                items = [
                    (f"{view}{tag}@v1", b"%d" % key, value(ts, created, bytes([n])))
                    for n, (view, key, ts, created) in enumerate(batch)
                ]
                before = dict(model)
                for view, key, data in items:
                    if (view, key) not in model or stamp(data) > stamp(model[view, key]):
                        model[view, key] = data
                won = runner.run(tier.put(items))
                assert won == [
                    model[view, key] is data and before.get((view, key)) is not data
                    for view, key, data in items
                ]
            pairs = list(model)
            assert runner.run(tier.get(pairs)) == list(model.values())

        try:
            compare()
        finally:
            runner.run(tier.close())
