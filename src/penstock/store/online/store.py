"""The online store: the latest row of each view and key, in memory and in the tiers below.

A write goes to the durable tier, then to the caches, then to memory. A tier that cannot take it is left alone until it
was given what it missed (`Hints`), so no tier that is read lacks a row that was confirmed. A read asks memory, then
tier by tier. Everywhere the row with the greater (event time, created) stays.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.core.errors import StoreError
from penstock.store.online.flights import Writing
from penstock.store.online.guarded import Guarded
from penstock.store.online.handoff import put_or_keep
from penstock.store.online.hints import Hints, Item
from penstock.store.online.keeper import CUT_SHORT, Keeper
from penstock.store.online.listeners import Listeners
from penstock.store.online.memory import Entry, Memory, Pair
from penstock.store.online.packed import stamp, tombstone
from penstock.store.online.reading import Reads
from penstock.store.online.tier import UNSAID, Change, Tier

MEGABYTE = 1_000_000
TTL = 3_600_000_000_000  # of a copy in memory, in ns
STALE = 1_000_000_000  # how old a copy may be while nobody tells what others write, in ns


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write: which rows replaced older ones, and the tiers that will get it later."""

    replaced: tuple[bool, ...]
    later: tuple[str, ...]


class OnlineStore:
    """Latest rows over tiers; of one event loop, but for `peek`, which any thread may call.

    Parameters
    ----------
    tiers
        Fastest first; the last one is durable, those before it are caches.
    memory
        Bytes of the first tier, in this process.
    memory_ttl, negative_ttl
        How long a row, and the knowledge that there is none, is kept there, in ns.
    stale_limit
        How old a copy may be, in ns, while other processes' writes cannot be heard.
    hints
        The file of what tiers missed; without one it is kept in memory.
    timeout, write_timeout
        Seconds that a tier may take to read and to write.
    ticks
        A clock in ns that never goes back.

    Attributes
    ----------
    stale
        Copies that were taken out since another process wrote.
    """

    def __init__(  # noqa: PLR0913  (keyword options)
        self,
        tiers: Sequence[Tier] = (),
        *,
        memory: int = 512 * MEGABYTE,
        memory_ttl: int = TTL,
        negative_ttl: int = 60_000_000_000,
        stale_limit: int = STALE,
        hints: Path | None = None,
        timeout: float = 0.25,
        write_timeout: float = 5.0,
        ticks: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.memory = Memory(memory, memory_ttl, negative_ttl=negative_ttl, ticks=ticks)
        self.tiers = [Guarded(t, timeout, write_timeout, cache=t is not tiers[-1]) for t in tiers]
        self.hints = Hints(hints or ":memory:")
        self.listeners = Listeners()
        self.stale = 0
        self._reads, self._writing = Reads(self.memory, self.tiers), Writing()
        self._keeper = Keeper(
            self.tiers, self.hints, self.memory, self._changed, self._newer, stale_limit
        )

    async def open(self) -> None:
        """Connect to the tiers; one that is away is left for later."""
        await self._keeper.start()

    async def close(self) -> None:
        """Finish what is under way, and let go of the tiers."""
        await self._reads.flights.close()
        await self._reads.settle()
        await self._keeper.stop()
        self.listeners.close()
        self.hints.close()

    def peek(self, view: str, key: bytes) -> Entry | None:
        """What memory knows of a row; None where it must be read. Any thread may ask."""
        return self.memory.get((view, key))

    def count_hits(self, count: int) -> None:
        """Count rows that somebody found in memory by `peek`."""
        self._reads.hits += count

    async def read(self, pairs: Sequence[Pair], *, wait: bool = True) -> list[Entry]:
        """The rows of pairs of a view's id and a key, in one round trip a tier for all that miss.

        Parameters
        ----------
        pairs
            What to read; a pair may come twice.
        wait
            Whether to wait for tiers; otherwise the last copy is given, however old, and read anew behind it.
        """
        return await self._reads.read(pairs, wait=wait)

    def begin(self, pair: Pair, *, wait: bool = True) -> asyncio.Future[Entry] | None:
        """The read of one row that `peek` has not; see `Reads.begin`."""
        return self._reads.begin(pair, wait=wait)

    async def write(self, view: str, keys: Sequence[bytes], packed: Sequence[bytes]) -> Written:
        """Write rows of one view through all tiers.

        Raises
        ------
        StoreFull
            The durable tier is away, and no more can be kept for it.
        StoreError
            Rows were refused as older by a tier that then went away: nothing was confirmed, write them again.
        """
        items = [(view, key, row) for key, row in zip(keys, packed, strict=True)]
        self._writing.begin(items)
        number, took = None, list[Guarded]()
        try:
            if len(self.tiers) > 1:
                pairs = [item[:2] for item in items]
                number = await asyncio.to_thread(self.hints.intents.begin, pairs)
            return await self._write(items, took)
        except BaseException as error:
            if took or not isinstance(error, StoreError):  # else no tier has a row of it
                self._cut_short(items, number)
                number = None
            raise
        finally:
            if number is not None:
                self.hints.intents.done(number)
            self._writing.end(items)

    def _cut_short(self, items: Sequence[Item], number: int | None) -> None:
        """Some tiers may have rows that others lack: the caches are brought up to date before they are read again."""
        for view, key, row in items:
            self._reads.flights.changed((view, key), view)
            self.memory.forget((view, key), stamp(row))
        if number is not None:
            self.hints.intents.give_up(number)
            for tier in self.tiers[:-1]:
                tier.leave(CUT_SHORT)

    async def _write(self, items: Sequence[Item], took: list[Guarded]) -> Written:
        """Write rows through the tiers, and note those that took them."""
        if not self.tiers:
            return Written(tuple([self._wrote(item, judged=False) for item in items]), ())
        kept: list[bool] | None = None
        newest, later = list(items), list[str]()
        for tier in reversed(self.tiers):  # the durable one judges, or who stands in for it
            rows = await put_or_keep(tier, newest, self.hints)
            whole = None if rows is None else [new for new in rows if new is not None]
            if whole is None or len(whole) < len(newest):
                later.append(tier.name)
            if whole is None:
                continue
            took.append(tier)
            if kept is None and len(whole) == len(newest):
                kept, newest = whole, await self._newest(tier, items, whole)
        # a tier that was left meanwhile may lack something newer, which was kept for it
        unknown = not any(tier.usable for tier in took)
        told = [self._wrote(item, unknown=unknown, judged=kept is not None) for item in newest]
        return Written(tuple(told if kept is None else kept), tuple(later))

    async def _newest(
        self, judge: Guarded, items: Sequence[Item], kept: Sequence[bool]
    ) -> list[Item]:
        """What a tier has now: a cache that lost a row must not be given an older one."""
        refused = [i for i, new in enumerate(kept) if not new]
        newest = list(items)
        if refused:
            rows = await judge.get([items[i][:2] for i in refused])
            if rows is None or UNSAID in rows:
                raise StoreError(
                    f"{judge.name}: what it has in place of {len(refused)} older rows must be known, got no answer; "
                    "write them again"
                )
            for i, row in zip(refused, rows, strict=True):
                newest[i] = items[i] if row is None else (*items[i][:2], row)
        return newest

    def _wrote(self, item: Item, *, unknown: bool = False, judged: bool) -> bool:
        """Put a row into memory and tell of it; whether it is news here."""
        view, key, _ = item
        row = self._writing.newest(item)
        before = self.memory.last((view, key))
        if not judged and before is not None and before.packed and before.stamp == stamp(row):
            row = before.packed  # the same write again, as a tier would say
        entry = self.memory.offer((view, key), row)
        news = entry is not before and entry.packed is row
        # where no tier could say, the newest that there is here may be older than what they have
        entry.unknown = unknown and (before is None or before.unknown)
        self._reads.flights.wrote((view, key), row)
        if news:
            self.listeners.tell(view, key, row)
        return news

    async def delete(
        self, view: str, keys: Sequence[bytes], event_ts: int, created: int
    ) -> Written:
        """Write that there are no rows from a stamp on."""
        gone = tombstone(event_ts, created)
        return await self.write(view, keys, [gone] * len(keys))

    async def drop_view(self, view: str) -> None:
        """Remove all rows of a view everywhere; every tier must be there.

        Raises
        ------
        StoreError
            A tier is away: the rows would be back with it.
        """
        away = self.degraded
        if away:
            raise StoreError(
                f"{view}: every tier must be there to drop a view, got {', '.join(away)} away"
            )
        for tier in self.tiers:
            await tier.tier.drop_view(view)
        # reads that had rows before the durable tier dropped them may have put them into caches again
        self._reads.flights.changed(None, view)
        await self._reads.settle()
        for tier in self.tiers[:-1]:
            await tier.tier.drop_view(view)
        await asyncio.to_thread(self.hints.drop_view, view)
        self._reads.forget_view(view)

    def _changed(self, change: Change) -> None:
        """Another process wrote."""
        if change.key is None:
            self._reads.forget_view(change.view)
            return
        pair = change.view, change.key
        entry = self.memory.last(pair)
        if entry is not None and entry.stamp >= change.stamp:
            return
        self.stale += entry is not None
        self._reads.flights.changed(pair, change.view)
        self._reads.expect(pair, change.stamp)
        self.memory.forget(pair, change.stamp)
        if self.listeners.wanted(change.view):
            task = asyncio.ensure_future(self._tell(pair))
            self._reads.behind.add(task)
            task.add_done_callback(self._reads.behind.discard)

    async def _newer(self, items: Sequence[Item]) -> None:
        """The durable tier had newer rows than what was kept for it: so must the caches, and memory is read anew."""
        for tier in self.tiers[:-1]:
            await put_or_keep(tier, items, self.hints)

    async def _tell(self, pair: Pair) -> None:
        """Read what another process wrote, for those who listen."""
        (entry,) = await self.read([pair])
        if entry.packed is not None:
            self.listeners.tell(*pair, entry.packed)

    def subscribe(self, view: str, room: int = 1_000) -> AsyncIterator[tuple[bytes, bytes]]:
        """Keys and rows of a view as any process writes them; above ``room`` that wait the oldest goes."""
        return self.listeners.subscribe(view, room)

    @property
    def degraded(self) -> tuple[str, ...]:
        """The tiers that are left alone now, or parts of them."""
        return tuple(tier.name for tier in self.tiers if not tier.whole)

    def status(self) -> dict[str, Any]:
        """How memory and each tier are."""
        memory = {
            "rows": len(self.memory), "bytes": self.memory.bytes, "maximum": self.memory.maximum,
            "evicted": self.memory.evicted, "hits": self._reads.hits, "misses": self._reads.misses, "stale": self.stale,
            "joined": self._reads.flights.joined,
        }  # fmt: skip
        tiers = {tier.name: tier.status() | self._keeper.status(tier) for tier in self.tiers}
        return {"degraded": list(self.degraded), "memory": memory, "tiers": tiers}
