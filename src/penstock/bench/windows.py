"""The windows of the suite ``operators``: what a window of time costs over a day of 600,000 trades.

A nanosecond is one of one event and one window: a view of several windows less a view of one, divided
by the windows that there are more and by the events. In blocks it is over the whole day; live over the
last events of the day, pushed from Python into an engine that has taken over the state. Bytes are
those of a symbol with one window at the end of the day, in the live layout. ``trade`` is a window at
each event, ``pane`` one at each event whose beginning moves in steps, ``every`` one at a timed tick.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from penstock.bench import instances
from penstock.bench.child import child
from penstock.bench.pushing import push_all
from penstock.bench.timing import figures, median, seconds
from penstock.engine import Engine
from penstock.events import Block, Event, Trade
from penstock.expr import Column, Expr, Operator
from penstock.ops.pane.pane_moments import PaneMoments
from penstock.ops.pane.pane_ohlc import PaneOhlc
from penstock.ops.pane.pane_sum import PaneSum
from penstock.ops.pane.pane_time_mean import PaneTimeMean
from penstock.ops.pane.pane_vwap import PaneVwap
from penstock.ops.window.window_count import WindowCount
from penstock.ops.window.window_distinct import WindowDistinct
from penstock.ops.window.window_max import WindowMax
from penstock.ops.window.window_mean import WindowMean
from penstock.ops.window.window_median import WindowMedian
from penstock.ops.window.window_min import WindowMin
from penstock.ops.window.window_moments import WindowMoments
from penstock.ops.window.window_share import WindowShare
from penstock.ops.window.window_sum import WindowSum
from penstock.ops.window.window_time_mean import WindowTimeMean
from penstock.ops.window.window_vwap import WindowVwap
from penstock.plan import Plan, build
from penstock.plan.panes import paned
from penstock.streams import Clock, Every, Stream

TRADES = Stream(Trade)
PRICE, SIZE = Column(TRADES, "price"), Column(TRADES, "size")
SIDE = Column(TRADES, "side")
START, DAY = 1_700_006_400_000_000_000, 86_400_000_000_000  # midnight
EVENTS, QUICK_EVENTS = 600_000, 20_000
COPIES, QUICK_COPIES = 8, 2
PIECE, LIVE, CHUNK = 16_384, 10_000, 500
TARGET = 15.0
PEERS = ("polars", "pandas")
Result = dict[str, Any]

# widths, the hop of the window at timed ticks and the step of one on panes, where it is long
WIDTHS = (("1s", "1s", ""), ("1m", "1s", ""), ("1h", "1m", "1m"), ("1d", "1m", "1m"))
Make = Callable[..., Operator]
STATISTICS: dict[str, tuple[Make, Make | None]] = {
    "sum": (partial(WindowSum, SIZE), partial(PaneSum, SIZE)),
    "count": (partial(WindowCount, SIZE), partial(PaneSum, SIZE)),
    "mean": (partial(WindowMean, PRICE), partial(PaneSum, PRICE)),
    "vwap": (partial(WindowVwap, PRICE, SIZE), partial(PaneVwap, PRICE, SIZE)),
    "std": (partial(WindowMoments, PRICE), partial(PaneMoments, PRICE)),
    "min": (partial(WindowMin, PRICE), partial(PaneOhlc, PRICE)),
    "max": (partial(WindowMax, PRICE), partial(PaneOhlc, PRICE)),
    "time_mean": (partial(WindowTimeMean, PRICE), partial(PaneTimeMean, PRICE)),
    "share": (partial(WindowShare, SIDE), None),
    "distinct": (partial(WindowDistinct, PRICE), None),
    "median": (partial(WindowMedian, PRICE), None),
}
OUTPUT = {"min": "low", "max": "high"}  # of the operator on panes; else the statistic's


def windows(*, quick: bool) -> list[Result]:
    """A case for each statistic, width and way to tick."""
    block = day(QUICK_EVENTS if quick else EVENTS)
    peers = {} if quick else {name: child(f"peers.{name}_windows") for name in PEERS}
    found = []
    for name in list(STATISTICS)[: 1 if quick else None]:
        for width, hop, step in WIDTHS:
            for way, on, expr in ways(name, width, hop, step):
                case = cost(expr, on, block, QUICK_COPIES if quick else COPIES)
                said = {"case": f"window_{name}", "kind": "window", "width": width, "on": way}
                told = {n: figure(of, f"{name}_{width}") for n, of in peers.items()}
                found.append(said | case | ({"peers": told} if way == "trade" else {}))
    return found


def figure(told: Result, case: str) -> Result:
    """What a peer's process told about a case."""
    if "absent" in told:
        return told
    return told.get(case, {"absent": "it has no such window"})


def ways(name: str, width: str, hop: str, step: str) -> Iterator[tuple[str, Clock, Expr]]:
    """The window at each event on its ticks and on panes, and at timed ticks."""
    plain, on_panes = STATISTICS[name]
    output = "std" if name == "std" else ""
    for way, on in (("trade", TRADES), (f"every:{hop}", Every(hop))):
        made = paned(plain(width=width, on=on))
        yield way, on, made[output] if output and isinstance(made, Operator) else made
    if on_panes is not None and step:
        node = on_panes(width=width, step=step, on=TRADES)
        yield (
            f"pane:{step}",
            TRADES,
            node[OUTPUT.get(name, name)] if len(node.outputs) > 1 else node,
        )


def day(count: int, seed: int = 8) -> Block:
    """A day of trades, most of them in two short parts of it, many at equal times."""
    rng = np.random.default_rng(seed)
    open_, close = rng.normal(0.4, 0.01, count // 4), rng.normal(0.66, 0.01, count // 4)
    rest = rng.random(count - 2 * (count // 4))
    at = np.sort(np.concatenate([open_, close, rest]).clip(0.0, 0.999999))
    time = START + (at * DAY).astype(np.int64) // 1_000_000 * 1_000_000
    return Block.of(
        Trade,
        time=time,
        key=np.zeros(count, np.int64),
        price=5_000.0 + 0.25 * np.cumsum(rng.integers(-2, 3, count)),
        size=rng.integers(1, 50, count).astype(float),
        side=rng.choice([-1, 1], count),
    )


def cost(expr: Expr, on: Clock, block: Block, copies: int) -> Result:
    """Nanoseconds of one event and one window more, and bytes of a symbol with one window."""
    plans = [build(instances.columns((expr,), n), on, (TRADES,)) for n in (1 + copies, 1)]
    split = len(block) - LIVE
    spent, warm = [], []
    for plan in plans:
        ns, engine = in_blocks(plan, block, split)
        spent.append(ns)
        warm.append(engine.snapshot())
    events = list(block.take(slice(split, None)))
    ns_live, engine = live([(Engine(p), s) for p, s in zip(plans, warm, strict=True)], events)
    return {
        "ns_block": figures((spent[0] - spent[1]) / copies),
        "ns_live": figures(ns_live / copies),
        "target_ns": TARGET,
        "bytes_per_symbol": engine.bytes_of(),
    }


def in_blocks(plan: Plan, block: Block, stop: int) -> tuple[float, Engine]:
    """Nanoseconds of an event, the rows handed out: the best of three runs, the first one meets new memory."""
    starts = range(0, stop, PIECE)
    pieces = [block.take(slice(start, min(start + PIECE, stop))) for start in starts]
    engines = [Engine(plan, capacity=1_024) for _ in range(3)]
    spent = [seconds(lambda e=engine: [e.push_block(p) for p in pieces]) for engine in engines]
    return min(spent) / stop * 1e9, engines[-1]


def live(pair: list[tuple[Engine, bytes]], events: list[Event]) -> tuple[float, Engine]:
    """Nanoseconds more of an event pushed from Python that the first engine takes, chunk by chunk; the second one."""
    (many, state), (one, its_state) = pair
    many.restore(state)
    one.restore(its_state)
    more = []
    for at in range(0, len(events), CHUNK):
        part = events[at : at + CHUNK]
        more.append(seconds(push_all(many, part)) - seconds(push_all(one, part)))
    return median(more) / CHUNK * 1e9, one
