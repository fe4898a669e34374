"""The wrapper that many kernels share when live: the bits of blocks, step by step and in chains."""

import inspect

import numpy as np
import pytest

from penstock.compile import layout, program
from penstock.engine import Engine
from penstock.events import Bar, Block
from penstock.expr import BAR, TRADE, Column, Constant, Expr, Operator, operand_names
from penstock.ops import Clip, Ema, FillNan, Lag, Stack, Where
from penstock.ops.scalars import SCALARS, is_scalar
from penstock.plan import Plan, build

TICKS = 300
# interpreted, numpy warns of what IEEE defines
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
OPEN, HIGH, LOW, CLOSE = (Column(BAR, name) for name in ("open", "high", "low", "close"))


def one(cls: type[Operator], *operands: Expr) -> Operator:
    """An operator on operands in turn, with the parameters of its example."""
    names = operand_names(cls)
    given = {k: v for k, v in cls.example.items() if k not in names}
    return cls(**dict(zip(names, operands, strict=False)), **given)


def columns() -> dict[str, Expr]:
    """Every scalar operator on columns, on columns read back, on constants, and on what others made."""
    found: dict[str, Expr] = {}
    for cls in SCALARS:
        found[f"{cls.__name__}_columns"] = one(cls, OPEN, CLOSE, HIGH)
        # of `low` several values are kept: it slides
        made = one(cls, Lag(LOW, 3) - OPEN, Ema(CLOSE, 3.0) - Lag(LOW, 1), OPEN - HIGH)
        found[f"{cls.__name__}_chain"] = made
        if len(operand_names(cls)) > 1:
            found[f"{cls.__name__}_constant"] = one(cls, OPEN - CLOSE, Constant(0.0), CLOSE - LOW)
    found["deep"] = Where(OPEN > CLOSE, FillNan(Clip(OPEN / CLOSE, 0.5, 2.0), 1.0), OPEN / HIGH)
    return found


def data() -> Block:
    """Bars with NaN, zeros, infinities and equal values among them."""
    rng = np.random.default_rng(5)
    odd = np.array([np.nan, 0.0, -0.0, np.inf, -np.inf, 1.0])
    values = {}
    for name in ("open", "high", "low", "close", "volume", "trades"):
        x = rng.normal(0.0, 2.0, TICKS).round(1)
        values[name] = np.where(rng.random(TICKS) < 0.15, rng.choice(odd, TICKS), x)
    return Block.of(Bar, time=np.arange(TICKS) * 1_000_000_000, **values)


def live(plan: Plan, block: Block) -> np.ndarray:
    engine = Engine(plan)
    return np.array([engine.push(event).copy() for event in block])


def calls(plan: Plan, capacity: int) -> int:
    """Calls of wrappers an event, at most."""
    made = program(layout(plan, capacity, {}))
    cells, (first, count) = made.cells, made.cells[14:16]
    return int(sum(cells[first + 6 * i + 2] - cells[first + 6 * i + 1] for i in range(count))) // 2


def test_live_and_blocks_have_the_same_bits_for_every_scalar():
    block, plan = data(), build(columns(), BAR, (BAR,))
    whole = Engine(plan, capacity=1_024).push_block(block).values()
    np.testing.assert_array_equal(live(plan, block), whole)


def test_a_scalar_has_the_same_bits_alone_and_in_the_wrapper_of_all():
    block, all_of_them = data(), columns()
    together = live(build(all_of_them, BAR, (BAR,)), block)
    for i, (name, expr) in enumerate(all_of_them.items()):
        alone = live(build({name: expr}, BAR, (BAR,)), block)
        np.testing.assert_array_equal(alone[:, 0], together[:, i], err_msg=name)


def test_scalars_that_follow_each_other_are_one_call_where_there_are_enough():
    many = build(columns(), BAR, (BAR,))
    few = build({"a": OPEN + CLOSE, "b": (OPEN + CLOSE) * 2.0, "c": HIGH - LOW}, BAR, (BAR,))
    assert calls(many, 1) == 2  # averages, scalars
    assert calls(many, 1_024) > len(SCALARS)
    assert calls(few, 1) == 3


@pytest.mark.parametrize("cls", SCALARS, ids=lambda cls: cls.__name__)
def test_a_scalar_has_no_state_and_no_parameters_but_floats(cls):
    assert not cls.registers.names
    assert not cls.history.names
    parameters = set(inspect.signature(cls.kernel).parameters) - {*operand_names(cls), "out"}
    node = one(cls, OPEN, CLOSE, HIGH)
    assert all(isinstance(getattr(node, name), float) for name in parameters)
    assert is_scalar(node)


def test_whole_numbers_and_wide_columns_are_not_scalars():
    assert is_scalar(OPEN * 2.0)
    assert not is_scalar(Column(TRADE, "side") * 2.0)
    assert not is_scalar(Stack(OPEN, CLOSE) * 2.0)
    assert not is_scalar(Ema(OPEN, 3.0))
