"""What an engine may be told."""

from penstock.core.errors import DefinitionError
from penstock.engine.idle import Idle

MAXIMUM_CAPACITY = 1_024  # refits have room for those of one such block (``ops.fitted``)


def check(capacity: int, threads: int, on_late: str, on_full: str, idle: Idle) -> None:
    """Refuse options that cannot be."""
    for name, value in (("on_late", on_late), ("on_full", on_full)):
        if value not in ("count", "error"):
            raise DefinitionError(f"Engine: {name} must be 'count' or 'error', got {value!r}")
    if not 1 <= capacity <= MAXIMUM_CAPACITY:
        raise DefinitionError(
            f"Engine: capacity must be from 1 to {MAXIMUM_CAPACITY}, got {capacity}"
        )
    if idle.active and threads > 1:
        raise DefinitionError(
            f"Engine: ttl and maximum_keys need threads=1, got {threads}; give each engine keys of its own"
        )
