"""Sketches within the errors that they declare, and parts that merge as the whole."""

import itertools

import numpy as np
import pytest

from penstock.core import native
from penstock.ops import (
    DistinctCount,
    FrequencySketch,
    HeavyHitter,
    QuantileSketch,
    TDigest,
)
from penstock.ops.harness import Harness, X
from penstock.ops.laws.cases import build

SIZE = 100_000 if native.available() else 3_000
RNG = np.random.default_rng(31)
SERIES = {
    "lognormal": RNG.lognormal(2.0, 1.2, SIZE),
    "of both signs": RNG.standard_t(3.0, SIZE),
    "prices": 5_000.0 + 0.25 * np.cumsum(RNG.integers(-2, 3, SIZE)),
    "many zeros": np.where(RNG.random(SIZE) < 0.7, 0.0, RNG.normal(size=SIZE)),
}
every_series = pytest.mark.parametrize("name", SERIES)
QS = (0.0, 0.01, 0.25, 0.5, 0.9, 0.999, 1.0)
IDS = RNG.zipf(1.3, SIZE) % 100_003


def fed(node, operand, values) -> Harness:
    """The operator after all values."""
    harness = Harness(node, {operand: values}, {}, native.compiled(type(node).kernel))
    harness.last = harness.block(len(values))
    return harness


def merged(parts) -> Harness:
    """Parts merged one after the other."""
    first = parts[0]
    for part in parts[1:]:
        first.merge(part)
    return first


def bits(harness: Harness) -> list[bytes]:
    return [x.tobytes() for x in (harness.registers, harness.history) if x is not None]


@every_series
@pytest.mark.parametrize("q", QS)
def test_a_quantile_sketch_keeps_its_relative_accuracy(name, q):
    x = SERIES[name]
    got = fed(QuantileSketch(X, q=q, accuracy=0.01), "x", x).last["out"]
    for n in (1, 10, 1_000, SIZE):
        exact = np.sort(x[:n])[int(np.floor(q * (n - 1)))]
        assert abs(got[n - 1] - exact) <= 0.01 * abs(exact) * (1 + 1e-9)


@pytest.mark.parametrize("precision", [6, 10, 14])
@pytest.mark.parametrize("distinct", [10, 1_000, 50_000])
def test_a_distinct_count_is_within_four_standard_errors(precision, distinct):
    ids = RNG.choice(2**60, distinct, replace=False) if distinct < 2_000 else np.arange(distinct)
    ids = np.tile(ids[: SIZE // 2], 2)
    got = fed(build(DistinctCount, precision=precision), "id", ids).last["out"][-1]
    true = len(set(ids.tolist()))
    assert abs(got - true) <= max(4.0 * 1.04 / np.sqrt(2**precision) * true, 1.0)


def test_a_frequency_is_never_too_low_and_rarely_too_high():
    got = fed(build(FrequencySketch, depth=4, slots=1_024), "id", IDS).last["out"]
    seen: dict[int, int] = {}
    true = np.empty(SIZE)
    for t, number in enumerate(IDS.tolist()):
        seen[number] = seen.get(number, 0) + 1
        true[t] = seen[number]
    assert (got >= true).all()
    too_high = got > true + np.e / 1_024 * np.arange(1, SIZE + 1)
    assert too_high.mean() <= np.exp(-4.0)


def held(harness: Harness) -> dict[int, tuple[int, int]]:
    """Count and error by id."""
    rows = harness.history[: harness.registers[0]["held"]]
    return {int(r["id"]): (int(r["count"]), int(r["error"])) for r in rows}


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_heavy_hitters_hold_their_bounds_whole_and_merged(parts):
    pieces = np.array_split(IDS, parts)
    made = merged([fed(build(HeavyHitter, size=64), "id", piece) for piece in pieces])
    names, counts = np.unique(IDS, return_counts=True)
    true = dict(zip(names.tolist(), counts.tolist(), strict=True))
    found = held(made)
    for number, (count, error) in found.items():
        assert count - error <= true.get(number, 0) <= count
        assert error <= parts * SIZE / 64
    missed = [n for n, count in true.items() if count > parts * SIZE / 64 and n not in found]
    assert missed == []
    assert made.registers[0]["n"] == SIZE
    top = made.history[made.registers[0]["top"]]
    assert top["count"] == max(count for count, _ in found.values())


EXACT = [
    (QuantileSketch(X, q=0.9, accuracy=0.01), "x", SERIES["of both signs"]),
    (build(DistinctCount, precision=10), "id", IDS),
    (build(FrequencySketch, depth=4, slots=256), "id", IDS),
]


@pytest.mark.parametrize(("node", "operand", "values"), EXACT, ids=lambda x: type(x).__name__)
def test_merged_parts_have_the_bits_of_the_whole_in_any_order(node, operand, values):
    whole = bits(fed(node, operand, values))
    pieces = np.array_split(values, [SIZE // 7, SIZE // 7, SIZE // 2])
    for order in itertools.permutations(range(len(pieces))):
        assert bits(merged([fed(node, operand, pieces[i]) for i in order])) == whole
    left = merged([fed(node, operand, p) for p in pieces[:2]])
    right = merged([fed(node, operand, p) for p in pieces[2:]])
    assert bits(merged([left, right])) == whole


@pytest.mark.parametrize(("node", "operand", "values"), EXACT, ids=lambda x: type(x).__name__)
def test_a_compiled_merge_has_the_bits_of_the_interpreted_one(node, operand, values):
    halves = np.array_split(values[:4_000], 2)
    plain = merged([fed(node, operand, half) for half in halves])
    machine, other = (fed(node, operand, half) for half in halves)
    machine.merge(other, native.compiled(type(node).merge))
    assert bits(plain) == bits(machine)


@every_series
@pytest.mark.parametrize("q", [0.01, 0.25, 0.5, 0.99])
@pytest.mark.parametrize("parts", [2, 7])
def test_a_merged_digest_is_near_in_rank(name, q, parts):
    x = SERIES[name]
    node = TDigest(X, q=q, compression=100.0)
    pieces = [fed(node, "x", piece) for piece in np.array_split(x[:-1], parts)]
    made = merged(pieces)
    assert made.registers[0]["n"] == SIZE - 1
    assert made.registers[0]["low"] == x[:-1].min()
    assert made.registers[0]["high"] == x[:-1].max()
    made.columns, made.done = {"x": np.append(np.zeros(SIZE - 1), x[-1])}, SIZE - 1
    made.at = made.ts = np.arange(SIZE)
    made.upto, made.before = np.arange(1, SIZE + 1), np.zeros(SIZE, np.int64)
    got = made.block(1)["out"][0]
    low, high = np.mean(x < got), np.mean(x <= got)
    bound = 2.0 * np.pi / 100.0 * np.sqrt(q * (1.0 - q)) + 2.0 / SIZE
    assert low - bound <= q <= high + bound
