"""What every tier of the online store is: packed values by view and key, of which the newest stays."""

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable


class Change(NamedTuple):
    """Another process wrote a view's key, or, where there is no key, something about the whole view."""

    view: str
    key: bytes | None
    stamp: tuple[int, int]


BEGUN = Change("", None, (0, 0))  # the first change of all: what is written from now on is told


UNSAID = b""  # a row that a tier cannot tell while it tells others; no packed row is empty


class Tier(Protocol):
    """One place that keeps packed values.

    Where a tier cannot answer it raises StoreError, and StoreFull where it has no room for a write.
    """

    @property
    def name(self) -> str:
        """What it is: ``redis``, ``postgres`` or ``sqlite``."""
        ...

    async def open(self) -> None:
        """Connect."""
        ...

    async def close(self) -> None:
        """Finish what is under way, and let go."""
        ...

    async def ping(self) -> None:
        """Raise unless it can be read and written."""
        ...

    async def get(self, pairs: Sequence[tuple[str, bytes]]) -> list[bytes | None]:
        """The packed values of pairs of a view's id and a key, in one round trip."""
        ...

    async def put(self, items: Sequence[tuple[str, bytes, bytes]]) -> list[bool]:
        """Write packed values by view id and key, each unless a newer one is there; whether each is now there anew."""
        ...

    async def drop_view(self, view: str) -> int:
        """Remove a view's values; how many there were."""
        ...

    async def sweep(self, before_ns: int) -> int:
        """Remove copies that were stored before a time; how many there were."""
        ...

    def changes(self) -> AsyncIterator[Change]:
        """BEGUN, then what other processes write from there on; it raises or ends where the channel breaks."""
        ...

    async def facts(self) -> dict[str, object]:
        """What there is to say of it: bytes, version, policies, round trips."""
        ...


@runtime_checkable
class Parted(Protocol):
    """A tier whose parts may fail alone, as the slots of a cluster do with their node.

    Where some parts do not answer, `Tier.get` and `Tier.put` raise StorePartlyAway.
    """

    @property
    def parts(self) -> int:
        """How many there are; one fails as a whole."""
        ...

    def part(self, view: str, key: bytes) -> int:
        """The part that a row is in."""
        ...

    def around(self, parts: frozenset[int]) -> frozenset[int]:
        """Some parts, with all that fail with them."""
        ...

    async def reach(self) -> frozenset[int]:
        """Ask all parts whether they answer, and raise where none does; those that do not."""
        ...
