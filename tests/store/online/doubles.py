"""A tier in a dict of this process, for the tests of the composition: away, slow or full when a test says so."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from penstock.core.errors import StoreError, StoreFull
from penstock.store.online.packed import stamp
from penstock.store.online.tier import BEGUN, Change


class DictTier:
    """The contract of a tier, whose weather the test makes; what real backends do is tested with real ones."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows = dict[tuple[str, bytes], bytes]()
        self.away = self.full = False
        self.delay = 0.0
        self.gets = list[list[tuple[str, bytes]]]()
        self.told = asyncio.Queue[Change]()
        self.hears = True

    async def open(self) -> None:
        await self.ping()

    async def close(self) -> None:
        pass

    async def ping(self) -> None:
        if self.away:
            raise StoreError(f"{self.name}: must be there, got none")

    async def get(self, pairs: Sequence[tuple[str, bytes]]) -> list[bytes | None]:
        self.gets.append(list(pairs))
        await self.ping()
        found = [self.rows.get(pair) for pair in pairs]
        await asyncio.sleep(self.delay)
        await self.ping()
        return found

    async def put(self, items: Sequence[tuple[str, bytes, bytes]]) -> list[bool]:
        await self.ping()
        await asyncio.sleep(self.delay)
        await self.ping()
        if self.full:
            raise StoreFull(f"{self.name}: has no room")
        done = []
        for view, key, row in items:
            before = self.rows.get((view, key))
            done.append(before is None or stamp(row) > stamp(before))
            if done[-1]:
                self.rows[view, key] = row
        return done

    async def drop_view(self, view: str) -> int:
        gone = [pair for pair in self.rows if pair[0] == view]
        for pair in gone:
            del self.rows[pair]
        return len(gone)

    async def sweep(self, before_ns: int) -> int:
        count = len(self.rows)
        self.rows.clear()
        return count

    async def changes(self) -> AsyncIterator[Change]:
        while not self.hears:
            await asyncio.sleep(0.005)
        yield BEGUN
        while True:
            await self.ping()
            yield await self.told.get()

    async def facts(self) -> dict[str, object]:
        return {}
