"""The composition of memory and tiers."""

import asyncio
import itertools
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.store.backends.places import in_loop, value
from tests.store.online.doubles import DictTier

from penstock.core.errors import StoreError, StoreFull
from penstock.store.online.memory import Memory
from penstock.store.online.packed import is_deleted, stamp
from penstock.store.online.store import OnlineStore
from penstock.store.online.tier import Change

VIEW = "view@v1"


async def opened(*tiers: DictTier, **options: object) -> OnlineStore:
    store = OnlineStore(tiers, **options)  # type: ignore[arg-type]
    await store.open()
    return store


async def until(condition: object, seconds: float = 5.0) -> None:
    for _ in range(int(seconds / 0.01)):
        if condition():  # type: ignore[operator]
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not happen in time")


@in_loop
async def test_a_write_goes_to_every_tier_and_is_read_from_memory() -> None:
    fast, durable = DictTier("fast"), DictTier("durable")
    store = await opened(fast, durable)
    done = await store.write(VIEW, [b"a"], [value(1)])
    assert (done.replaced, done.later) == ((True,), ())
    assert fast.rows == durable.rows == {(VIEW, b"a"): value(1)}
    found = store.peek(VIEW, b"a")
    assert found is not None
    assert found.packed == value(1)
    assert fast.gets == durable.gets == []
    await store.close()


@in_loop
async def test_a_read_asks_tier_by_tier_once_and_fills_those_above() -> None:
    fast, durable = DictTier("fast"), DictTier("durable")
    durable.rows = {(VIEW, b"a"): value(1), (VIEW, b"b"): value(2)}
    fast.rows = {(VIEW, b"b"): value(2)}
    store = await opened(fast, durable)
    found = await store.read([(VIEW, b"a"), (VIEW, b"b"), (VIEW, b"none"), (VIEW, b"a")])
    assert [entry.packed for entry in found] == [value(1), value(2), None, value(1)]
    assert fast.gets == [[(VIEW, b"a"), (VIEW, b"b"), (VIEW, b"none")]]
    assert durable.gets == [[(VIEW, b"a"), (VIEW, b"none")]]
    await until(lambda: (VIEW, b"a") in fast.rows)
    again = await store.read([(VIEW, b"a"), (VIEW, b"none")])
    assert [entry.packed for entry in again] == [value(1), None]
    assert len(fast.gets) == 1, "what is known to be absent is not asked for again"
    await store.close()


@in_loop
async def test_reads_of_one_turn_are_one_round_trip_and_of_one_row_one_read() -> None:
    tier = DictTier("durable")
    tier.delay = 0.02
    store = await opened(tier)
    reads = [store.read([(VIEW, b"%d" % (i % 10))]) for i in range(100)]
    await asyncio.gather(*reads)
    assert len(tier.gets) == 1
    assert len(tier.gets[0]) == 10
    assert store.status()["memory"]["joined"] == 90
    await store.close()


@in_loop
async def test_the_newer_stamp_stays_in_every_tier_whatever_comes_last() -> None:
    tier = DictTier("durable")
    store = await opened(tier)
    await store.write(VIEW, [b"a"], [value(5, 1)])
    older = await store.write(VIEW, [b"a"], [value(4, 9)])
    same = await store.write(VIEW, [b"a"], [value(5, 1)])
    corrected = await store.write(VIEW, [b"a"], [value(5, 2)])
    assert (older.replaced, same.replaced, corrected.replaced) == ((False,), (False,), (True,))
    found = store.peek(VIEW, b"a")
    assert found is not None
    assert found.packed == tier.rows[VIEW, b"a"] == value(5, 2)
    await store.close()


@in_loop
async def test_a_cache_that_lost_a_row_is_not_given_an_older_one() -> None:
    fast, durable = DictTier("fast"), DictTier("durable")
    store = await opened(fast, durable)
    await store.write(VIEW, [b"a"], [value(5)])
    fast.rows.clear()
    store.memory.forget((VIEW, b"a"), (9, 9))
    done = await store.write(VIEW, [b"a"], [value(4)])
    assert done.replaced == (False,)
    assert fast.rows == durable.rows == {(VIEW, b"a"): value(5)}
    found = store.peek(VIEW, b"a")
    assert found is not None
    assert found.packed == value(5)
    fast.rows.clear()
    durable.away = True  # then nobody knows that it is older, until the durable tier is back
    store.memory.forget((VIEW, b"a"), (9, 9))
    await store.write(VIEW, [b"a"], [value(4)])
    assert store.degraded == ("durable",)
    durable.away = False
    await until(lambda: not store.degraded)
    assert fast.rows == {(VIEW, b"a"): value(5)}
    (found,) = await store.read([(VIEW, b"a")])
    assert found.packed == value(5)
    await store.close()


@in_loop
async def test_a_deleted_row_is_a_row_that_says_so() -> None:
    tier = DictTier("durable")
    store = await opened(tier)
    await store.write(VIEW, [b"a"], [value(5)])
    await store.delete(VIEW, [b"a"], 6, 7)
    await store.write(VIEW, [b"a"], [value(5, 9)])
    (found,) = await store.read([(VIEW, b"a")])
    assert found.packed is not None
    assert is_deleted(found.packed)
    await store.close()


@in_loop
async def test_a_write_overtakes_a_read_that_is_under_way() -> None:
    tier = DictTier("durable")
    tier.rows[VIEW, b"a"] = value(1)
    store = await opened(tier)
    tier.delay = 0.05
    read = asyncio.ensure_future(store.read([(VIEW, b"a")]))
    await asyncio.sleep(0.01)
    tier.delay = 0.0
    await store.write(VIEW, [b"a"], [value(2)])
    store.memory.forget((VIEW, b"a"), (9, 9))  # as if it had been evicted meanwhile
    (found,) = await read
    assert found.packed == value(2)
    await store.close()


@in_loop
async def test_a_tier_that_is_away_gets_what_it_missed_before_it_is_read_again() -> None:
    fast, durable = DictTier("fast"), DictTier("durable")
    store = await opened(fast, durable)
    await store.write(VIEW, [b"a"], [value(1)])
    fast.away = True
    done = await store.write(VIEW, [b"a", b"b"], [value(2), value(2)])
    assert done.later == ("fast",)
    assert store.degraded == ("fast",)
    assert store.status()["tiers"]["fast"]["state"] == "open"
    store.memory.distrust()
    (found,) = await store.read([(VIEW, b"a")])
    assert found.packed == value(2), "the older row of the tier that missed a write is not read"
    fast.away = False
    await until(lambda: not store.degraded)
    assert fast.rows == durable.rows
    assert store.status()["tiers"]["fast"]["handed_over"] == 2
    await store.close()


@in_loop
async def test_the_durable_tier_away_is_no_error_and_no_proof_that_a_row_is_absent() -> None:
    fast, durable = DictTier("fast"), DictTier("durable")
    store = await opened(fast, durable)
    durable.away = True
    done = await store.write(VIEW, [b"a"], [value(1)])
    assert done.later == ("durable",)
    (found, unknown) = await store.read([(VIEW, b"a"), (VIEW, b"b")])
    assert found.packed == value(1)
    assert (unknown.packed, unknown.unknown) == (None, True)
    durable.rows[VIEW, b"b"] = value(3)
    durable.away = False
    await until(lambda: not store.degraded)
    assert durable.rows[VIEW, b"a"] == value(1)
    (found,) = await store.read([(VIEW, b"b")])
    assert found.packed == value(3), (
        "that it was not found while the tier was away is not remembered"
    )
    await store.close()


@in_loop
async def test_missed_writes_survive_the_process(tmp_path: Path) -> None:
    fast, durable = DictTier("fast"), DictTier("durable")
    hints = tmp_path / "hints.db"
    store = await opened(fast, durable, hints=hints)
    fast.away = durable.away = True
    await store.write(VIEW, [b"a"], [value(1)])
    await store.close()
    again, fast.away = await opened(fast, durable, hints=hints), False
    await until(lambda: (VIEW, b"a") in fast.rows)
    assert again.degraded == ("durable",)
    durable.away = False
    await until(lambda: (VIEW, b"a") in durable.rows and not again.degraded)
    assert again.status()["tiers"]["durable"]["hints"] == 0
    await again.close()


@in_loop
async def test_what_another_process_left_is_handed_over_by_whoever_runs(tmp_path: Path) -> None:
    one, other = DictTier("durable"), DictTier("durable")
    other.rows = one.rows
    hints = tmp_path / "hints.db"
    running = await opened(one, hints=hints)
    dying = await opened(other, hints=hints)
    other.away = True
    await dying.write(VIEW, [b"a"], [value(1)])
    assert not one.rows
    await until(lambda: one.rows == {(VIEW, b"a"): value(1)})
    await running.close()
    await dying.close()


@in_loop
async def test_a_cache_that_missed_too_much_is_emptied_and_a_durable_tier_refuses() -> None:
    fast, durable = DictTier("fast"), DictTier("durable")
    store = await opened(fast, durable)
    store.hints.maximum = 100
    fast.rows[VIEW, b"old"] = value(1)
    fast.away = True
    await store.write(VIEW, [b"old", b"x"], [value(2), value(2, rest=b"x" * 200)])
    fast.away = False
    await until(lambda: not store.degraded)
    assert fast.rows == {}
    durable.away = True
    with pytest.raises(StoreFull, match="at most 100 bytes are kept"):
        await store.write(VIEW, [b"y"], [value(3, rest=b"x" * 200)])
    await store.close()


@in_loop
async def test_a_full_tier_is_a_status_and_not_an_error() -> None:
    fast, durable = DictTier("fast"), DictTier("durable")
    store = await opened(fast, durable)
    fast.full = True
    done = await store.write(VIEW, [b"a"], [value(1)])
    assert done.later == ("fast",)
    assert store.status()["tiers"]["fast"]["full"]
    fast.full = False
    await until(lambda: not store.degraded)
    await store.close()


@in_loop
async def test_copies_are_bounded_in_age_while_others_cannot_be_heard() -> None:
    tier = DictTier("durable")
    now = itertools.count(0, 10**6)
    tier.hears = False
    store = await opened(tier, stale_limit=10**9, ticks=lambda: next(now))
    assert store.memory.trust == 10**9
    tier.hears = True
    await until(lambda: store.memory.trust is None)
    await store.write(VIEW, [b"a"], [value(1)])
    tier.told.put_nowait(Change(VIEW, b"a", (2, 0)))
    await until(lambda: store.peek(VIEW, b"a") is None)
    assert store.stale == 1
    await store.write(VIEW, [b"a"], [value(3)])
    tier.told.put_nowait(Change(VIEW, b"a", (2, 0)))  # older than what is here
    tier.told.put_nowait(Change("other", None, (2, 0)))
    await asyncio.sleep(0.02)
    assert store.peek(VIEW, b"a") is not None
    tier.away = True
    tier.told.put_nowait(Change(VIEW, b"z", (2, 0)))  # the channel sees that it is away
    await until(lambda: store.memory.trust == 10**9)
    await store.close()


@in_loop
async def test_a_tier_catches_up_with_writes_that_never_pause() -> None:
    fast, durable = DictTier("fast"), DictTier("durable")
    store = await opened(fast, durable)
    ended = False

    async def write(lane: int) -> None:
        at = 0
        while not ended:
            at += 1
            await store.write(
                VIEW, [b"%d:%d" % (lane, at + k) for k in range(200)], [value(at)] * 200
            )

    writing = [asyncio.ensure_future(write(lane)) for lane in range(3)]
    for tier in (fast, durable) * 2:
        tier.away = True
        await until(lambda tier=tier: tier.name in store.degraded)
        await asyncio.sleep(0.1)
        tier.away = False
        await until(lambda: not store.degraded)
    ended = True
    await asyncio.gather(*writing)
    await until(lambda: not store.degraded)
    assert fast.rows == durable.rows
    await store.close()


@in_loop
async def test_a_tier_is_tried_again_whatever_it_raised() -> None:
    tier = DictTier("durable")
    store = await opened(tier)
    ping, tier.ping = tier.ping, broken  # type: ignore[method-assign]
    store.tiers[0].leave("something")
    await until(lambda: "a library's own" in store.status()["tiers"]["durable"]["why"])
    assert store.degraded == ("durable",)
    tier.ping = ping  # type: ignore[method-assign]
    await until(lambda: not store.degraded)
    await store.close()


async def broken() -> None:
    raise IndexError("a library's own")


@in_loop
async def test_listeners_hear_every_new_row_and_lose_the_oldest_when_slow() -> None:
    tier = DictTier("durable")
    store = await opened(tier)
    rows = store.subscribe(VIEW, room=3)
    first = asyncio.ensure_future(anext(rows))
    await asyncio.sleep(0)
    for i in range(5):
        await store.write(VIEW, [b"a"], [value(i)])
        await asyncio.sleep(0)
    await store.write(VIEW, [b"a"], [value(0)])  # nothing new
    assert await first == (b"a", value(0))
    assert [(await anext(rows))[1] for _ in range(3)] == [value(2), value(3), value(4)]
    assert store.listeners.dropped == 1
    tier.rows[VIEW, b"b"] = value(9)
    tier.told.put_nowait(Change(VIEW, b"b", (9, 0)))
    assert await anext(rows) == (b"b", value(9))
    await store.close()
    assert [row async for row in rows] == []


@in_loop
async def test_without_waiting_the_last_copy_is_given_and_read_anew_behind_it() -> None:
    tier = DictTier("durable")
    now = itertools.count(0, 10**6)
    store = await opened(tier, memory_ttl=10**9, ticks=lambda: next(now))
    await store.write(VIEW, [b"a"], [value(1)])
    tier.rows[VIEW, b"a"] = value(2)
    for _ in range(2_000):
        next(now)
    assert store.peek(VIEW, b"a") is None
    found, unknown = await store.read([(VIEW, b"a"), (VIEW, b"b")], wait=False)
    assert found.packed == value(1)
    assert unknown.unknown
    await until(lambda: (e := store.memory.last((VIEW, b"a"))) and e.packed == value(2))
    await store.close()


@in_loop
async def test_a_view_is_dropped_everywhere_or_not_at_all() -> None:
    fast, durable = DictTier("fast"), DictTier("durable")
    store = await opened(fast, durable)
    await store.write(VIEW, [b"a"], [value(1)])
    fast.away = True
    await store.write("other@v1", [b"a"], [value(1)])
    with pytest.raises(StoreError, match="every tier must be there to drop a view, got fast away"):
        await store.drop_view(VIEW)
    fast.away = False
    await until(lambda: not store.degraded)
    await store.drop_view(VIEW)
    assert store.peek(VIEW, b"a") is None
    assert list(fast.rows) == list(durable.rows) == [("other@v1", b"a")]
    await store.close()


def test_memory_is_bounded_in_bytes_and_the_least_recently_used_goes_first() -> None:
    memory = Memory(10_000, 10**12)
    for i in range(10):
        memory.offer((VIEW, b"%d" % i), value(1, rest=b"x" * 400))
    assert memory.get((VIEW, b"0")) is not None
    for i in range(10, 14):
        memory.offer((VIEW, b"%d" % i), value(1, rest=b"x" * 400))
    assert memory.bytes <= 10_000
    assert memory.get((VIEW, b"0")) is not None
    assert memory.get((VIEW, b"1")) is None
    kept = memory.get((VIEW, b"13"))
    assert kept is not None
    memory.grew(kept, 9_000)
    assert memory.bytes <= 10_000
    assert memory.evicted > 4


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(20, 120))
def test_no_read_is_older_than_the_newest_confirmed_write(seed: int, steps: int) -> None:
    asyncio.run(storm(seed, steps))


async def storm(seed: int, steps: int) -> None:  # noqa: C901  (a storm)
    """Writes, corrections, deletions, reads and evictions while the tiers come and go, against a dict."""
    draw = random.Random(seed)
    fast, durable = DictTier("fast"), DictTier("durable")
    store = await opened(fast, durable, memory=draw.choice([1_000, 10**9]), timeout=0.05)
    newest: dict[bytes, tuple[int, int]] = {}

    async def write(key: bytes, at: tuple[int, int]) -> None:
        try:
            if draw.random() < 0.1:
                await store.delete(VIEW, [key], *at)
            else:
                await store.write(VIEW, [key], [value(*at)])
        except StoreError:
            return  # not confirmed
        newest[key] = max(at, newest.get(key, at))

    async def read(key: bytes) -> None:
        least = newest.get(key)
        (found,) = await store.read([(VIEW, key)])
        if not found.unknown:
            assert least is None or (found.packed is not None and stamp(found.packed) >= least)

    def weather() -> None:
        tier = draw.choice([fast, durable])
        if draw.random() < 0.5:
            tier.away = not tier.away
        else:
            tier.delay = draw.choice([0.0, 0.001, 0.01])

    tasks = []
    for _ in range(steps):
        key, act = draw.choice([b"a", b"b", b"c"]), draw.random()
        if act < 0.4:
            at = draw.randint(1, 9), draw.randint(1, 9)
            tasks.append(asyncio.ensure_future(write(key, at)))
        elif act < 0.8:
            tasks.append(asyncio.ensure_future(read(key)))
        else:
            weather()
        if draw.random() < 0.5:
            await asyncio.sleep(draw.choice([0, 0, 0.001]))
        if draw.random() < 0.1:
            store.memory.distrust()
    await asyncio.gather(*tasks)
    fast.away = durable.away = False
    fast.delay = durable.delay = 0.0
    await until(lambda: not store.degraded)
    for key, at in newest.items():
        assert stamp(durable.rows[VIEW, key]) >= at  # one that was not confirmed may be there too
        assert stamp(fast.rows[VIEW, key]) >= at
    await store.close()
