"""A write to one tier: what the tier does not take is kept for it before the write is confirmed."""

import asyncio
from collections.abc import Sequence

from penstock.store.online.guarded import Guarded
from penstock.store.online.hints import Hints, Item

MISSED = "it missed a write"


async def put_or_keep(
    tier: Guarded, items: Sequence[Item], hints: Hints
) -> Sequence[bool | None] | None:
    """Write rows into a tier; None for those that are kept for it, and None where all are.

    Raises
    ------
    StoreFull
        There is no room to keep them.
    """
    await tier.gate.wait()
    rows = await tier.put(items) if tier.usable else None
    missed = items
    if rows is not None:
        missed = [item for item, new in zip(items, rows, strict=True) if new is None]
    if missed:
        tier.keeping += 1
        try:
            await asyncio.to_thread(hints.add, tier.name, missed, cache=tier.cache)
        finally:
            tier.keeping -= 1
        tier.missed += 1
        # what was kept after the tier was given all that it lacked: it lacks something again
        if rows is None:
            tier.leave(MISSED)
        else:
            tier.leave_parts(tier.parts_of(item[:2] for item in missed), MISSED)
    return rows
