"""Another view in a running live engine: its plan, and what warms the columns that are new."""

from typing import TYPE_CHECKING

import numpy as np

from penstock.core.errors import DefinitionError
from penstock.declare import View
from penstock.engine import Engine
from penstock.events import Bar, Book, Quarantine, Quote, Trade
from penstock.jobs.live.row import Row
from penstock.jobs.quality import Ranges
from penstock.jobs.run import CAPACITY
from penstock.jobs.wiring import Sources, by_rank, named_streams, ranked
from penstock.plan import Plan, build
from penstock.streams import Stream
from penstock.streams.merge import merge

if TYPE_CHECKING:
    from penstock.jobs.live.live import Live


def reload(live: "Live", view: View, history: Sources | None, seen: int | None) -> list[Row]:
    """Go on with another view, or with the old one where that fails."""
    plan = planned(live, view)
    side = None if history is None else warmed(live, plan, history, seen)
    rows = [row.copy() for row in live.intake.rows(live.engine.reload(plan, side))]
    live.view, live.timed = view, [clock for clock in plan.clocks if clock.armed]
    live.gate.ranges = Ranges(view, live.gate.ranges)
    return rows


def planned(live: "Live", view: View) -> Plan:
    """The plan of a view over the streams that a live engine has; raises DefinitionError where it needs others."""
    if view.key != live.view.key:
        raise DefinitionError(f"Live.reload: key must be {live.view.key}, got {view.key}")
    if live.rebuild is not None:
        raise DefinitionError(
            "Live.reload: on_late must be 'count' or 'error', got 'rebuild'; its histories are of one plan"
        )
    missing = [s.text for s in named_streams(view) if not {s, source_of(s)} & {*live.streams}]
    if missing:
        raise DefinitionError(
            f"Live.reload: a view of {', '.join(s.text for s in live.streams)} is needed, got one of "
            f"{', '.join(missing)} too; begin with a view that reads them"
        )
    return build(view.columns(), view.on, live.streams, view.routes)  # type: ignore[arg-type]


def source_of(stream: Stream) -> Stream:
    """The stream that one is made from where it is not there itself."""
    return Stream({Quote: Book, Bar: Trade}.get(stream.type, stream.type), stream.role)


def warmed(live: "Live", plan: Plan, history: Sources, seen: int | None) -> Engine:
    """An engine that ran a plan over history, as far as the live engine has come."""
    side = Engine(plan, live.keys, capacity=CAPACITY, ttl=live.engine.registry.idle.forgets)
    until = live.engine.registry.newest()
    left = None if live.admission.lateness else seen  # what waits is offered, but not admitted
    # the events of a feed are counted with those that only the old view reads
    streams: tuple[Stream, ...] = by_rank(plan.streams if left is None else live.streams)
    read = {place: plan.streams.index(s) for place, s in enumerate(streams) if s in plan.streams}
    places = np.array([read.get(place, -1) for place in range(len(streams))], np.int64)
    for merged in merge(ranked(history, streams), live.keys, Quarantine()):
        times = np.empty(len(merged.rows), np.int64)
        for place, block in merged.blocks.items():
            mine = merged.streams == place
            times[mine] = block.columns["time"][merged.rows[mine]]
        # events of the last time may be in or not: their number knows
        past = times <= until if left is None else np.arange(len(times)) < left
        taken = past & (places[merged.streams] >= 0)
        blocks = {read[place]: block for place, block in merged.blocks.items() if place in read}
        side.push_merged(blocks, places[merged.streams[taken]], merged.rows[taken])
        left = None if left is None else left - len(times)
        if not past.all():
            break
    return side
