"""An event loop in a thread of its own, for callers that do not wait asynchronously."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from penstock.core.errors import DefinitionError

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for any thread until it is closed.

    Examples
    --------
    >>> thread = LoopThread()
    >>> thread.run(asyncio.sleep(0, "done"))
    'done'
    >>> thread.close()
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="penstock-store", daemon=True
        )
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What a coroutine gives; an interrupt cancels it."""
        if self._loop.is_closed() or threading.current_thread() is self._thread:
            work.close()
            raise DefinitionError(
                "FeatureStore: a call must be made from outside its loop while it is open, got one that is not; "
                "use AsyncFeatureStore there"
            )
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Stop the loop; what still runs is cancelled first."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
