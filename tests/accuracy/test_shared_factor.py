"""A factor that several operators of one matrix read, and that is computed once."""

import numpy as np
import pytest

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType, Field
from penstock.engine import Engine
from penstock.events import Block
from penstock.expr import Column
from penstock.ops import Cell, Cholesky, Inverse, LogDeterminant, Solve
from penstock.ops.laws.cases import expected, make
from penstock.plan import build
from penstock.streams import Stream

ROWS, TICKS = 3, 60
STREAM = Stream(
    EventType(
        "matrices", "Matrices and right sides.", (Field("a", "usd", width=9), Field("y", "m", width=3))
    )
)  # fmt: skip
A, Y = Column(STREAM, "a"), Column(STREAM, "y")


def columns(matrix) -> dict:
    made = {"log": LogDeterminant(matrix)}
    made |= {f"solved{i}": Cell(Solve(matrix, Y), i) for i in range(3)}
    return made | {f"inverse{i}": Cell(Inverse(matrix), i) for i in range(9)}


def data() -> Block:
    rng = np.random.default_rng(8)
    parts = rng.normal(size=(TICKS, ROWS, 5))
    matrices = parts @ parts.transpose(0, 2, 1)
    matrices[::7] -= 4.0 * np.eye(ROWS)  # some are not positive definite
    matrices[3, 1, 0] = np.nan
    time = 10**18 + np.arange(TICKS)
    return Block.of(
        STREAM.type, time=time, a=matrices.reshape(TICKS, 9), y=rng.normal(size=(TICKS, 3))
    )


@pytest.mark.parametrize("capacity", [1, 64])
def test_a_shared_factor_gives_the_bits_of_one_for_each(capacity):
    block, factor = data(), Cholesky(A)
    apart = Engine(build(columns(A), STREAM, (STREAM,)), capacity=capacity)
    shared = Engine(build(columns(factor), STREAM, (STREAM,)), capacity=capacity)
    wanted, got = (engine.push_block(block).values() for engine in (apart, shared))
    assert np.array_equal(got, wanted, equal_nan=True)
    assert np.isfinite(got).all(axis=1).sum() > TICKS // 2
    assert np.isnan(got).all(axis=1).sum() >= TICKS // 7
    assert [node for node in shared.plan.operators if isinstance(node, Cholesky)] == [factor]


def test_units_are_those_of_the_matrix():
    for make_ in (Inverse, LogDeterminant, lambda matrix: Solve(matrix, Y)):
        assert make_(Cholesky(A)).unit == make_(A).unit


def test_an_oracle_knows_what_a_factor_is_of():
    case = make(Solve(A, Y), np.random.default_rng(1), 20)
    block = data()
    case.columns = {"matrix": block.columns["a"][1:7], "y": block.columns["y"][1:7]}
    case.clock["ts"] = case.clock["ts"][:6]
    plain = expected(Solve(A, Y), case)["out"]
    made = Engine(build({f"l{i}": Cell(Cholesky(A), i) for i in range(9)}, STREAM, (STREAM,)))
    case.columns["matrix"] = made.push_block(block.take(slice(1, 7))).values()
    again = expected(Solve(Cholesky(A), Y), case)["out"]
    np.testing.assert_allclose(again, plain, 1e-9)


def test_a_factor_of_a_factor_is_refused():
    with pytest.raises(DefinitionError, match="Cholesky: a matrix is needed, not its factor, got"):
        Cholesky(Cholesky(A))
