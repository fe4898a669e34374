"""Rows that are gone stay gone, equal stamps are one write, and who subscribes hears from then on."""

import asyncio
import itertools

import pytest
from tests.store.backends.places import in_loop, value
from tests.store.online.doubles import DictTier
from tests.store.online.test_store import VIEW, opened

from penstock.store.online.store import OnlineStore


@in_loop
async def test_a_row_that_the_tiers_no_longer_have_is_not_given_beyond_the_stale_limit() -> None:
    tier, now = DictTier("durable"), itertools.count(0, 10**6)
    tier.hears = False
    store = await opened(tier, stale_limit=10**9, ticks=lambda: next(now))
    await store.write(VIEW, [b"a"], [value(1)])
    tier.rows.clear()  # another process dropped the view, and nobody could be heard
    for _ in range(2_000):
        next(now)
    (found,) = await store.read([(VIEW, b"a")])
    assert found.packed is None
    await store.close()


@in_loop
async def test_a_row_read_while_its_view_is_dropped_does_not_stay_in_memory() -> None:
    tier = DictTier("durable")
    tier.rows[VIEW, b"a"] = value(1)
    store = await opened(tier)
    tier.delay = 0.05
    read = asyncio.ensure_future(store.read([(VIEW, b"a")]))
    await asyncio.sleep(0.01)
    await store.drop_view(VIEW)
    await read
    tier.delay = 0.0
    (found,) = await store.read([(VIEW, b"a")])
    assert found.packed is None
    await store.close()


@in_loop
async def test_a_dropped_view_is_not_back_in_a_cache() -> None:
    fast, durable = DictTier("fast"), DictTier("durable")
    durable.rows[VIEW, b"a"] = value(1)
    store = await opened(fast, durable)
    drop = durable.drop_view

    async def slow(view: str) -> int:
        await asyncio.sleep(0.05)
        return await drop(view)

    durable.drop_view = slow  # type: ignore[method-assign]
    dropping = asyncio.ensure_future(store.drop_view(VIEW))
    await asyncio.sleep(0.01)
    await store.read([(VIEW, b"a")])
    await dropping
    await asyncio.sleep(0.02)
    assert fast.rows == durable.rows == {}
    await store.close()


@pytest.mark.parametrize("tiers", [0, 1])
@in_loop
async def test_an_equal_stamp_is_the_same_write_again(tiers: int) -> None:
    some = [DictTier("durable")][:tiers]
    store = await opened(*some)
    for tier in some:
        tier.away = True
    await store.write(VIEW, [b"a"], [value(1, rest=b"first")])
    again = await store.write(VIEW, [b"a"], [value(1, rest=b"second")])
    assert again.replaced == (False,)
    assert store.peek(VIEW, b"a").packed == value(1, rest=b"first")  # type: ignore[union-attr]
    await store.close()


@in_loop
async def test_a_subscription_hears_what_is_written_after_it_was_asked_for() -> None:
    store = OnlineStore()
    await store.open()
    rows = store.subscribe(VIEW)
    await store.write(VIEW, [b"a"], [value(1)])
    async with asyncio.timeout(0.5):
        assert await anext(rows) == (b"a", value(1))
    await store.close()
