"""Quantiles and numbers of different values of windows of time, over windows that outgrow their room."""

import numpy as np
import pytest

from penstock.core.time import duration
from penstock.engine import Engine
from penstock.events import Block, Trade
from penstock.expr import TRADE, Column
from penstock.ops import WindowDistinct, WindowMax, WindowMedian, WindowMin, WindowQuantile
from penstock.plan import build

PRICE = Column(TRADE, "price")
SECOND = 1_000_000_000
COUNT = 3_000
WIDTHS = ("2s", "90s", "10m")
QUANTILES = (0.0, 0.05, 0.9, 1.0)


def grid(rng: np.random.Generator) -> np.ndarray:
    return 100.0 + 0.25 * np.cumsum(rng.integers(-2, 3, COUNT))


def falling_then_rising(rng: np.random.Generator) -> np.ndarray:
    return abs(np.linspace(-50.0, 50.0, COUNT)) + 1e-6 * rng.normal(size=COUNT)


def zeros_and_few(rng: np.random.Generator) -> np.ndarray:
    return rng.choice([0.0, -0.0, 1.0, -1.0], COUNT)


def normal(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=COUNT)


PATHS = (grid, falling_then_rising, zeros_and_few, normal)


def trades(path) -> Block:
    rng = np.random.default_rng(4)
    gaps = rng.choice(
        [0, 0, SECOND // 5, SECOND, 100 * SECOND], COUNT, p=[0.3, 0.2, 0.3, 0.19, 0.01]
    )
    return Block.of(
        Trade,
        time=1_700_000_000 * SECOND + np.cumsum(gaps),
        price=path(rng),
        size=np.ones(COUNT),
        side=np.zeros(COUNT),
    )


def columns() -> dict:
    made = {}
    for width in WIDTHS:
        made |= {
            f"median {width}": WindowMedian(PRICE, width),
            f"distinct {width}": WindowDistinct(PRICE, width),
            f"max {width}": WindowMax(PRICE, width),
            f"min {width}": WindowMin(PRICE, width),
        }
        made |= {f"{q} {width}": WindowQuantile(PRICE, width, q) for q in QUANTILES}
    return made


def brute(block: Block, ticks: np.ndarray) -> np.ndarray:
    ts, price = block.columns["time"], block.columns["price"]
    rows = []
    for i in ticks:
        row = []
        for width in WIDTHS:
            inside = price[np.searchsorted(ts, ts[i] - duration(width), "right") : i + 1]
            row += [np.median(inside), len(np.unique(inside)), inside.max(), inside.min()]
            row += [np.quantile(inside, q) for q in QUANTILES]
        rows.append(row)
    return np.array(rows)


@pytest.mark.parametrize("path", PATHS)
def test_what_depends_on_order_is_exact_in_blocks_and_live_across_growth_and_snapshots(path):
    block, plan = trades(path), build(columns(), TRADE, (TRADE,))
    got = Engine(plan, capacity=64).push_block(block).values()
    ticks = np.random.default_rng(0).choice(COUNT, 200, replace=False)
    np.testing.assert_allclose(got[ticks], brute(block, ticks), 1e-12, 1e-12)
    live, rows = Engine(plan), []
    for i, event in enumerate(block):
        if i % 400 == 399:
            state, live = live.snapshot(), Engine(plan)
            live.restore(state)
        rows.append(live.push(event).copy())
    np.testing.assert_array_equal(np.array(rows), got)


def test_what_is_made_again_from_ticks_is_no_part_of_a_snapshot():
    block = trades(normal)
    sizes = []
    for operator in (WindowMax, WindowMedian):
        engine = Engine(build({"y": operator(PRICE, "10m")}, TRADE, (TRADE,)))
        for event in block:
            engine.push(event)
        sizes.append(len(engine.snapshot()))
    assert sizes[1] < sizes[0]
