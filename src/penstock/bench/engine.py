"""The suite ``engine``: 500 columns event by event and in blocks, many keys, threads, allocations."""

import time
from functools import partial
from typing import Any

import numpy as np

from penstock.bench import feed
from penstock.bench.child import child
from penstock.bench.clocks import clocks
from penstock.bench.files_in_threads import files_2
from penstock.bench.late import late_events
from penstock.bench.mix import BOOKS, ON, TRADES, hundred, mix
from penstock.bench.profiling import profile_overhead
from penstock.bench.pushing import WARM, push_all, warmed
from penstock.bench.timing import figures, median, seconds, wall_seconds
from penstock.engine import Engine
from penstock.events import Block, Event
from penstock.plan import Plan, build

Result = dict[str, Any]


def engine(*, quick: bool) -> list[Result]:
    """The cases of the suite."""
    groups = mix()
    plan = build(
        {name: x for group in groups.values() for name, x in group.items()}, ON, (TRADES, BOOKS)
    )
    sizes = {name: len(group) for name, group in groups.items()}
    one = push_500(plan, sizes, repeats=3 if quick else 15)
    return [
        one,
        block_1024(plan, repeats=2 if quick else 20),
        keys_1000(
            plan, one["ns_per_event"], keys=20 if quick else 1_000, warm=20 if quick else 520
        ),
        push_latency(plan, events=500 if quick else 20_000),
        threads_2(plan, repeats=2 if quick else 7),
        files_2(3, 20, 1) if quick else files_2(100, 300, 5),
        {"case": "allocations_per_event", **child("allocations")},
        profile_overhead(plan, repeats=1 if quick else 15),
        nodes_100(repeats=3 if quick else 15),
        clocks(
            repeats=1 if quick else 9, size=512 if quick else 8_192, keys=20 if quick else 1_000
        ),
        late_events(repeats=3 if quick else 15),
    ]


def push_500(plan: Plan, sizes: dict[str, int], repeats: int, chunk: int = 1_000) -> Result:
    """One symbol, event by event from Python; the row is read each time."""
    columns = len(plan.outputs)
    engine, events = warmed(plan, 2 * repeats * chunk)
    half, made = repeats * chunk, []
    pushed = [
        seconds(push_all(engine, events[start : start + chunk])) / chunk
        for start in range(0, half, chunk)
    ]
    for start in range(half, 2 * half, chunk):
        part = [(event.block, event.row) for event in events[start : start + chunk]]
        made.append(seconds(partial(push_rows, engine, part)) / chunk)
    ns = median(pushed) * 1e9
    return {
        "case": "push_500",
        "columns": columns,
        "operators": len(plan.operators),
        "mix": sizes,
        "ns_per_event": figures(ns),
        "ns_per_feature": figures(ns / columns),
        "ns_per_event_with_event_objects": figures(median(made) * 1e9),
        "ns_event_of": figures(event_of()),
        "target_ns_per_feature": 10.0,
        "goal_ns_per_feature": 5.0,
    }


def push_rows(engine: Engine, rows: list[tuple[Block, int]]) -> None:
    """Push events that are made of a block's rows as they are pushed."""
    push = engine.push
    for block, row in rows:
        push(Event(block, row))


def event_of(count: int = 500) -> float:
    """Nanoseconds that one event takes to make of loose values."""
    type_ = TRADES.type

    def work() -> None:
        for i in range(count):
            Event.of(type_, time=i, price=1.0, size=1.0, side=1)

    return median([seconds(work) / count for _ in range(5)]) * 1e9


def block_1024(plan: Plan, repeats: int, size: int = 1_024) -> Result:
    """The same view in blocks of 1,024 events; the rows of each are taken."""
    engine, columns = Engine(plan, capacity=size), len(plan.outputs)
    books, trades = feed.one_symbol((repeats + 2) * size)
    slots = np.array([plan.streams.index(BOOKS), plan.streams.index(TRADES)])
    blocks = {int(slots[0]): books, int(slots[1]): trades}
    spent = []
    for start in range(0, (repeats + 2) * size, size):
        order = np.arange(start, start + size)
        streams, rows = slots[order % 2], order // 2
        spent.append(seconds(partial(engine.push_merged, blocks, streams, rows)) / size)
    ns = median(spent[2:]) * 1e9
    return {
        "case": "block_1024",
        "columns": columns,
        "ns_per_event": figures(ns),
        "ns_per_feature": figures(ns / columns),
        "target_ns_per_feature": 5.0,
    }


def keys_1000(plan: Plan, alone: float, keys: int, warm: int, rounds: int = 20) -> Result:
    """Many symbols that take turns, each with an arena of its own in the live layout."""
    engine, spent = Engine(plan), []
    for turn, block in enumerate(feed.many_symbols(keys, warm + rounds)):
        work = push_all(engine, list(block))
        if turn < warm:
            work()
        else:
            spent.append(seconds(work) / keys)
    ns = median(spent) * 1e9
    return {
        "case": "keys_1000",
        "keys": keys,
        "ns_per_event": figures(ns),
        "ns_per_event_of_one_key": alone,
        "ratio": figures(ns / alone),
        "target_ratio": 2.0,
        "bytes_per_key": int(len(engine.snapshot()) / keys),
    }


def push_latency(plan: Plan, events: int) -> Result:
    """How long one push takes on the wall, the row read."""
    engine, coming = warmed(plan, events)
    push, clock, spent = engine.push, time.perf_counter_ns, []
    for event in coming:
        start = clock()
        row = push(event)
        if row is not None:
            row[0]
        spent.append(clock() - start)
    p50, p99 = np.percentile(spent, [50, 99]) / 1e3
    return {"case": "push_latency_us", "p50_us": figures(p50), "p99_us": figures(p99)}


def threads_2(plan: Plan, repeats: int, keys: int = 8, size: int = 1_024) -> Result:
    """Blocks of several keys in one thread and then in two; the least disturbed run of each."""
    book, trade = plan.streams.index(BOOKS), plan.streams.index(TRADES)
    rounds = list(feed.many_symbols(keys, size))
    order = np.arange(size * keys)
    streams = np.where(order // keys % 2 == 0, book, trade)
    rows = order // (2 * keys) * keys + order % keys
    least = {}
    for threads in (1, 2):
        engine, spent = Engine(plan, capacity=size, threads=threads), []
        for turn in range(2 + repeats):
            blocks = {book: joined(rounds[0::2], turn), trade: joined(rounds[1::2], turn)}
            spent.append(wall_seconds(partial(engine.push_merged, blocks, streams, rows)))
        least[threads] = min(spent[2:])
    return {
        "case": "threads_2",
        "keys": keys,
        "ms_one_thread": figures(least[1] * 1e3),
        "ms_two_threads": figures(least[2] * 1e3),
        "speed_up": figures(least[1] / least[2]),
        "target_speed_up": 1.7,
    }


def joined(blocks: list[Block], turn: int) -> Block:
    """Blocks one after the other, later in time each turn."""
    columns = {
        name: np.concatenate([block.columns[name] for block in blocks])
        for name in blocks[0].columns
    }
    columns["time"] = columns["time"] + turn * 10**12
    return Block(blocks[0].type, columns)


def nodes_100(repeats: int, chunk: int = 1_000) -> Result:
    """100 statistics of one stream, beside the engines of csp and screamer."""
    plan = build(hundred(), TRADES, (TRADES,))
    engine = Engine(plan)
    events = list(feed.one_symbol(2 * (WARM + repeats * chunk))[1])
    push_all(engine, events[:WARM])()
    spent = [
        seconds(push_all(engine, events[start : start + chunk])) / chunk
        for start in range(WARM, len(events), chunk)
    ]
    return {
        "case": "nodes_100",
        "ns_per_feature": figures(median(spent) * 1e9 / len(plan.outputs)),
        "peers": {name: child(f"peers.{name}_nodes") for name in ("csp", "screamer")},
    }
