"""The suite ``microstructure``: every feature of order flow, books, exchanges and volatility, and what feeds them.

``all_…`` is one view of all features that a market's streams have, which gives a row at every trade, quote and book:
in blocks over the whole market, and event by event where half of it has passed. A feature's own figures are what one
more instance of it costs a view at an event of its own streams, nothing shared.
"""

import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from penstock.bench import instances
from penstock.bench.captures import captures, recordings
from penstock.bench.child import child
from penstock.bench.markets import Market, own, recorded, simulated
from penstock.bench.messages import recorded as recorded_messages
from penstock.bench.messages import repeated
from penstock.bench.pushing import push_all
from penstock.bench.read import to_book
from penstock.bench.timing import figures, median, seconds
from penstock.bench.touches import counter, touches
from penstock.catalog import FEATURES
from penstock.compile.layout import Layout
from penstock.core.errors import DefinitionError
from penstock.declare import Feature
from penstock.engine import Engine
from penstock.engine.profiling.footprint import by_kind
from penstock.events import Bar, Block, Book, Event
from penstock.events.writers import write_dbn
from penstock.expr import Column, Expr, walk
from penstock.ops.fitted import Fitted
from penstock.plan import Plan, build
from penstock.streams import AnyOf, Clock, Stream

FAMILIES = ("microstructure", "order_flow", "exchange", "volatility")
QUICK = ("microstructure.mid_price", "order_flow.cumulative_volume_delta")
BARS = "1m"  # of which the features of bars are, in a view of trades
BLOCK, CHUNK = 256, 500  # events: a block's ticks, and those pushed one by one between two readings
WARM, COPIES = 2_000, 10
FITTED = 60_000  # events in which every model was fitted
TARGET, TARGET_EVENTS, TARGET_BYTES = 12.0, 400_000, 2_000_000
Result = dict[str, Any]


def microstructure(*, quick: bool = False) -> list[Result]:
    """The cases of the suite."""
    features = [f for f in FEATURES if f.family in FAMILIES and (not quick or f.name in QUICK)]
    markets = [simulated(20, warm=0)] if quick else [*recorded(), simulated()]
    return [
        *(of_market(market, features, 2 if quick else 40) for market in markets),
        *(with_refits(market, features) for market in markets),
        *building(quick=quick),
        *(alone(feature, 2 if quick else COPIES, 1 if quick else 8) for feature in features),
    ]


def of_market(market: Market, features: list[Feature], chunks: int) -> Result:
    """One view of all that a market's streams have."""
    columns, absent = fitting(market, features)
    plan = build(columns, market.on, market.streams)
    day = through(plan, market, CHUNK * chunks)
    count = sum(day.events.values())
    spent = median(day.pieces)
    touched = sum(touches(plan, counter(day.engine.ticks, day.events)).values()) / count
    live, layout = one_by_one(plan, day, chunks)
    kinds = by_kind(layout)
    return {
        "case": f"all_{market.name}",
        "features": len(columns),
        "operators": len(plan.operators),
        "events": {stream.name: number for stream, number in day.events.items()},
        "rows": day.engine.ticks(plan.on),
        "touched_per_event": figures(touched),
        "us_live_per_event": figures(live / 1e3),
        "ns_live_per_feature_touched": figures(live / touched),
        "ns_live_per_feature": figures(live / len(columns)),
        "target_ns_live_per_feature_touched": TARGET,
        "us_block_per_event": figures(spent * 1e6),
        "ns_block_per_feature_touched": figures(spent * 1e9 / touched),
        "events_per_s": figures(1.0 / spent),
        "events_per_s_from_nothing": figures(count / day.seconds),
        "target_events_per_s": TARGET_EVENTS,
        "bytes": sum(kinds.values()),
        "bytes_besides_time_windows": besides(kinds),
        "target_bytes_besides_time_windows": TARGET_BYTES,
        "bytes_by_kind": kinds,
        "absent": absent,
    }


def with_refits(market: Market, features: list[Feature]) -> Result:
    """The same view with the features whose models are refitted on the way, over the whole market in blocks."""
    columns, _ = fitting(market, features, refits=True)
    plan = build(columns, market.on, market.streams)
    through(plan, market, 0, stop=FITTED)  # what fits is compiled
    day = through(plan, market, 0)
    return {
        "case": f"all_{market.name}_with_refits",
        "features": len(columns),
        "seconds": figures(day.seconds),
        "events_per_s_from_nothing": figures(sum(day.events.values()) / day.seconds),
    }


def fitting(
    market: Market, features: list[Feature], *, refits: bool = False
) -> tuple[dict[str, Expr], dict[str, str]]:
    """The columns that a market's streams have, and of the other features why they are none."""
    columns, absent = {}, {}
    for feature in features:
        expr = timed(feature)
        why = unmeasured(expr, market.on, market.streams, refits=refits)
        if why:
            absent[feature.name] = why
        else:
            columns[feature.name] = expr
    return columns, absent


def timed(feature: Feature) -> Expr:
    """A feature's expression; of bars those of a minute."""
    expr = feature.expr()
    of_bars = any(stream.type is Bar for stream in streams_of(expr))
    return feature.expr(tf=BARS) if of_bars else expr


def streams_of(expr: Expr) -> tuple[Stream, ...]:
    """The streams that an expression reads."""
    return tuple(dict.fromkeys(node.stream for node in walk([expr]) if isinstance(node, Column)))


def unmeasured(expr: Expr, on: Clock, streams: tuple[Stream, ...], *, refits: bool = False) -> str:
    """Why a feature is not measured over some streams; nothing where it is."""
    if not refits and any(isinstance(node, Fitted) for node in walk([expr])):
        return "a refit costs what its model costs"
    try:
        build({"value": expr}, on, streams)
    except DefinitionError as error:
        return str(error)
    return ""


@dataclass(slots=True)
class Day:
    """A market in blocks: what it took, and its state after the first events with those that came next."""

    engine: Engine
    events: dict[Stream, int]
    seconds: float = 0.0
    pieces: list[float] = field(default_factory=list)  # seconds of an event, once windows are full
    state: bytes = b""
    next: list[Event] = field(default_factory=list)


def through(plan: Plan, market: Market, most: int, stop: float = np.inf) -> Day:
    """All events of a market in blocks, or so many; ``most`` events are kept for a run of one at a time."""
    day = Day(Engine(plan, capacity=BLOCK), dict.fromkeys(plan.streams, 0))
    for piece in market.pieces(plan.streams):
        if sum(day.events.values()) >= market.warm and len(day.next) < most:
            day.state = day.state or day.engine.snapshot()
            places, rows = piece.streams.tolist(), piece.rows.tolist()
            day.next += [Event(piece.blocks[s], r) for s, r in zip(places, rows, strict=True)]
        work = partial(day.engine.push_merged, piece.blocks, piece.streams, piece.rows)
        spent = seconds(work)
        day.seconds += spent
        if day.state and len(piece.rows) >= CHUNK:
            day.pieces.append(spent / len(piece.rows))
        for place, stream in enumerate(plan.streams):
            day.events[stream] += int((piece.streams == place).sum())
        if sum(day.events.values()) >= stop:
            break
    return day


def one_by_one(plan: Plan, day: Day, chunks: int) -> tuple[float, Layout]:
    """Nanoseconds of an event that is pushed from Python, its row read, and how the key's memory is laid out then."""
    engine = Engine(plan)
    engine.restore(day.state)
    parts = [day.next[at : at + CHUNK] for at in range(0, CHUNK * chunks, CHUNK)]
    spent = [seconds(push_all(engine, part)) / len(part) for part in parts if part]
    return median(spent[1:]) * 1e9, engine.registry.arenas[0].program.layout


def besides(kinds: dict[str, int]) -> int:
    """Bytes of a key that are not the windows of time."""
    return sum(kinds.values()) - kinds.get("time windows", 0)


def alone(feature: Feature, copies: int, repeats: int) -> Result:
    """One feature: what one more instance costs at an event of its own streams."""
    expr = feature.expr()
    streams = streams_of(expr) or (Stream(Book),)
    found: Result = {"case": feature.name}
    on = streams[0] if len(streams) == 1 else AnyOf(streams)
    why = unmeasured(expr, bar_or(on, streams), streams)
    if why:
        return found | {"absent": why}
    on, data = bar_or(on, streams), own(streams)
    many, one = (build(instances.columns((expr,), count), on, streams) for count in (copies + 1, 1))
    costs = [cost(plan, data, repeats) for plan in (many, one)]
    ns_live, ns_block, held = ((a - b) / copies for a, b in zip(*costs, strict=True))
    return found | {
        "ns_live": figures(ns_live),
        "ns_block": figures(ns_block),
        "bytes": round(held),
    }


def bar_or(on: Clock, streams: tuple[Stream, ...]) -> Clock:
    """The bars among the streams, if there are some."""
    return next((stream for stream in streams if stream.type is Bar), on)


def cost(plan: Plan, data: dict[Stream, Block], repeats: int) -> tuple[float, float, int]:
    """Nanoseconds of an event one by one and in blocks, and bytes of the key, once the first events are in."""
    blocks = {place: data[stream] for place, stream in enumerate(plan.streams)}
    places = np.repeat(np.array(list(blocks), np.int64), [len(b) for b in blocks.values()])
    rows = np.concatenate([np.arange(len(block)) for block in blocks.values()])
    order = np.argsort(np.concatenate([b.columns["time"] for b in blocks.values()]), kind="stable")
    places, rows = places[order], rows[order]
    live, block = Engine(plan), Engine(plan, capacity=BLOCK)
    for engine in (live, block):
        engine.push_merged(blocks, places[:WARM], rows[:WARM])
    chunks = [slice(at, at + CHUNK) for at in range(WARM, WARM + CHUNK * (repeats + 1), CHUNK)]
    pushed, merged = [], []
    for part in chunks:
        which = zip(places[part].tolist(), rows[part].tolist(), strict=True)
        events = [(Event(blocks[place], row), plan.streams[place]) for place, row in which]
        pushed.append(seconds(partial(push_each, live, events)) / len(events))
        merged.append(
            seconds(partial(block.push_merged, blocks, places[part], rows[part])) / len(events)
        )
    return median(pushed[1:]) * 1e9, median(merged[1:]) * 1e9, live.bytes_of()


def push_each(engine: Engine, events: list[tuple[Event, Stream]]) -> None:
    """Push events, each of its stream."""
    for event, stream in events:
        engine.push(event, stream)


def building(*, quick: bool) -> list[Result]:
    """Books from orders' messages and from changes of depth, beside a peer's decoder and a book in Python."""
    with tempfile.TemporaryDirectory() as place:
        folder, messages, found = Path(place), recorded_messages(), []
        for name in ("mbo.dbn", "mbo.dbn.zst"):
            write_dbn(folder / name, repeated(messages, 2_000 if quick else 1_000_000))
            case = to_book(folder / name, Path(messages.name).name, 1 if quick else 15)
            peers = child("peers.databento_read", str(folder / name))
            found.append(case | {"peers": peers})
        found += captures(folder, 100 if quick else 5_000, 1 if quick else 5)
    return found + ([] if quick else recordings(5))
