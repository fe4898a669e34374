"""Event by event from Python, as the engine's cases do it."""

from collections.abc import Callable

from penstock.bench import feed
from penstock.engine import Engine
from penstock.events import Event
from penstock.plan import Plan

WARM = 2_000  # ticks: every window of the mix is full, several times over


def push_all(engine: Engine, events: list[Event]) -> Callable[[], None]:
    """Push events and read a value of each row."""

    def work() -> None:
        push = engine.push
        for event in events:
            row = push(event)
            if row is not None:
                row[0]

    return work


def warmed(plan: Plan, count: int) -> tuple[Engine, list[Event]]:
    """An engine whose windows are full, and the events that come next."""
    engine = Engine(plan)
    events = feed.interleaved(*feed.one_symbol(WARM + count))
    push_all(engine, events[:WARM])()
    return engine, events[WARM:]
