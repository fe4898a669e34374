"""Another view in a running live engine: its plan, and what warms the columns that are new."""

from typing import TYPE_CHECKING

import numpy as np

from penstock.core.errors import DefinitionError
from penstock.declare import View
from penstock.engine import Engine
from penstock.events import Quarantine
from penstock.jobs.live.row import Row
from penstock.jobs.quality import Ranges
from penstock.jobs.run import CAPACITY
from penstock.jobs.wiring import Sources, by_rank, named_streams, ranked
from penstock.plan import Plan, build
from penstock.streams import TIMED, Stream
from penstock.streams.merge import merge

if TYPE_CHECKING:
    from penstock.jobs.live.live import Live


def reload(live: "Live", view: View, history: Sources | None) -> list[Row]:
    """Go on with another view, or with the old one where that fails."""
    plan = planned(live, view)
    side = None if history is None else warmed(live, plan, history)
    rows = [row.copy() for row in live.intake.rows(live.engine.reload(plan, side))]
    live.view, live.timed = view, [clock for clock in plan.clocks if clock.phase == TIMED]
    live.gate.ranges = Ranges(view)
    return rows


def planned(live: "Live", view: View) -> Plan:
    """The plan of a view over the streams that a live engine has; raises DefinitionError where it needs others."""
    if view.key != live.view.key:
        raise DefinitionError(f"Live.reload: key must be {live.view.key}, got {view.key}")
    if live.rebuild is not None:
        raise DefinitionError(
            "Live.reload: on_late must be 'count' or 'error', got 'rebuild'; its histories are of one plan"
        )
    missing = [s.text for s in named_streams(view) if s not in live.streams]
    if missing:
        raise DefinitionError(
            f"Live.reload: a view of {', '.join(s.text for s in live.streams)} is needed, got one of "
            f"{', '.join(missing)} too; begin with a view that reads them"
        )
    return build(view.columns(), view.on, live.streams, view.routes)  # type: ignore[arg-type]


def warmed(live: "Live", plan: Plan, history: Sources) -> Engine:
    """An engine that ran a plan over history, as far as the live engine has come."""
    side = Engine(plan, live.keys, capacity=CAPACITY)
    until = live.engine.registry.newest()
    streams: tuple[Stream, ...] = by_rank(plan.streams)
    places = np.array([plan.streams.index(stream) for stream in streams], np.int64)
    for merged in merge(ranked(history, streams), live.keys, Quarantine()):
        times = np.empty(len(merged.rows), np.int64)
        for place, block in merged.blocks.items():
            mine = merged.streams == place
            times[mine] = block.columns["time"][merged.rows[mine]]
        on_time = times <= until
        blocks = {int(places[i]): block for i, block in merged.blocks.items()}
        side.push_merged(blocks, places[merged.streams[on_time]], merged.rows[on_time])
    return side
