"""Read ahead: the next chunks are read in a thread while the last ones are computed."""

from collections.abc import Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

T = TypeVar("T")
WAIT = 0.1  # seconds between two looks at whether anybody still reads
CHUNK, ERROR, END = range(3)


def ahead(chunks: Iterator[T], depth: int = 4) -> Iterator[T]:
    """The same chunks in the same order, of which a few wait; an error comes where it would have come."""
    waiting: Queue[tuple[int, Any]] = Queue(depth)
    left = Event()
    thread = Thread(target=_read, args=(chunks, waiting, left), daemon=True)
    thread.start()
    try:
        while True:
            try:
                kind, found = waiting.get(timeout=WAIT)
            except Empty:
                continue
            if kind == END:
                return
            if kind == ERROR:
                raise found
            yield found
    finally:
        left.set()
        thread.join()


def _read(chunks: Iterator[Any], waiting: Queue[tuple[int, Any]], left: Event) -> None:
    """Put all chunks in line, then the end or the error."""
    try:
        for chunk in chunks:
            _put((CHUNK, chunk), waiting, left)
            if left.is_set():
                return
        _put((END, None), waiting, left)
    except BaseException as error:  # noqa: BLE001  (raised again where it is read)
        _put((ERROR, error), waiting, left)


def _put(item: tuple[int, Any], waiting: Queue[tuple[int, Any]], left: Event) -> None:
    """Wait for room, as long as somebody reads."""
    while not left.is_set():
        try:
            waiting.put(item, timeout=WAIT)
        except Full:
            continue
        return
