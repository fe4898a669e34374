"""What the heads of online reads say."""

from collections.abc import Sequence
from typing import NamedTuple

from penstock.serve.access import NOBODY, Keys
from penstock.store.registry.api_keys import READ


class Head(NamedTuple):
    """What the head of an online read says.

    Attributes
    ----------
    length
        Of its body; -1 where it does not say.
    caller
        Who asks.
    accepts
        Its accept-encoding, where that names something smaller; else nothing.
    """

    length: int
    caller: str
    accepts: bytes


def head_of(headers: Sequence[tuple[bytes, bytes]], keys: Keys) -> Head | None:
    """What a head says, where an answer may be given at once to whoever sent it; else None."""
    bearer, alone, length, accepts = b"", b"", -1, b""
    for name, value in headers:
        if name == b"authorization":
            bearer = value
        elif name == b"x-api-key":
            alone = value
        elif name == b"content-length" and value.isdigit():
            length = int(value)
        elif name == b"accept-encoding" and (b"zstd" in value or b"gzip" in value):
            accepts = value
        elif name == b"origin" or (name == b"accept" and b"arrow" in value):
            return None
    given = bearer or alone
    key = keys.find(given) if given and keys.demanded else None
    if keys.demanded and (key is None or not key.allows(READ)):
        return None
    return Head(length, NOBODY if key is None else key.id, accepts)
