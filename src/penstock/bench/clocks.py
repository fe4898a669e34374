"""What a tick of each clock costs, and what a thousand sleeping keys cost when time is advanced."""

from functools import partial
from typing import Any

import numpy as np

from penstock.bench import feed
from penstock.bench.pushing import push_all
from penstock.bench.timing import figures, median, seconds
from penstock.declare import parse_clock
from penstock.engine import Engine
from penstock.events import Block, Trade
from penstock.expr import TRADE, Column
from penstock.ops import AsOf
from penstock.plan import build

# about as many ticks as there are trades, where a clock lets one choose
CLOCKS = (
    "trade", "every:100ms", "every:100ms;idle=1s(trade)", "bar:100ms", "tick:2", "gap:50ms", "session:24/7:open",
    "delay:1s(trade)", "delay:1s(tick:2)",
)  # fmt: skip


def clocks(*, repeats: int, size: int = 8_192, keys: int = 1_000) -> dict[str, Any]:
    """One column, the last price, sampled on each clock over trades 100 ms apart: in blocks and event by event."""
    found = {text: clock(text, repeats, size) for text in CLOCKS}
    return {"case": "clocks", "events": size, "clocks": found, "asleep": asleep(repeats, keys)}


def clock(text: str, repeats: int, size: int) -> dict[str, float]:
    """Ticks, and nanoseconds an event."""
    plan = build({"price": AsOf(Column(TRADE, "price"))}, parse_clock(text), (TRADE,))
    _, trades = feed.one_symbol(2 * size)
    blocks, lives, ticks = [], [], 0
    for _ in range(repeats):
        engine, live = Engine(plan, capacity=1_024), Engine(plan)
        made: list[Any] = []
        blocks.append(
            seconds(lambda engine=engine, made=made: made.append(engine.push_block(trades)))
        )
        lives.append(seconds(push_all(live, list(trades))))
        ticks = made[0].count
    block, one = median(blocks), median(lives)
    return {
        "ticks": ticks,
        "ns_per_event_in_blocks": figures(block / size * 1e9),
        "ns_per_event_live": figures(one / size * 1e9),
        "ticks_per_second_in_blocks": figures(ticks / block),
        "ticks_per_second_live": figures(ticks / one),
    }


def asleep(repeats: int, keys: int) -> dict[str, float]:
    """Advancing by a second when every key sleeps, and when every key ticks."""
    made = {}
    for name, text in (("sleeping", "every:1s;idle=5s(trade)"), ("ticking", "every:1s")):
        plan = build({"price": AsOf(Column(TRADE, "price"))}, parse_clock(text), (TRADE,))
        engine, spent = Engine(plan), []
        ones = np.ones(keys)
        engine.push_block(
            Block.of(
                Trade, time=np.zeros(keys), key=np.arange(keys), price=ones, size=ones, side=ones
            )
        )
        second = 1_000_000_000
        times = range(10 * second, (10 + 10 * repeats) * second, second)
        spent.extend(seconds(partial(engine.advance, time)) for time in times)
        made[f"ns_per_advance_{name}"] = figures(median(spent[1:]) * 1e9)
    return {"keys": keys, **made}
