"""How often a process looks for garbage that refers to itself."""

import gc
from collections.abc import Generator
from contextlib import contextmanager

GARBAGE = 50_000  # allocations between two looks


@contextmanager
def rarely_collected() -> Generator[None, None, None]:
    """Meanwhile what there is is not looked through, and what is new is looked through less often.

    For commands whose readers make many objects that stay, such as the requests of a log: each look goes through all of
    them. The process's own settings are restored.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(GARBAGE, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
