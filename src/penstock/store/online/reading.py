"""Reads: memory, then tier by tier, one round trip a tier for all that one turn of the loop misses."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from penstock.store.online.flights import Flights
from penstock.store.online.guarded import Guarded
from penstock.store.online.hints import Item
from penstock.store.online.memory import Entry, Memory, Pair
from penstock.store.online.packed import stamp
from penstock.store.online.tier import UNSAID

EXPECTED = 20_000  # rows of which another process told, and which were not read since


class Reads:
    """Reads rows through memory.

    Attributes
    ----------
    hits, misses
        Rows that memory had and had not.
    flights
        What is being read.
    behind
        What goes on behind whoever asked.
    """

    def __init__(self, memory: Memory, tiers: Sequence[Guarded]) -> None:
        self.memory, self.tiers = memory, tiers
        self.hits = self.misses = 0
        self.flights = Flights(self._fetch)
        self.behind = set[asyncio.Task[Any]]()
        self._told = OrderedDict[Pair, tuple[int, int]]()

    async def read(self, pairs: Sequence[Pair], *, wait: bool = True) -> list[Entry]:
        """The rows of pairs of a view's id and a key, in one round trip a tier for all that miss.

        Parameters
        ----------
        pairs
            What to read; a pair may come twice.
        wait
            Whether to wait for tiers; otherwise the last copy is given, however old, and read anew behind it.
        """
        found = [self.memory.get(pair) for pair in pairs]
        missing = [pair for pair, entry in zip(pairs, found, strict=True) if entry is None]
        self.hits += len(pairs) - len(missing)
        if not missing:
            return found  # type: ignore[return-value]
        self.misses += len(missing)
        if not self.tiers:
            return [entry or Entry(None, self.memory.ticks()) for entry in found]
        reads = {pair: self.flights.join(pair) for pair in missing}
        if not wait:
            return [entry or self._last(pair) for pair, entry in zip(pairs, found, strict=True)]
        # one that waits may give up; the read goes on for the others
        if len(reads) == 1:
            (only,) = reads.values()
            landed = [await asyncio.shield(only)]
        else:
            landed = await asyncio.shield(asyncio.gather(*reads.values()))
        read = dict(zip(reads, landed, strict=True))
        return [entry or read[pair] for pair, entry in zip(pairs, found, strict=True)]

    def begin(self, pair: Pair, *, wait: bool = True) -> asyncio.Future[Entry] | None:
        """`read` of one row, for who does not wait in a task; None where memory has it, or no tier can.

        Others may wait for it too: it must not be cancelled.
        """
        if not self.tiers or self.memory.get(pair) is not None:
            return None
        self.misses += 1
        landing = self.flights.join(pair)
        if not wait:
            landing = asyncio.get_running_loop().create_future()
            landing.set_result(self._last(pair))
        return landing

    def _last(self, pair: Pair) -> Entry:
        return self.memory.last(pair) or Entry(None, self.memory.ticks(), unknown=True)

    async def _fetch(self, pairs: Sequence[Pair]) -> None:
        """Read pairs tier by tier and land them."""
        left, sure = list(pairs), True
        above: list[Guarded] = []
        unsaid = set[Pair]()  # of which a tier above cannot say what it has
        older = dict[Pair, bytes]()
        for tier in self.tiers:
            rows = await tier.get(left) if tier.usable else None
            if rows is None:
                sure = False
                continue
            unsaid.update(pair for pair, row in zip(left, rows, strict=True) if row == UNSAID)
            found, missing = self._told_apart(left, rows, older, first=tier is self.tiers[0])
            # what changed meanwhile may be dropped: it must not come back
            fill = [(*p, row) for p, row in found if above and not self.flights.is_stale(p)]
            for pair, row in found:
                self.flights.land(pair, self._keep(pair, unknown=False), row)
            if fill:
                self._fill(above, fill)
            if not missing:
                return
            left = missing
            above.append(tier)
        for pair in left:
            # what is older than what was told of is not known to be the newest
            unknown = not sure or pair in older or pair in unsaid
            self.flights.land(pair, self._keep(pair, unknown=unknown), older.get(pair))

    def _told_apart(
        self, pairs: Sequence[Pair], rows: Sequence[bytes | None], older: dict[Pair, bytes], *, first: bool
    ) -> tuple[list[tuple[Pair, bytes]], list[Pair]]:  # fmt: skip
        """What a tier has, and the pairs that it does not have, or has older than was told; those rows are noted."""
        found, missing = list[tuple[Pair, bytes]](), list[Pair]()
        for pair, row in zip(pairs, rows, strict=True):
            if row and self._is_as_told(pair, row, first=first):
                found.append((pair, row))
                continue
            missing.append(pair)
            if row and (pair not in older or stamp(older[pair]) < stamp(row)):
                older[pair] = row
        return found, missing

    def expect(self, pair: Pair, told: tuple[int, int]) -> None:
        """Somebody wrote a row of this stamp: a tier that has an older one has not got it yet."""
        if self._told.get(pair, told) <= told:
            self._told[pair] = told
        while len(self._told) > EXPECTED:
            self._told.popitem(last=False)

    def _is_as_told(self, pair: Pair, row: bytes, *, first: bool) -> bool:
        told = self._told.get(pair)
        if told is None:
            return True
        if stamp(row) < told:
            return False
        if first:  # as long as a tier above may have an older one, it is not to be believed
            del self._told[pair]
        return True

    def forget_view(self, view: str) -> None:
        """Know nothing of a view any more, and keep nothing of what is being read of it."""
        self.flights.changed(None, view)
        self.memory.forget_view(view)
        for pair in [pair for pair in self._told if pair[0] == view]:
            del self._told[pair]

    async def settle(self) -> None:
        """Let what goes on behind whoever asked end."""
        while self.behind:
            await asyncio.wait(list(self.behind))

    def _keep(self, pair: Pair, *, unknown: bool) -> Callable[[bytes | None], Entry]:
        """What makes an entry of a row that was read."""
        stale = self.flights.is_stale(pair)

        def keep(packed: bytes | None) -> Entry:
            if unknown or stale:
                return Entry(packed, self.memory.ticks(), unknown=unknown)
            if packed is None:
                self.memory.remove(pair)  # what it is a copy of is in no tier any more
            return self.memory.offer(pair, packed)

        return keep

    def _fill(self, tiers: Sequence[Guarded], items: Sequence[Item]) -> None:
        """Put rows into the caches that did not have them, behind whoever asked."""
        for tier in tiers:
            task = asyncio.ensure_future(tier.put(items))
            self.behind.add(task)
            task.add_done_callback(self.behind.discard)
