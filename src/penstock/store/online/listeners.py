"""Those who want to hear of a view's new rows."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from weakref import WeakSet

Row = tuple[bytes, bytes]


class Listener:
    """One who hears: rows wait in a queue that is bounded, and of one that is full the oldest goes."""

    def __init__(self, room: int) -> None:
        self.rows = deque[Row](maxlen=room)
        self.news = asyncio.Event()
        self.ended = False

    def tell(self, row: Row) -> bool:
        """Queue a row; whether another one went for it."""
        full = len(self.rows) == self.rows.maxlen
        self.rows.append(row)
        self.news.set()
        return full

    def __aiter__(self) -> AsyncIterator[Row]:
        return self

    async def __anext__(self) -> Row:
        while not self.rows:
            if self.ended:
                raise StopAsyncIteration
            self.news.clear()
            await self.news.wait()
        return self.rows.popleft()


class Listeners:
    """By view, who listens, for as long as somebody has the listener.

    Attributes
    ----------
    dropped
        Rows that went unheard since somebody was too slow.
    """

    def __init__(self) -> None:
        self._by_view = dict[str, WeakSet[Listener]]()
        self.dropped = 0

    def subscribe(self, view: str, room: int) -> AsyncIterator[Row]:
        """A view's rows from now on, also those that come before the first is asked for."""
        listener = Listener(room)
        self._by_view.setdefault(view, WeakSet()).add(listener)
        return listener

    def wanted(self, view: str) -> bool:
        """Whether anybody listens to a view."""
        return bool(self._by_view.get(view))

    def tell(self, view: str, key: bytes, packed: bytes) -> None:
        """Tell of a row."""
        for listener in self._by_view.get(view, ()):
            self.dropped += listener.tell((key, packed))

    def close(self) -> None:
        """End for all."""
        for some in self._by_view.values():
            for listener in some:
                listener.ended = True
                listener.news.set()
