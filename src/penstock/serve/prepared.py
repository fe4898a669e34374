"""Requests as they repeat: what they read, and the keys of the entities that they are about."""

from collections.abc import Mapping, Sequence
from typing import Any

from penstock.jobs.feature_store.reading import Request
from penstock.serve.encoding import Selection, head
from penstock.store.entity import encode_key, key_part
from penstock.store.online.memory import Pair
from penstock.store.registry.contents import Choice

Scalars = Mapping[str, Sequence[Any]]
PAIRS, ONE_TYPE = 100_000, ({int}, {str})


class Part:
    """One view of a request: its key and, by version, the columns that are selected."""

    __slots__ = ("_pairs", "choice", "key", "selections", "single")

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.key = choice.schemas[0].key
        self.selections = {s.id: Selection(s, choice.columns) for s in choice.schemas}
        self.single = next(iter(self.selections.values())) if len(self.selections) == 1 else None
        self._pairs: dict[int | str, Pair] = {}

    def pairs(self, entities: Scalars) -> list[Pair]:
        """What is read of this view for entities."""
        if self.single is None or len(self.key) != 1:
            keys = keys_of(self.key, entities)
            return [(self.selection(key).id, key) for key in keys]
        name, known = self.key[0], self._pairs
        values = entities[name]
        if set(map(type, values)) in ONE_TYPE:  # True is 1 to a dict
            found = list(map(known.get, values))
            if None not in found:
                return found  # type: ignore[return-value]
            if len(known) > PAIRS:
                known.clear()
            for value in values:
                known[value] = self.single.id, one_key(value, name)
            return [known[value] for value in values]
        return [(self.single.id, one_key(value, name)) for value in values]

    def selection(self, key: bytes) -> Selection:
        """The version that an entity reads."""
        return self.single or self.selections[self.choice.schema(key).id]


class Prepared:
    """A request as it repeats: what it reads, and what its answers begin with."""

    __slots__ = ("features", "full", "head", "key", "lone", "parts", "request")

    def __init__(self, request: Request, features: list[str] | str, *, full: bool) -> None:
        self.request, self.features, self.full, self.key = request, features, full, request.key
        names = [name for choice in request.stored for name in choice.names]
        self.parts = [] if request.demands else [Part(choice) for choice in request.stored]
        self.head = head(names)
        self.lone = self.parts[0].single if len(self.parts) == len(self.key) == 1 else None


def keys_of(names: Sequence[str], entities: Scalars) -> list[bytes]:
    """The keys of entities as bytes."""
    if len(names) == 1:
        name = names[0]
        return [one_key(value, name) for value in entities[name]]
    rows = zip(*(entities[name] for name in names), strict=True)
    return [
        encode_key(tuple(key_part(v, n) for v, n in zip(row, names, strict=True))) for row in rows
    ]


def one_key(value: Any, name: str) -> bytes:
    """The key of one column as bytes."""
    kind = type(value)
    part = (
        value.encode()
        if kind is str
        else b"%d" % value
        if kind is int
        else key_part(value, name).encode()
    )
    return b"%d:%b," % (len(part), part)
