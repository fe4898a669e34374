"""Reads under way: one for each row, those of one turn of the loop together, and writes that overtake them."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from penstock.store.online.hints import Item
from penstock.store.online.memory import Entry, Pair
from penstock.store.online.packed import stamp


class Flight:
    """A row that is being read.

    Attributes
    ----------
    landed
        What was read.
    written
        The newest row that was written meanwhile, which the tiers may not have had yet when they were asked.
    stale
        Another process wrote meanwhile: what is read may be returned, but not kept.
    """

    __slots__ = ("landed", "stale", "written")

    def __init__(self, landed: asyncio.Future[Entry]) -> None:
        self.landed = landed
        self.written: bytes | None = None
        self.stale = False

    def newest(self, packed: bytes | None) -> bytes | None:
        """The newer one of what was read and what was written."""
        if self.written is None or (packed is not None and stamp(packed) >= stamp(self.written)):
            return packed
        return self.written


class Writing:
    """Rows that are being written, by several writers at one time perhaps.

    A writer may end after another one whose row is newer: what it may then put into memory is that newer row, since
    memory itself may have lost it meanwhile.
    """

    def __init__(self) -> None:
        self._rows = dict[Pair, tuple[int, bytes | None]]()

    def begin(self, items: Sequence[Item]) -> None:
        """Somebody writes rows."""
        for view, key, _ in items:
            count, newest = self._rows.get((view, key), (0, None))
            self._rows[view, key] = count + 1, newest

    def end(self, items: Sequence[Item]) -> None:
        """They are written, or will not be."""
        for view, key, _ in items:
            count, newest = self._rows[view, key]
            if count == 1:
                del self._rows[view, key]
            else:
                self._rows[view, key] = count - 1, newest

    def newest(self, item: Item) -> bytes:
        """The newest row that ended while this one was written, which may be this one."""
        view, key, row = item
        count, newest = self._rows.get((view, key), (0, None))
        if newest is None or stamp(row) > stamp(newest):
            newest = row
        if count > 1:
            self._rows[view, key] = count, newest
        return newest


class Flights:
    """The rows that are being read.

    Parameters
    ----------
    fetch
        Reads pairs that are in flight and lands them.

    Attributes
    ----------
    joined
        Reads that waited for one that was under way already.
    """

    def __init__(self, fetch: Callable[[Sequence[Pair]], Coroutine[Any, Any, None]]) -> None:
        self._fetch = fetch
        self._flying = dict[Pair, Flight]()
        self._waiting = list[Pair]()
        self._tasks = set[asyncio.Task[None]]()
        self.joined = 0

    def join(self, pair: Pair) -> asyncio.Future[Entry]:
        """A row's read, begun at the end of this turn of the loop unless it is under way."""
        flight = self._flying.get(pair)
        if flight is not None:
            self.joined += 1
            return flight.landed
        loop = asyncio.get_running_loop()
        flight = self._flying[pair] = Flight(loop.create_future())
        if not self._waiting:
            loop.call_soon(self._start)
        self._waiting.append(pair)
        return flight.landed

    def _start(self) -> None:
        pairs, self._waiting = self._waiting, []
        task = asyncio.ensure_future(self._run(pairs))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, pairs: Sequence[Pair]) -> None:
        try:
            await self._fetch(pairs)
        except BaseException as error:
            for pair in pairs:
                flight = self._flying.pop(pair, None)
                if flight is not None and not flight.landed.done():
                    failed = error if isinstance(error, Exception) else None
                    if failed is None:
                        flight.landed.cancel()
                    else:
                        flight.landed.set_exception(failed)
                        flight.landed.exception()  # whoever waited may have gone
            if not isinstance(error, Exception):
                raise

    def land(self, pair: Pair, keep: Callable[[bytes | None], Entry], packed: bytes | None) -> None:
        """End a row's read; ``keep`` makes an entry of what counts, and keeps it where that may be."""
        flight = self._flying.pop(pair, None)
        if flight is not None and not flight.landed.done():
            flight.landed.set_result(keep(flight.newest(packed)))

    def is_stale(self, pair: Pair) -> bool:
        """Whether a row changed while it is being read."""
        flight = self._flying.get(pair)
        return flight is not None and flight.stale

    def wrote(self, pair: Pair, packed: bytes) -> None:
        """A row was written by this process."""
        flight = self._flying.get(pair)
        if flight is not None and (flight.written is None or stamp(packed) > stamp(flight.written)):
            flight.written = packed

    def changed(self, pair: Pair | None, view: str) -> None:
        """Another process wrote a row, or something of a view."""
        for flying, flight in self._flying.items() if pair is None else ():
            flight.stale |= flying[0] == view
        if pair is not None and pair in self._flying:
            self._flying[pair].stale = True

    async def close(self) -> None:
        """Let what is under way end."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))
