"""Bodies of requests that are alike but for their entity: the second need not be parsed.

Clients that ask about one entity at a time send one text over and over, with another number or name in it. Its place is
the item of the last list. Where another literal there was found to make the same request of another entity, JSON's
grammar says that every literal does: the bytes before and after it then are the request.
"""

import re
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from penstock.serve.structs import HotRequest

P = TypeVar("P")
KEPT, BYTES = 1_024, 16_384  # bodies, and bytes before the entity of each, at most
ENTITY = re.compile(rb'(0|[1-9][0-9]{0,17})|"([A-Za-z0-9_.:@/-]{1,200})"')  # nothing is escaped


class Likenesses(Generic[P]):
    """What requests are, by their bodies but for the entity.

    Parameters
    ----------
    decode
        What parses a body.
    """

    def __init__(self, decode: Callable[[bytes], HotRequest]) -> None:
        self._decode = decode
        self._known: dict[bytes, tuple[bytes, P]] = {}

    def find(self, body: bytes) -> tuple[P, bytes] | None:
        """What a body asks for, and the text of its entity, where its like was learned."""
        at = body.rfind(b"[") + 1
        known = self._known.get(body[:at])
        if known is None:
            return None
        rest, asked = known
        entity = ENTITY.fullmatch(body, at, len(body) - len(rest))
        if entity is None or not body.endswith(rest):
            return None
        return asked, entity[1] or entity[2]

    def learn(self, body: bytes, name: str, asked: HotRequest, what: P) -> None:
        """Keep what a body asks for, if it is about one entity of the column of that name and can be told by it."""
        at = body.rfind(b"[") + 1
        end = body.find(b"]", at)
        if at > BYTES or ENTITY.fullmatch(body, at, end) is None:
            return
        other = self._decode(b'%b"?"%b' % (body[:at], body[end:]))
        if other.entities != {name: ["?"]}:
            return
        same = msgspec.structs.replace(other, entities=asked.entities)
        if msgspec.structs.astuple(same) == msgspec.structs.astuple(asked):
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[body[:at]] = body[end:], what

    def clear(self) -> None:
        """Forget all."""
        self._known.clear()
