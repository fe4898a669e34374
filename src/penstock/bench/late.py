"""What late events cost: keeping points while nothing is late, and putting one event in its place."""

from typing import Any

from penstock.bench import feed
from penstock.bench.mix import TRADES, hundred
from penstock.bench.timing import figures, median, seconds
from penstock.declare import View
from penstock.events import Event
from penstock.jobs.live import Live

WARM = 2_000
BACK = 500  # events that have come since a late one
EVERY = (100, 1_000)  # events between two kept points


def late_events(repeats: int, chunk: int = 1_000) -> dict[str, Any]:
    """100 columns of one symbol's trades through a live view, with and without kept points."""
    view = View("hundred", hundred(), on=TRADES)
    events = loose(WARM + 2 * (repeats + 2) * chunk)
    plain = Live(view, rules=None)
    kept = {
        every: Live(view, rules=None, on_late="rebuild", rebuild_every=every) for every in EVERY
    }
    engines = {0: plain, **kept}
    spent: dict[int, list[float]] = {every: [] for every in engines}
    for engine in engines.values():
        offer(engine, events[:WARM])
    last = WARM + repeats * chunk
    # by turns, so that what else the machine does falls on all
    for start in range(WARM, last, chunk):
        part = events[start : start + chunk]
        for every, engine in engines.items():
            spent[every].append(seconds(lambda e=engine, p=part: offer(e, p)) / chunk)
    ns = {every: median(times) * 1e9 for every, times in spent.items()}
    return {
        "case": "late_events",
        "columns": len(plain.engine.names),
        "ns_per_event": figures(ns[0]),
        "ns_per_event_with_points": {str(every): figures(ns[every]) for every in EVERY},
        "ratio": {str(every): figures(ns[every] / ns[0]) for every in EVERY},
        "us_per_late_event": {
            str(every): figures(1e6 * cost(engine, events[last - BACK - repeats : last - BACK]))
            for every, engine in kept.items()
        },
        "events_since": BACK,
        "held_bytes": {
            str(every): 0 if e.rebuild is None else e.rebuild.held for every, e in kept.items()
        },
    }


def loose(count: int) -> list[Event]:
    """Trades as a feed makes them, one by one."""
    _, block = feed.one_symbol(2 * count)
    names = [field.name for field in TRADES.type.fields]
    return [
        Event.of(TRADES.type, time=event["time"], **{name: event[name] for name in names})
        for event in block
    ]


def offer(engine: Live, events: list[Event]) -> None:
    """Offer events and read a value of each row."""
    for event in events:
        for row in engine.offer(event):
            row.values[0]


def cost(engine: Live, events: list[Event]) -> float:
    """Seconds that an event takes which comes again, late."""
    return median([seconds(lambda e=event: engine.offer(e)) for event in events])
