"""The law of wide columns: an operator of one tick does to each cell what it does to a column alone."""

import numpy as np
import pytest

from penstock.core.schema import EventType, Field
from penstock.engine import Engine
from penstock.events import Block
from penstock.expr import Column, Constant, Elementwise, operand_names
from penstock.ops import OPERATORS, Cell, Clip, Exp, Power, RowMean, Spread, Where
from penstock.ops.harness import run
from penstock.plan import build
from penstock.streams import Stream

CELLS, TICKS = 3, 40
ELEMENTWISE = [cls for cls in OPERATORS if issubclass(cls, Elementwise)]


def stream(names, width):
    fields = tuple(Field(name, "1", width=width) for name in names)
    return Stream(EventType("wide", "Columns of a law.", fields))


def computed(columns, on, data, capacity):
    engine = Engine(build(columns, on, (on,)), capacity=capacity)
    time = 1_700_000_000_000_000_000 + np.arange(TICKS)
    return engine.push_block(Block.of(on.type, time=time, **data)).values()


def operands(cls):
    """A wide node, the same over one cell, and data for both."""
    given = {n: v for n, v in cls.example.items() if n not in operand_names(cls)}
    fixed = {n: v for n, v in cls.example.items() if isinstance(v, Constant)}
    names = [name for name in operand_names(cls) if name not in fixed]
    rng = np.random.default_rng(9)
    data = {name: rng.uniform(0.05, 0.95, (TICKS, CELLS)) for name in names}
    nodes = (
        cls(**{n: Column(stream(names, width), n) for n in names} | fixed | given)
        for width in (CELLS, 1)
    )
    return *nodes, data


@pytest.mark.parametrize("cls", ELEMENTWISE, ids=lambda cls: cls.__name__)
def test_each_cell_of_a_wide_column_is_a_column(cls):
    wide, alone, data = operands(cls)
    got = run(wide, data, splits=[0, 1, 7, TICKS - 8])
    for k in range(CELLS):
        wanted = run(alone, {name: values[:, k] for name, values in data.items()})
        for name in wide.outputs:
            np.testing.assert_array_equal(got[name][:, k], wanted[name])


@pytest.mark.parametrize("cls", [Where, Clip, Power], ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("capacity", [1, 1_024])
def test_the_engine_runs_wide_columns_as_the_harness_does(cls, capacity):
    wide, _, data = operands(cls)
    on = next(x for x in wide.operands if isinstance(x, Column)).stream
    cells = {f"c{k}": Cell(wide, cell=k) for k in range(CELLS)}
    got = computed(cells, on, data, capacity)
    np.testing.assert_array_equal(got, run(wide, data)["out"])


def test_widths_that_differ_share_no_batch():
    first, second = (Column(stream(("x", "y"), 1), name) for name in ("x", "y"))
    on, rng = first.stream, np.random.default_rng(3)
    data = {name: rng.normal(size=TICKS) for name in ("x", "y")}
    wide = {n: Exp(Spread(first, members=n) * 2.0 + Spread(second, members=n)) for n in (2, 5)}
    columns = {f"c{n}": Cell(expr, cell=n - 1) for n, expr in wide.items()}
    columns |= {f"m{n}": RowMean(expr) for n, expr in wide.items()}
    got = computed(columns, on, data, 1_024)
    np.testing.assert_allclose(got, np.exp(data["x"] * 2.0 + data["y"])[:, None].repeat(4, 1))
    np.testing.assert_array_equal(got, computed(columns, on, data, 1))
