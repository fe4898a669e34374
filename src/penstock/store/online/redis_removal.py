"""Copies are removed from Redis: those of a view, or those that were stored long ago."""

from collections.abc import Sequence

from penstock.store.online.redis_keys import RedisKeys
from penstock.store.online.redis_link import Link, checked

SCANNED = 1_000


async def removed(link: Link, keys: RedisKeys, view: str | None, *, left: int | None = None) -> int:
    """Remove the copies of a view or of all, or of them those that have less than some ms left; how many there were."""
    gone = 0
    for node in list(link.nodes.values()):
        cursor = b"0"
        while True:
            page = ("SCAN", cursor, "MATCH", keys.pattern(view), "COUNT", SCANNED)
            cursor, found = checked((await node.ask([page], "write"))[0])
            # the pattern's `*` may have taken a part of another view's name
            names = [name for name in found if view is None or keys.split(name)[0] == view]
            if left is not None:
                names = await _ending(link, names, left)
            replies = await link.ask(names, [("UNLINK", name) for name in names], "write")
            gone += sum(checked(reply) for reply in replies)
            if cursor == b"0":
                break
    return gone


async def _ending(link: Link, names: Sequence[bytes], left: int) -> list[bytes]:
    """Of keys those that have less than some ms left, which says when they were written."""
    found = await link.ask(names, [("PTTL", name) for name in names], "write")
    return [name for name, ms in zip(names, found, strict=True) if checked(ms) < left]
