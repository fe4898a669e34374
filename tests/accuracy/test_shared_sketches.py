"""Several readings of one sketch, and samples of two streams that become one."""

import numpy as np
import pytest
from scipy import stats

from penstock.core import native
from penstock.core.errors import DefinitionError
from penstock.engine import Engine
from penstock.events import Block, Trade
from penstock.expr import TRADE, Column
from penstock.ops import (
    AsOf,
    BinQuantile,
    Cell,
    DecayedCount,
    Histogram,
    QuantileSketch,
    ReservoirMedian,
    RollingHistogram,
    RowEntropy,
    TDigest,
)
from penstock.ops.harness import Harness, X, run
from penstock.ops.laws import check_operator
from penstock.plan import build
from penstock.streams import Every

PRICE = Column(TRADE, "price")
RNG = np.random.default_rng(17)
VALUES = RNG.lognormal(2.0, 1.0, 3_000)
QS = (0.5, 0.99, 0.0, 0.25)


def sketch(kind: type, x, q):
    return kind(x, q=q, **({"compression": 40.0} if kind is TDigest else {"accuracy": 0.01}))


@pytest.mark.parametrize("kind", [TDigest, QuantileSketch])
def test_several_quantiles_of_one_sketch_are_those_of_sketches_of_their_own(kind):
    both = run(sketch(kind, X, QS), {"x": VALUES})["out"]
    for place, q in enumerate(QS):
        alone = run(sketch(kind, X, q), {"x": VALUES})["out"]
        assert np.array_equal(both[:, place], alone)
    check_operator(kind, q=QS, cases=6)
    with pytest.raises(DefinitionError, match="q must be from 0 to 1, got"):
        sketch(kind, X, (0.5, 1.5))
    with pytest.raises(DefinitionError, match="one level, or from 1 to 64 of them, got"):
        sketch(kind, X, ())


def engine(columns, capacity: int) -> Engine:
    return Engine(build(columns, TRADE, (TRADE,)), capacity=capacity)


BLOCK = Block.of(
    Trade,
    time=np.arange(VALUES.size) * 10**9,
    key=np.arange(VALUES.size) % 3,
    price=VALUES,
    size=VALUES,
    side=VALUES * 0,
)


@pytest.mark.parametrize("kind", [TDigest, QuantileSketch])
def test_features_share_one_sketch_in_blocks_live_and_after_a_snapshot(kind):
    shared = sketch(kind, PRICE, QS)
    columns = {f"q{q}": Cell(shared, place) for place, q in enumerate(QS)}
    made = engine(columns, 1_024)
    assert sum(isinstance(node, kind) for node in made.plan.operators) == 1
    apart = engine({f"q{q}": sketch(kind, PRICE, q) for q in QS}, 1_024)
    wanted = apart.push_block(BLOCK).ordered().values()
    assert np.array_equal(made.push_block(BLOCK).ordered().values(), wanted)
    one, two = engine(columns, 1), engine(columns, 64)
    first = one.push_block(BLOCK.take(slice(0, 1_000))).ordered().values()
    alone = engine({"q": sketch(kind, PRICE, 0.5)}, 1)
    alone.push_block(BLOCK.take(slice(0, 3)))
    assert one.bytes_of(0) < 1.2 * alone.bytes_of(0)
    two.restore(one.snapshot())
    rest = two.push_block(BLOCK.take(slice(1_000, None))).ordered().values()
    assert np.array_equal(np.concatenate([first, rest]), wanted)


def fed(values, size: int, seed: int) -> Harness:
    node = ReservoirMedian(X, size=size, seed=seed)
    made = Harness(node, {"x": values}, {})
    made.block(len(values))
    return made


def sample(made: Harness) -> list[float]:
    held = min(made.registers[0]["n"], made.node.size)
    return made.history["value"][:held].tolist()


@pytest.mark.parametrize(("one", "two"), [(5, 7), (0, 9), (16, 0), (3, 13)])
def test_small_samples_merge_into_all_values(one, two):
    values = RNG.normal(size=one + two)
    made = fed(values[:one], 16, 1)
    made.merge(fed(values[one:], 16, 1))
    assert sample(made) == sorted(values.tolist())
    assert made.registers[0]["median"] == np.median(values)
    assert made.registers[0]["n"] == one + two


@pytest.mark.parametrize(("one", "two"), [(40, 10), (4, 60), (30, 30), (12, 8)])
def test_every_value_of_two_streams_is_as_likely_in_their_merged_sample(one, two):
    size, runs = 10, 3_000
    seen = np.zeros(one + two)
    values = np.arange(one + two, dtype=float)
    for seed in range(runs):
        made = fed(values[:one], size, seed)
        made.merge(fed(values[one:], size, seed + runs))
        held = sample(made)
        assert held == sorted(set(held))
        assert len(held) == size
        assert made.registers[0]["median"] == np.median(held)
        seen[np.array(held, int)] += 1
    wanted = runs * size / (one + two)
    # a sample without replacement varies less than this, so the test is on the safe side of its level
    assert stats.chi2.sf(((seen - wanted) ** 2 / wanted).sum(), one + two - 1) > 1e-4


def test_a_compiled_merge_of_samples_has_the_bits_of_the_interpreted_one():
    plain, machine = fed(VALUES[:500], 64, 5), fed(VALUES[:500], 64, 5)
    other = fed(VALUES[500:900], 64, 6)
    plain.merge(other)
    machine.merge(other, native.compiled(ReservoirMedian.merge))
    assert plain.history.tobytes() == machine.history.tobytes()
    assert plain.registers.tobytes() == machine.registers.tobytes()


@pytest.mark.parametrize("capacity", [1, 256])
def test_a_histogram_is_read_as_quantiles_and_entropy(capacity):
    bins, low, high = 200, 0.0, 50.0
    for counts, window in (
        (Histogram(PRICE, low=low, high=high, bins=bins), None),
        (RollingHistogram(PRICE, window=100, low=low, high=high, bins=bins), 100),
    ):
        columns = {f"q{q}": BinQuantile(counts, q=q, low=low, high=high) for q in (0.1, 0.5, 0.9)}
        made = engine({**columns, "entropy": RowEntropy(counts)}, capacity)
        block = BLOCK.take(slice(0, 600))
        block.columns["key"][:] = 0
        rows = made.push_block(block).values()
        for t in (150, 599):
            seen = np.clip(block.columns["price"][: t + 1][-(window or t + 1) :], low, high)
            wanted = np.quantile(seen, (0.1, 0.5, 0.9), method="inverted_cdf")
            assert (abs(rows[t, :3] - wanted) <= (high - low) / bins).all()
            numbers, _ = np.histogram(seen, bins, (low, high))
            assert rows[t, 3] == pytest.approx(stats.entropy(numbers), rel=1e-12)
        assert columns["q0.5"].unit == PRICE.unit


def test_a_decayed_count_fades_at_timed_ticks():
    count = DecayedCount(PRICE, halflife="10s", on=Every("5s"))
    made = Engine(build({"count": AsOf(count)}, Every("5s"), (TRADE,)))
    block = Block.of(
        Trade, time=[0, 0, 10**9], price=[1.0, np.nan, 3.0], size=[1] * 3, side=[0] * 3
    )
    made.push_block(block)
    got = made.advance(11 * 10**9).values()[:, 0]
    assert got == pytest.approx([2.0 ** (-s / 10) + 2.0 ** (-(s - 1) / 10) for s in (5, 10)])
