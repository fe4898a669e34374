"""Hot reload: the keys of one registry go on in that of another plan."""

from penstock.compile.layout import LAST, LATEST
from penstock.core.errors import DefinitionError
from penstock.engine.registry import Piece, Registry
from penstock.engine.warm import both, join
from penstock.plan import Plan
from penstock.streams import AnyOf, Stream


def successor(old: Registry, plan: Plan) -> Registry:
    """A registry of another plan that can go on from one (``follow``)."""
    made = Registry(plan, old.keys, old.capacity, old.maximum_room)
    made.states.check(old.states.schema, made.first)
    return made


def follow(made: Registry, old: Registry, warm: Registry | None) -> None:
    """Take over all keys of another registry, which stays as it is.

    ``warm`` knows what is new: it ran over the past of the same keys, up to the same position.
    """
    old.settle()
    made.take_over((piece(old, key, warm) for key in sorted(old.arenas)), old.origins)
    made.be_idle(old.idle)


def piece(old: Registry, key: int, warm: Registry | None) -> Piece:
    """A key with its state, joined with what ``warm`` has of it."""
    here, state = old.states.schema, old.states.save(old.arenas[key])
    if warm is None or key not in warm.arenas:
        return key, here, state
    there = warm.states.schema
    other = warm.states.save(warm.arenas[key])
    return key, both(here, there), join(here, state, there, other, warm.plan)


def meet(live: Registry, other: Registry) -> dict[int, int]:
    """The keys of both, and the time at which each stands in the two; refused where one had other events."""
    if other.keys is not live.keys:
        raise DefinitionError("Engine.reload: history must have the same Keys, got others")
    heads = [x.first.layout.heads for x in (live, other)]
    live.settle()
    other.settle()
    shared = [c for c in heads[0] if c in heads[1] and isinstance(c, Stream | AnyOf)]
    found = {}
    for key in sorted(live.arenas.keys() & other.arenas.keys()):
        here, there = live.arenas[key].cells, other.arenas[key].cells
        for clock in shared:
            wanted, got = (
                int(c[h[clock] + LAST]) for c, h in zip((here, there), heads, strict=True)
            )
            if got != wanted:
                raise DefinitionError(
                    f"Engine.reload: history must end with the last event that the engine had, of {clock.text} at "
                    f"{wanted}, got {got} (key {key})"
                )
        found[key] = max(int(here[LATEST]), int(there[LATEST]))
    return found
