"""What becomes of events that come too late."""

from penstock.core.errors import DefinitionError, LateEvent
from penstock.declare import View
from penstock.engine import Engine
from penstock.events import Event, Keys, Quarantine


class Late:
    """Counts late events and keeps them aside with their bytes, or stops at the first.

    Parameters
    ----------
    policy
        ``count``, ``error`` or ``rebuild``.
    quarantine
        Where they go, under the name ``live`` and their stream's; they are only counted by default.
    keys
        The numbers of the events' keys.

    Attributes
    ----------
    count
        Events that were left out.
    rebuilt
        Events that were put in their place.
    """

    POLICIES = ("count", "error", "rebuild")

    def __init__(self, policy: str, quarantine: Quarantine | None, keys: Keys) -> None:
        if policy not in self.POLICIES:
            raise DefinitionError(
                f"Live: on_late must be one of {', '.join(self.POLICIES)}, got {policy!r}"
            )
        self.policy, self.keys, self.count, self.rebuilt = policy, keys, 0, 0
        self.quarantine = Quarantine() if quarantine is None else quarantine

    def refuse(self, event: Event, number: int, reason: str = "late") -> None:
        """Leave an event out, the feed's ``number``-th."""
        if self.policy == "error":
            raise LateEvent(
                f"Live: events of a key must not go back in time, got a {event.type.name} of {self.when(event)}"
            )
        self.count += 1
        self.keep_aside(event, number, reason)

    def keep_aside(self, event: Event, number: int, reason: str) -> None:
        """Put an event that was left out into the quarantine."""
        source, value = f"live {event.type.name}", self.when(event)
        self.quarantine.add(source, reason, [number], [event.record()], [value], judged=False)

    def when(self, event: Event) -> str:
        """The key and the time of an event in words."""
        return f"{self.name(event)} at {event['time']}"

    def name(self, event: Event) -> str:
        """The key of an event in words."""
        key = int(event["key"])
        return ", ".join(self.keys.names[key]) if key < len(self.keys) else str(key)


def refuse_rebuild(view: View, engine: Engine) -> None:
    """A row that was served cannot be taken back, nor an event put in the past of a key that is gone."""
    if view.served:
        raise DefinitionError(
            f"Live: on_late='rebuild' is for views that are not served, got {view.name!r}, which is"
        )
    if view.routes:  # an event that enters several keys cannot be put in its place in one
        raise DefinitionError(
            f"Live: on_late='rebuild' is for views without routes, got {len(view.routes)} of {view.name!r}"
        )
    if engine.registry.idle.active:
        raise DefinitionError(
            "Live: on_late='rebuild' keeps the past of every key in memory, got ttl or maximum_keys too"
        )
