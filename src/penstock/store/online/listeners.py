"""Those who want to hear of a view's new rows."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

Row = tuple[bytes, bytes]


class Listener:
    """One who hears: rows wait in a queue that is bounded, and of one that is full the oldest goes."""

    def __init__(self, room: int) -> None:
        self.rows = deque[Row](maxlen=room)
        self.dropped = 0
        self.news = asyncio.Event()
        self.ended = False

    def tell(self, row: Row) -> None:
        """Queue a row."""
        self.dropped += len(self.rows) == self.rows.maxlen
        self.rows.append(row)
        self.news.set()

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
    """By view, who listens.

    Attributes
    ----------
    dropped
        Rows that went unheard since somebody was too slow.
    """

    def __init__(self) -> None:
        self._by_view = dict[str, set[Listener]]()
        self._past = 0

    @property
    def dropped(self) -> int:
        """Rows that went unheard."""
        return self._past + sum(one.dropped for some in self._by_view.values() for one in some)

    async def subscribe(self, view: str, room: int) -> AsyncIterator[Row]:
        """A view's rows from now on."""
        listener = Listener(room)
        self._by_view.setdefault(view, set()).add(listener)
        try:
            async for row in listener:
                yield row
        finally:
            self._past += listener.dropped
            self._by_view[view].discard(listener)

    def wanted(self, view: str) -> bool:
        """Whether anybody listens to a view."""
        return bool(self._by_view.get(view))

    def tell(self, view: str, key: bytes, packed: bytes) -> None:
        """Tell of a row."""
        for listener in self._by_view.get(view, ()):
            listener.tell((key, packed))

    def close(self) -> None:
        """End for all."""
        for some in self._by_view.values():
            for listener in some:
                listener.ended = True
                listener.news.set()
