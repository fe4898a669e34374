"""The suite ``catalogue``: what each feature costs, alone and with all others in one view.

Features are measured where they live: those of bars on bars, those of trades on trades, those of quotes and books on
books. ``all_…`` is one view of all of them with their defaults, what they share computed once. A feature's own figures
are what one more instance of it costs a view: nothing is shared there.
"""

import tempfile
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from penstock.bench import instances
from penstock.bench.child import child
from penstock.bench.feed import one_symbol
from penstock.bench.series import START, bars
from penstock.bench.startup import first_row
from penstock.bench.timing import figures, median
from penstock.bench.views import BLOCK, WARM, blocks, live, seed
from penstock.catalog import FEATURES
from penstock.core.errors import DefinitionError
from penstock.declare import Feature, facts
from penstock.engine import Engine
from penstock.events import Bar, Block, Book, Quote, Trade
from penstock.expr import Column, walk
from penstock.ops.fitted import Fitted
from penstock.plan import Plan, build
from penstock.streams import Stream

MINUTE = 60_000_000_000
WHOLE_MINUTE = START // MINUTE * MINUTE
COPIES = 10
TARGET_MEAN, TARGET_CHEAP, TARGET = 10.0, 40.0, 100.0  # ns of a feature and event
CHEAP = "O(1) exact"
QUICK = ("price.simple_return", "volume.vwap", "microstructure.mid_price")
Result = dict[str, Any]
Data = dict[Stream, Block]


def catalogue(*, quick: bool) -> list[Result]:
    """The cases of the suite."""
    features = [f for f in FEATURES if not quick or f.name in QUICK]
    repeats, copies = (2, 2) if quick else (10, COPIES)
    found, alone = [], []
    for on, mine in homes(features).items():
        data = events(on, (WARM + (repeats + 2) * BLOCK) * 2)
        found.append(together(on, mine, data, repeats))
        alone += [feature_case(feature, on, data, copies, repeats) for feature in mine]
    return [
        *found,
        summary(found, alone),
        *talib(quick=quick),
        *starts(features, quick=quick),
        *alone,
    ]


def homes(features: list[Feature]) -> dict[Stream, list[Feature]]:
    """The features by the stream at whose events they are measured."""
    found: dict[Stream, list[Feature]] = {}
    for feature in features:
        names = facts.streams(feature.expr())
        on = next((type_ for type_ in (Bar, Trade, Quote, Book) if type_.name in names), Trade)
        found.setdefault(Stream(Book if on is Quote else on), []).append(feature)
    return found


def events(on: Stream, count: int) -> Data:
    """Minute bars, or trades and books by turns."""
    if on == Stream(Bar):
        made = bars(count)
        return {on: Block.of(Bar, **made | {"time": WHOLE_MINUTE + MINUTE * np.arange(count)})}
    books, trades = one_symbol(2 * count)
    return {Stream(Trade): trades, Stream(Book): books}


def together(on: Stream, features: list[Feature], data: Data, repeats: int) -> Result:
    """One view of all of them, but for those that cannot be measured so."""
    columns = {f.name: f.expr() for f in features if not unmeasured(f, on, tuple(data))}
    plan = build(columns, on, tuple(data))
    return {
        "case": f"all_{on.name}",
        "features": len(columns),
        "operators": len(plan.operators),
        "ns_live_per_feature": figures(live(plan, on, data, repeats) / len(columns)),
        "ns_block_per_feature": figures(blocks(plan, on, data, repeats) / len(columns)),
        "target_ns_per_feature": TARGET_MEAN,
        "bytes": size(plan, on, data),
    }


def unmeasured(feature: Feature, on: Stream, streams: tuple[Stream, ...]) -> str:
    """Why a feature is not measured at a stream's events; nothing where it is."""
    expr = feature.expr()
    if any(isinstance(node, Fitted) for node in walk([expr])):
        return "a refit costs what its model costs"
    try:
        build({feature.name: expr}, on, streams)
    except DefinitionError as error:
        return str(error)
    return ""


def feature_case(feature: Feature, on: Stream, data: Data, copies: int, repeats: int) -> Result:
    """One feature: what one more instance costs."""
    expr = feature.expr()
    found = {"case": feature.name, "incremental": facts.incremental(expr)}
    why = unmeasured(feature, on, tuple(data))
    if why:
        return found | {"absent": why}
    many, one = (
        build(instances.columns((expr,), count), on, tuple(data)) for count in (copies + 1, 1)
    )
    costs = {
        f"ns_{way}": (measure(many, on, data, repeats) - measure(one, on, data, repeats)) / copies
        for way, measure in (("live", live), ("block", blocks))
    }
    more = (size(many, on, data) - size(one, on, data)) // copies
    return found | {name: figures(ns) for name, ns in costs.items()} | {"bytes": more}


def size(plan: Plan, on: Stream, data: Data) -> int:
    """Bytes of a symbol once its windows are full."""
    engine = Engine(plan)
    seed(engine, on, data)
    engine.push_block(data[on].take(slice(0, WARM)))
    return engine.bytes_of()


def summary(views: list[Result], alone: list[Result]) -> Result:
    """The mean over all views, and every feature above a bound, with its class."""
    count = sum(view["features"] for view in views)
    means = {
        f"mean_{way}": figures(sum(view[way] * view["features"] for view in views) / count)
        for way in ("ns_live_per_feature", "ns_block_per_feature")
    }
    timed = [case for case in alone if "ns_live" in case]
    above = {case["case"]: case for case in timed if case["ns_live"] > TARGET}
    dear = [c["case"] for c in timed if c["incremental"] == CHEAP and c["ns_live"] > TARGET_CHEAP]
    return {
        "case": "summary",
        "features": count,
        **means,
        "target_ns_per_feature": TARGET_MEAN,
        "median_ns_live": figures(median([case["ns_live"] for case in timed])),
        "constant_cost_above_40_ns": dear,
        "above_100_ns": {name: case["incremental"] for name, case in above.items()},
    }


def talib(*, quick: bool) -> Iterator[Result]:
    """The functions that TA-Lib has too: all in one view against the sum of its calls, and each alone."""
    told: Result = (
        {"absent": "a quick run asks no peers"} if quick else child("peers.talib_catalogue")
    )
    if "absent" in told:
        yield {"case": "talib_batch", **told}
        return
    data, on, ours = {Stream(Bar): Block.of(Bar, **bars(WARM + 12 * BLOCK))}, Stream(Bar), {}
    nothing = blocks(build({"close": Column(on, "close")}, on, (on,)), on, data, 10)
    columns = {f.name: f.expr() for f in FEATURES if f.name in told}
    for name, expr in columns.items():
        ours[name] = blocks(build({name: expr}, on, (on,)), on, data, 10) - nothing
    one_view = blocks(build(columns, on, (on,)), on, data, 10)
    theirs = sum({case["function"]: case["ns"] for case in told.values()}.values())
    yield {
        "case": "talib_batch",
        "features": len(told),
        "functions": len({case["function"] for case in told.values()}),
        "ns_per_row": figures(one_view),
        "ns_per_row_of_talib": figures(theirs),
        "ratio": figures(one_view / theirs),
        "target_ratio": 1.3,
        "ratios_alone": {name: figures(ours[name] / told[name]["ns"]) for name in told},
    }


def starts(features: list[Feature], *, quick: bool) -> Iterator[Result]:
    """Everything compiled from nothing, and a start of one view of all features of bars from a full cache."""
    yield {"case": "cold_compile", **child("compile_catalogue", *(["quick"] if quick else []))}
    on = Stream(Bar)
    names = tuple(f.name for f in homes(features)[on] if not unmeasured(f, on, (on,)))
    with tempfile.TemporaryDirectory() as home:
        start = partial(first_row, home, "bar", names)
        start()
        spent = [start()["seconds"] for _ in range(1 if quick else 5)]
    yield {
        "case": "warm_start",
        "features": len(names),
        "seconds": figures(median(spent)),
        "target_seconds": 3.0,
    }
