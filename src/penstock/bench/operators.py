"""The suite ``operators``: what each operator and each well-known indicator costs, live and in blocks.

``ns_live`` is a view of 100 instances pushed event by event from Python, the row read, divided by
100: the call, the event's columns and the row's cells are in it. ``ns_live_marginal`` is what an
instance adds, (100 instances - one instance) / 99. ``ns_block`` is the same view in blocks of 1,024
events, the rows handed out, divided by 100. The instances read the same columns.
"""

from typing import Any

from penstock.bench import instances
from penstock.bench.child import child
from penstock.bench.indicators import INDICATORS, Indicator
from penstock.bench.own import own_operator
from penstock.bench.series import bars
from penstock.bench.timing import figures
from penstock.bench.views import BLOCK, WARM, blocks, live
from penstock.bench.windows import windows
from penstock.events import Bar, Block
from penstock.expr import Column, Expr, walk
from penstock.ops import OPERATORS
from penstock.ops.fitted import Fitted
from penstock.plan import build
from penstock.streams import Stream

COPIES = 100
PEERS = ("csp", "talib", "screamer", "talipp", "polars", "pandas")
# what a refit costs is what its model costs
MEASURED = tuple(cls for cls in OPERATORS if cls is not Fitted)
QUICK = frozenset({"Ema", "WindowSum", "SMA20"})  # what a quick run measures
Result = dict[str, Any]


def operators(*, quick: bool) -> list[Result]:
    """The cases of the suite: every operator, then every indicator with its peers."""
    effort = {"copies": 3, "repeats": 2} if quick else {"copies": COPIES, "repeats": 10}
    classes = [cls for cls in MEASURED if not quick or cls.__name__ in QUICK]
    peers = {} if quick else {name: child(f"peers.{name}_operators") for name in PEERS}
    found = [operator_case(instances.example(cls), **effort) for cls in classes]
    for name, indicator in INDICATORS.items():
        if not quick or name in QUICK:
            case = indicator_case(name, indicator, **effort)
            found.append(case | {"peers": {n: figure(told, name) for n, told in peers.items()}})
    return [*found, own_operator(quick=quick), *windows(quick=quick)]


def figure(told: Result, case: str) -> Result:
    """What a peer's process told about a case."""
    if "absent" in told:
        return told
    return told.get(case, {"absent": "it has no such statistic"})


def operator_case(node: Any, copies: int, repeats: int) -> Result:
    """One operator, all its outputs."""
    name, several = type(node).__name__, len(node.outputs) > 1
    outputs = tuple(node[output] for output in node.outputs) if several else (node,)
    streams = {x.stream: None for x in walk(outputs) if isinstance(x, Column)}
    on = node.clock if isinstance(node.clock, Stream) else next(iter(streams), Stream(Bar))
    streams[on] = None
    size = (WARM + repeats * BLOCK) * 2
    data = {stream: instances.rows(stream, size, name) for stream in streams}
    return {
        "case": name,
        "kind": instances.kind(type(node)),
        "outputs": len(outputs),
        **costs(outputs, on, data, copies, repeats),
    }


def indicator_case(name: str, indicator: Indicator, copies: int, repeats: int) -> Result:
    """One indicator, beside its targets."""
    outputs, stream = indicator.columns(), Stream(Bar)
    data = {stream: Block.of(Bar, **bars((WARM + repeats * BLOCK) * 2))}
    found = {
        "case": name,
        "kind": "indicator",
        "outputs": len(outputs),
        **costs(outputs, stream, data, copies, repeats),
        "target_ns_live": indicator.live,
    }
    if indicator.block is not None:
        found["target_ns_block"] = indicator.block * len(outputs)
    return found


def costs(
    outputs: tuple[Expr, ...],
    on: Stream,
    data: dict[Stream, Block],
    copies: int,
    repeats: int,
) -> dict[str, float]:
    """Nanoseconds of an instance, live and in blocks."""
    plan, alone = (
        build(instances.columns(outputs, count), on, tuple(data)) for count in (copies, 1)
    )
    many, one = (live(made, on, data, repeats) for made in (plan, alone))
    return {
        "ns_live": figures(many / copies),
        "ns_live_marginal": figures((many - one) / max(copies - 1, 1)),
        "ns_block": figures(blocks(plan, on, data, repeats) / copies),
    }
