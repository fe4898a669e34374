"""Looks after the tiers: connects, listens to other processes, and brings back what was away."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from penstock.core.errors import PenstockError, StoreError, StorePartlyAway
from penstock.store.online.guarded import CLOSED, HALF_OPEN, Guarded
from penstock.store.online.hints import START, Hints, Item
from penstock.store.online.memory import Memory
from penstock.store.online.tier import BEGUN, Change

WAITS = (0.05, 0.1, 0.2, 0.5, 1.0)  # seconds between two tries to bring a tier back
LOOK = 1.0  # seconds between two looks for what other processes left to be handed over
CUT_SHORT = "a write was cut short"
KEPT = "writes are kept for it"
LOST = "more was kept for it than there is room for"
AGAIN = 0.05  # seconds after which a channel that failed is tried again


class Keeper:
    """One task a tier that keeps it usable, and one that hears what others write.

    Parameters
    ----------
    changed
        Called with each change that another process made.
    newer
        Called with rows of the durable tier that are newer than what was kept for it.
    stale_limit
        How old copies in memory may be, in ns, while a channel is not heard.
    """

    def __init__(
        self,
        tiers: Sequence[Guarded],
        hints: Hints,
        memory: Memory,
        changed: Callable[[Change], None],
        newer: Callable[[Sequence[Item]], Awaitable[None]],
        stale_limit: int,
    ) -> None:
        self._tiers, self._hints, self._memory = tiers, hints, memory
        self._changed, self._newer, self._stale_limit = changed, newer, stale_limit
        self._heard = {tier.name: False for tier in tiers}
        self._recovered = dict.fromkeys(self._heard, 0)
        self._pending = dict.fromkeys(self._heard, 0)
        self._judged = dict[str, int]()  # rows that were kept when it was last seen for which parts
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Try each tier once, then look after all of them."""
        self._judge()
        await asyncio.gather(*(self._bring_back(tier) for tier in self._tiers))
        await self._inherit()
        for tier in self._tiers:
            self._tasks.append(asyncio.create_task(self._look_after(tier)))
            self._tasks.append(asyncio.create_task(self._listen(tier)))
        await asyncio.sleep(0)

    async def stop(self) -> None:
        """Let go of the tiers."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for tier in self._tiers:
            try:
                await tier.tier.close()
            except (PenstockError, OSError) as error:
                tier.leave(str(error))  # it was away: nothing of it is held any more

    async def _look_after(self, tier: Guarded) -> None:
        tries = 0
        while True:
            if tier.whole:
                tries = 0
                try:
                    async with asyncio.timeout(LOOK):
                        await tier.opened.wait()
                except TimeoutError:
                    await self._look(tier)
                continue
            await self._bring_back(tier)
            if not tier.whole:
                await asyncio.sleep(WAITS[min(tries, len(WAITS) - 1)])
                tries += 1
                if tier.usable:
                    await self._look(tier)

    async def _look(self, tier: Guarded) -> None:
        try:
            await self._hand_over(tier)
        except Exception as error:  # noqa: BLE001  (whatever it is, the next look may do)
            tier.errors += 1
            tier.why = str(error) or type(error).__name__

    async def _hand_over(self, tier: Guarded) -> None:
        """Leave a tier that lacks what a process that died had kept for it, or was about to write."""
        if tier is self._tiers[-1]:
            await self._inherit()
        count = await asyncio.to_thread(self._hints.pending, tier.name)
        self._pending[tier.name] = count
        if await asyncio.to_thread(self._hints.is_lost, tier.name):
            tier.leave(LOST)
        elif count and count != self._judged.get(tier.name):
            tier.leave_parts(await asyncio.to_thread(self._parts_kept, tier), KEPT)
            self._judged[tier.name] = count

    def _parts_kept(self, tier: Guarded) -> frozenset[int]:
        """The parts of a tier that writes are kept for."""
        parts, after = frozenset[int](), START
        while pairs := self._hints.keys(tier.name, after=after):
            parts |= tier.parts_of(pairs)
            after = pairs[-1]
        return parts

    async def _inherit(self) -> None:
        """Keep for the caches what the durable tier has of writes that were cut short."""
        if len(self._tiers) < 2:
            return
        *caches, durable = self._tiers
        for number, pairs in await asyncio.to_thread(self._hints.intents.left):
            rows = await durable.get(pairs) if durable.usable else None
            if rows is None:
                return  # once it is back
            items = [(*p, row) for p, row in zip(pairs, rows, strict=True) if row is not None]
            for tier in caches if items else ():
                await asyncio.to_thread(self._hints.add, tier.name, items, cache=True)
                tier.missed += 1
                tier.leave(CUT_SHORT)
            await asyncio.to_thread(self._hints.intents.strike, [number])

    async def _bring_back(self, tier: Guarded) -> None:
        """Connect to a tier, or to the parts of it that are there, and give it what it missed."""
        partly, before = tier.usable, tier.away  # the parts that are there go on being used
        try:
            async with asyncio.timeout(5.0):
                await tier.tier.open()
                silent = await tier.reach()
            if partly and before <= silent:
                return
            if not partly:
                tier.state = HALF_OPEN
            await self._inherit()
            if await asyncio.to_thread(self._hints.is_lost, tier.name):
                await self._clear(tier, all_there=not partly and not silent)
            await self._catch_up(tier, silent, before)
        except Exception as error:  # noqa: BLE001  (whatever it is, the tier is tried again)
            tier.state = CLOSED
            tier.leave(str(error) or type(error).__name__)
            return
        self._pending[tier.name] = await asyncio.to_thread(self._hints.pending, tier.name)
        self._judged.pop(tier.name, None)

    async def _catch_up(
        self, tier: Guarded, silent: frozenset[int], before: frozenset[int]
    ) -> None:
        """Give a tier what it missed and use it from then on, but for parts that are silent or do not take it."""
        while True:
            # most of it while writes go on being kept, which may come as fast as they are handed over
            most = await asyncio.to_thread(self._hints.pending, tier.name)
            try:
                await self._replay(tier, silent, most)
                return await self._finish(tier, silent, before)
            except StorePartlyAway as error:
                if error.parts <= silent:
                    raise
                silent |= error.parts

    async def _finish(self, tier: Guarded, silent: frozenset[int], before: frozenset[int]) -> None:
        """Give a tier the last of what it missed while nobody writes, and use it from then on, but for silent parts."""
        tier.gate.clear()
        try:
            async with asyncio.timeout(2 * tier.write_timeout):
                while tier.keeping:
                    await asyncio.sleep(0.001)
                await self._replay(tier, silent)
            self._memory.distrust()  # what was put in while it was away may not be the newest
            tier.close(silent | (tier.away - before))
        finally:
            tier.gate.set()

    async def _replay(self, tier: Guarded, silent: frozenset[int], most: int | None = None) -> None:
        """Give a tier what it missed, `most` rows or about that many, or all, but for silent parts."""
        given, after = 0, START
        while most is None or given < most:
            found = await asyncio.to_thread(self._hints.take, tier.name, after=after)
            if not found:
                return
            after = found[-1][:2]
            items = [item for item in found if not tier.is_in(silent, item[:2])]
            if not items:
                continue
            async with asyncio.timeout(tier.write_timeout):
                kept = await tier.tier.put(items)
                old = [item[:2] for item, new in zip(items, kept, strict=True) if not new]
                rows = await tier.tier.get(old) if old and not tier.cache else []
            newer = [(*p, row) for p, row in zip(old, rows, strict=False) if row is not None]
            if newer:
                await self._newer(newer)
            await asyncio.to_thread(self._hints.done, tier.name, items)
            given += len(items)
            self._recovered[tier.name] += len(items)

    async def _clear(self, tier: Guarded, *, all_there: bool) -> None:
        """Empty a cache that missed more than could be kept for it."""
        if not all_there:
            raise StoreError(f"{tier.name}: all of it must be there to be cleared, got some away")
        await tier.tier.sweep(1 << 62)
        await asyncio.to_thread(self._hints.cleared, tier.name)

    async def _listen(self, tier: Guarded) -> None:
        while True:
            if not tier.usable:
                self._hear(tier, heard=False)
                await asyncio.sleep(AGAIN)
                continue
            try:
                async for change in tier.tier.changes():
                    if change is BEGUN:
                        self._hear(tier, heard=True)
                    else:
                        self._changed(change)
            except Exception as error:  # noqa: BLE001  (whatever it is, the channel is tried again)
                tier.errors += 1
                tier.why = str(error)
            finally:
                self._hear(tier, heard=False)
            await asyncio.sleep(AGAIN)

    def _hear(self, tier: Guarded, *, heard: bool) -> None:
        """A channel is heard from now on, or no more."""
        if heard and not self._heard[tier.name]:
            self._memory.distrust()  # what was written before was not heard
        self._heard[tier.name] = heard
        self._judge()

    def _judge(self) -> None:
        """Bound the age of copies unless every tier in use tells what others write."""
        silent = [t for t in self._tiers if t.usable and not self._heard[t.name]]
        hearing = any(self._heard.values()) and not silent
        self._memory.bound(None if hearing or not self._tiers else self._stale_limit)

    def status(self, tier: Guarded) -> dict[str, object]:
        """What there is to say of how a tier is looked after."""
        return {
            "heard": self._heard[tier.name], "hints": self._pending[tier.name],
            "handed_over": self._recovered[tier.name],
        }  # fmt: skip
