"""Every feature: blocks, events one by one, and a run that was saved and restored give the same bits, on real data."""

from collections.abc import Sequence

import pytest
from tests.catalog import cases, test_features
from tests.catalog.market import DATA
from tests.engine import feeds

import penstock as ps
from penstock.engine import Engine
from penstock.events import Block
from penstock.jobs.wiring import by_rank
from penstock.plan import Plan, build
from penstock.streams import Stream

MOST = 1_200  # events of a stream
REAL = [(market, on) for (market, on), requests in cases.REAL.items() if requests]


def taken(market: str) -> tuple[list[Block], tuple[Stream, ...]]:
    """The first events of a market, in the order of their types."""
    if not DATA.exists():
        pytest.skip(f"../shared is absent: {market} is not read")
    whole = test_features.REAL[market]()
    found = whole.streams()
    streams = by_rank(found)
    long = [block.columns["time"] for block in found.values() if len(block) > MOST]
    end = min((int(time[MOST - 1]) for time in long), default=1 << 62)
    cut = [found[stream].take(found[stream].columns["time"] <= end) for stream in streams]
    return cut, streams


def rows(
    plan: Plan, blocks: Sequence[Block], streams: Sequence[Stream], *sizes: int, capacity: int = 256
) -> feeds.Bits:
    return feeds.compute(Engine(plan, capacity=capacity), blocks, sizes, streams)


@pytest.mark.parametrize(("market", "on"), REAL, ids=str)
def test_a_feature_has_the_same_bits_in_blocks_live_and_after_a_restart(
    market: str, on: str
) -> None:
    view = ps.View("all", cases.REAL[market, on], on=on)
    blocks, streams = taken(market)
    plan = build(view.columns(), view.on, tuple(streams))  # type: ignore[arg-type]
    whole = rows(plan, blocks, streams)
    assert whole, "nothing was compared"
    names = list(view.columns())
    feeds.assert_bits(rows(plan, blocks, streams, 1, 2, 3, 100, 101), whole, names)
    feeds.assert_bits(rows(plan, blocks, streams, capacity=1), whole, names)

    first, second = Engine(plan, capacity=64), Engine(plan)
    half = [block.take(slice(0, len(block) // 2)) for block in blocks]
    end = min(feeds.end([block]) for block in half)
    before = [block.take(block.columns["time"] <= end) for block in blocks]
    after = [block.take(block.columns["time"] > end) for block in blocks]
    early = feeds.by_key(feeds.feed(first, before, (), streams))
    second.restore(first.snapshot())
    feeds.assert_bits(feeds.join(early, feeds.compute(second, after, (), streams)), whole, names)
