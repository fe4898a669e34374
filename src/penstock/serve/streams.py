"""A view's rows as they are written, for those who subscribe."""

from collections.abc import AsyncGenerator

import msgspec

from penstock.core.time import iso_text
from penstock.jobs.feature_store import AsyncFeatureStore
from penstock.jobs.feature_store.answers import plain
from penstock.jobs.feature_store.reading import packer_of
from penstock.store.entity import decode_key


async def rows_of(store: AsyncFeatureStore, view: str) -> AsyncGenerator[str]:
    """The rows of a view from now on, each as JSON; ``values`` is null where a row was deleted."""
    schema = store.schema(view)
    packer = packer_of(schema)
    async for key, packed in store.online.subscribe(schema.id):
        row = packer.unpack(packed)
        values = map(plain, row.values())
        told = {
            "view": schema.id,
            "entity": dict(zip(schema.key, decode_key(key), strict=True)),
            "event_timestamp": iso_text(row.event_ts),
            "values": None if row.deleted else dict(zip(schema.names, values, strict=True)),
        }
        yield msgspec.json.encode(told).decode()
