"""Hot reload: the keys of one registry go on in that of another plan."""

from penstock.compile.layout import LAST, LATEST
from penstock.core.errors import DefinitionError
from penstock.engine.registry import Registry
from penstock.engine.runner import Runner
from penstock.engine.snapshots.state import Source
from penstock.engine.warm import both, join
from penstock.plan import Plan
from penstock.streams import AnyOf, Stream


def successor(runner: Runner, plan: Plan) -> Runner:
    """Another plan with a registry that can go on from that of one at work (``follow``)."""
    old = runner.registry
    made = Registry(plan, old.keys, old.capacity, old.maximum_room, old.idle)
    made.states.check(old.states.schema, made.first)
    return Runner(plan, made, runner.threads, count_full=runner.count_full, refits=runner.refits)


def follow(made: Registry, old: Registry, warm: Registry | None) -> None:
    """Take over all keys of another registry and the memory that they lie in; it is of no use from then on.

    ``warm`` knows what is new: it ran over the past of the same keys, up to the same position.
    """
    old.settle()
    pieces = [(key, source(old, key, warm)) for key in sorted(old.arenas)]
    made.slabs, made.arenas = old.slabs, dict(old.arenas)
    made.take_over(pieces, old.origins)


def source(old: Registry, key: int, warm: Registry | None) -> Source:
    """The state of a key, joined with what ``warm`` has of it."""
    if warm is None or key not in warm.arenas:
        return old.states.source(old.arenas[key])
    here, state = old.states.schema, old.states.save(old.arenas[key])
    there, other = warm.states.schema, warm.states.save(warm.arenas[key])
    return Source(both(here, there), join(here, state, there, other, warm.plan))


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
