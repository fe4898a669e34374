"""Hot reload of one more column, with the state of many keys; part of the suite ``startup``."""

import time
from typing import Any

from penstock.bench import feed
from penstock.bench.mix import BOOKS, ON, TRADES, mix
from penstock.bench.pushing import push_all
from penstock.bench.timing import figures, median
from penstock.engine import Engine
from penstock.expr import Column
from penstock.ops.asof import AsOf
from penstock.ops.ema import Ema
from penstock.plan import build

Result = dict[str, Any]


def reload_one(counts: tuple[int, ...], rounds: int, repeats: int) -> Result:
    """The mix of the engine suite, its windows full: its plan with one more column made, and taken up."""
    return {
        "case": "reload_one",
        "columns": sum(len(group) for group in mix().values()),
        "keys": [of_keys(count, rounds, repeats) for count in counts],
        "target_ms": 200.0,
    }


def of_keys(count: int, rounds: int, repeats: int) -> Result:
    """Milliseconds for one number of keys; every repeat adds another column, and takes the last one out."""
    columns = {name: x for group in mix().values() for name, x in group.items()}
    price = AsOf(Column(TRADES, "price"), on=ON)
    blocks = list(feed.many_symbols(count, rounds + repeats))
    engine, planned, whole = Engine(build(columns, ON, (TRADES, BOOKS))), [], []
    for block in blocks[:rounds]:
        push_all(engine, list(block))()
    for i, block in enumerate(blocks[rounds:]):
        more = {**columns, "one_more": Ema(price, span=7.0 + i)}
        begun = time.perf_counter()
        plan = build(more, ON, (TRADES, BOOKS))
        planned.append(time.perf_counter() - begun)
        engine.reload(plan)
        whole.append(time.perf_counter() - begun)
        push_all(engine, list(block))()  # what was taken up has run
    return {
        "keys": count,
        "ms": figures(median(whole) * 1e3),
        "of_which_plan_ms": figures(median(planned) * 1e3),
    }
