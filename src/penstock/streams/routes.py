"""Routes: events of one key that other keys see in a role."""

from dataclasses import dataclass

from penstock.core.errors import DefinitionError

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """Events of the key ``source`` enter ``target`` in a role, right after they entered their own key.

    Parameters
    ----------
    role
        How the target's columns call the stream: ``columns(Trade, "benchmark").price``.
    source
        The key whose events are routed.
    target
        The key that they enter; None for every key that has had an event of its own, the source too.
    """

    role: str
    source: Key
    target: Key | None = None

    def __post_init__(self) -> None:
        for name in ("source", "target"):
            key = getattr(self, name)
            if isinstance(key, str):
                object.__setattr__(self, name, (key,))
        if not self.role:
            raise DefinitionError("Route: a role is needed, got none")
        if self.target is not None and len(self.source) != len(self.target):
            raise DefinitionError(
                f"Route {self.role}: source and target must have as many columns, "
                f"got {self.source} and {self.target}"
            )


def benchmark(source: Key | str, role: str = "benchmark") -> tuple[Route, ...]:
    """A key that every key sees: an index, a market.

    Examples
    --------
    >>> benchmark("SPY")
    (Route(role='benchmark', source=('SPY',), target=None),)
    """
    return (Route(role, source),)  # type: ignore[arg-type]


def pair(a: Key | str, b: Key | str, name: Key | str = "") -> tuple[Route, ...]:
    """Two keys that a third one is made of, in the roles ``a`` and ``b``.

    Examples
    --------
    >>> pair("ES", "NQ")
    (Route(role='a', source=('ES',), target=('ES/NQ',)), Route(role='b', source=('NQ',), target=('ES/NQ',)))
    """
    ones, others = ((key,) if isinstance(key, str) else key for key in (a, b))
    both = tuple(f"{one}/{other}" for one, other in zip(ones, others, strict=True))
    target = (name,) if isinstance(name, str) and name else name or both
    return (Route("a", ones, target), Route("b", others, target))
