"""Pushes: rows of JSON in, what became of them out.

A typed framework takes as long over a push of one row as the row does, and who pushes waits to read it.
"""

import msgspec

from penstock.jobs.feature_store import AsyncFeatureStore
from penstock.serve.structs import PushAnswer, PushRequest, Rejected

_decode = msgspec.json.Decoder(PushRequest).decode
_encode = msgspec.json.Encoder().encode


def understood(body: bytes) -> PushRequest | None:
    """What a body asks for; None where the typed route must say what is wrong with it."""
    try:
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


async def pushed(store: AsyncFeatureStore, asked: PushRequest) -> PushAnswer:
    """Write rows, and say what became of them.

    Raises
    ------
    PenstockError
        None was written.
    """
    done = await store.push(asked.push_source_name, asked.df, to=asked.to)
    rejected = [Rejected(row, why) for row, why in done.rejected.items()]
    return PushAnswer(done.view, done.accepted, done.newer, rejected, list(done.later))


async def answered(store: AsyncFeatureStore, asked: PushRequest) -> bytes:
    """What became of rows, as JSON."""
    return _encode(await pushed(store, asked))
