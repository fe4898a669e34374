"""Operators built from their examples, hostile data for them, and what their oracles say."""

import inspect
import math
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Operator, operand_names
from penstock.ops import OPERATORS, Candles
from penstock.ops.harness import Harness
from penstock.streams import Stream

SECOND = 1_000_000_000
LEVELS = (0.0, 1.0, 6e4, 1e6)
GAPS = np.array([0, 0, 0, 1, SECOND // 2, SECOND, 5 * SECOND, 11 * SECOND, 90 * SECOND])
HOSTILE = (np.nan, np.inf, -np.inf, 1e9)
INTEGERS = ("id",)
NOT_NEGATIVE = ("size",)
SHARES = ("params", "p", "alpha", "correlations")  # between 0 and 1
NAMES = tuple(sorted({name for cls in OPERATORS for name in operand_names(cls)}))


@cache
def stream(names: tuple[str, ...], unit: str | None) -> Stream:
    """A stream with a column for every operand there is, of one unit or each of its own."""
    fields = (Field(n, unit or n, "i8" if n in INTEGERS else "f8") for n in names)
    return Stream(EventType("law", "Columns of the laws.", tuple(fields)))


def build(cls: type[Operator], **parameters: Any) -> Operator:
    """An operator as its example says, over columns of units of their own where it allows that."""
    operands = operand_names(cls)
    names = NAMES if set(operands) <= set(NAMES) else tuple(sorted({*NAMES, *operands}))
    given = cls.example | parameters
    try:
        return cls(**{n: Column(stream(names, None), n) for n in operands} | given)
    except DefinitionError:
        return cls(**{n: Column(stream(names, "unit"), n) for n in operands} | given)


@dataclass
class Case:
    """Full-length operands of one operator, and its clocks."""

    columns: dict[str, np.ndarray]
    clock: dict[str, Any]
    rng: np.random.Generator = field(repr=False)

    @property
    def ticks(self) -> int:
        return self.clock["at"].size

    def splits(self) -> list[int]:
        """Block sizes, empty and single ones among them, that add up to all ticks."""
        sizes, left = [0], self.ticks
        while left:
            sizes.append(min(int(self.rng.choice([0, 1, 1, 2, 7, 31])), left))
            left -= sizes[-1]
        return sizes


def make(
    node: Operator,
    rng: np.random.Generator,
    size: int,
    *,
    level: float = 100.0,
    bad: float = 0.0,
    other: bool = False,
) -> Case:
    """One case; ``other`` puts a windowed operator on another clock than its operands'."""
    operands = dict(zip(operand_names(type(node)), node.operands, strict=True))
    columns = {
        name: values(operand, rng, size, level, bad)
        for name, operand in operands.items()
        if isinstance(operand, Column) and name not in node.queries
    }
    ts = 1_700_000_000 * SECOND + np.cumsum(rng.choice(GAPS, size))
    if "expiry" in columns:  # soon, several at once; a bad one is past
        steps = np.where(rng.random(size) < bad, 0, rng.integers(1, 4, size))
        columns["expiry"] = (ts // (10 * SECOND) + steps) * 10 * SECOND
    at, upto = ts, np.arange(1, size + 1)
    if node.windowed and other:
        at = np.sort(rng.choice(ts, size // 2 + 1) + rng.choice([-SECOND, -1, 0, 0, 1, SECOND]))
        # of the ticks at its own time a tick sees some, all or none
        low, high = (np.searchsorted(ts, at, side) for side in ("left", "right"))
        upto = np.maximum.accumulate(low + np.round((high - low) * rng.random(at.size)).astype(int))
    before = np.cumsum(rng.choice([0, 0, 0, 0, 1, 3], at.size))
    for name in node.queries:
        operand = operands[name]
        if isinstance(operand, Column):
            columns[name] = values(operand, rng, at.size, level, bad)
    return Case(columns, {"ts": ts, "at": at, "upto": upto, "before": before}, rng)


def values(
    operand: Column,
    rng: np.random.Generator,
    size: int,
    level: float,
    bad: float,
) -> np.ndarray:
    """The values of one operand."""
    if operand.dtype == "i8":
        return rng.integers(0, 5, size)
    if operand.name == "matrix":
        return matrices(rng, size, operand.cells, max(level, 1.0), bad)
    if operand.name == "candles":
        return candles(rng, size, level, bad)
    if operand.cells % 4 == 0:
        return books(rng, size, operand.cells // 4, level, bad)
    shape = (size,) if operand.cells == 1 else (size, operand.cells)
    if operand.name in SHARES:
        return np.where(rng.random(shape) < bad, np.nan, rng.uniform(0.05, 0.45, shape))
    noise = rng.choice([1e-3, 1.0, 50.0]) * rng.normal(size=shape)
    made = level + (np.round(noise) if rng.random() < 0.3 else noise)
    made = np.where(rng.random(shape) < bad, rng.choice(HOSTILE, shape), made)
    return abs(made) if operand.name in NOT_NEGATIVE or rng.random() < 0.5 else made


def matrices(
    rng: np.random.Generator, size: int, cells: int, level: float, bad: float
) -> np.ndarray:
    """Symmetric matrices of one scale: positive definite but for some; some with cells that are not finite."""
    n = math.isqrt(cells)
    parts = rng.normal(size=(size, n, n + 4))
    made = level * (parts @ parts.transpose(0, 2, 1))
    made -= np.where(rng.random((size, 1, 1)) < bad, 4.0 * level, 0.0) * np.eye(n)
    spoilt = rng.random(made.shape) < bad / cells
    return np.where(spoilt, rng.choice(HOSTILE[:3], made.shape), made).reshape(size, cells)


def books(rng: np.random.Generator, size: int, levels: int, level: float, bad: float) -> np.ndarray:
    """Order books on a grid, in which some levels are absent: price NaN, size 0."""
    mid = level + 100.0 + np.cumsum(rng.integers(-1, 2, size))
    steps = np.cumsum(rng.integers(1, 3, (2, size, levels)), axis=2)
    sizes = rng.integers(1, 9, (2, size, levels)).astype(float)
    prices = np.stack([mid[:, None] - steps[0], mid[:, None] + steps[1]])
    present = (rng.random((2, size, levels)) >= bad).cumprod(axis=2) > 0
    prices, sizes = np.where(present, prices, np.nan), np.where(present, sizes, 0.0)
    return np.stack([prices[0], sizes[0], prices[1], sizes[1]], axis=2).reshape(size, 4 * levels)


def candles(rng: np.random.Generator, size: int, level: float, bad: float) -> np.ndarray:
    """Candles on a grid that often go on in one direction, with gaps; some are not finite."""
    body, gap = (rng.choice([0, 0, 1, 2, 4, 8], size) * rng.choice([-1, 1], size) for _ in range(2))
    body = np.where(rng.random(size) < 0.3, abs(body) * np.sign(np.roll(body, 1) + 0.5), body)
    close = level + np.cumsum(gap + body).astype(float)
    start = close - body
    high, low = (rng.choice([0, 0, 1, 2, 6], size) for _ in range(2))
    close = np.where(rng.random(size) < bad / 4.0, rng.choice(HOSTILE[:3], size), close)
    top, bottom = np.maximum(start, close) + high, np.minimum(start, close) - low
    with np.errstate(invalid="ignore"):
        return Candles.oracle(start, top, bottom, close)


def expected(node: Operator, case: Case) -> dict[str, np.ndarray]:
    """What the operator's oracle says, by output."""
    oracle = type(node).oracle
    size = {
        name: case.clock["at" if name in node.queries else "ts"].size
        for name in operand_names(type(node))
    }
    operands = {
        name: case.columns.get(name, np.full(size[name], getattr(operand, "value", 0.0)))
        for name, operand in zip(operand_names(type(node)), node.operands, strict=True)
    }
    with np.errstate(all="ignore"):
        if getattr(oracle, "__module__", "numpy") in ("numpy", None) or isinstance(
            oracle, np.ufunc
        ):
            numbers = [v for v in node.parameters.values() if isinstance(v, float)]
            result = oracle(*operands.values(), *numbers)
        else:
            pool = operands | case.clock
            names = inspect.signature(oracle).parameters
            result = oracle(**{n: pool[n] if n in pool else getattr(node, n) for n in names})
    return result if isinstance(result, dict) else {node.outputs[0]: result}


def outputs(harness: Harness, sizes: list[int]) -> dict[str, np.ndarray]:
    """The outputs of the next blocks, joined."""
    blocks = [harness.block(size) for size in sizes]
    return {n: np.concatenate([block[n] for block in blocks]) for n in harness.node.outputs}
