"""An operator of a user is held to the laws, and each law finds the operator that breaks it."""

from dataclasses import dataclass

import numpy as np
import pytest

import penstock as ps
from penstock.core.errors import LawError
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops import OPERATORS, WindowSum
from penstock.ops.laws import laws
from penstock.ops.laws.cases import build, make

FACTS = """Sum of all so far.

Notes
-----
Seed: 0. NaN: {nan}. Warm-up: 1. Unit: that of `x`.
"""


@jit
def _kernel(out, x, registers):
    s = registers[0]
    total = s["total"]
    for i in range(out.size):
        total += x[i] if x[i] - x[i] == 0.0 else 0.0
        out[i] = total
    s["total"] = total


@jit
def _forgets(out, x, registers):
    total = 0.0
    for i in range(out.size):
        total += x[i] if x[i] - x[i] == 0.0 else 0.0
        out[i] = total


@jit
def _looks_ahead(out, x, registers):
    _kernel(out, x, registers)
    for i in range(out.size - 1):
        out[i] = out[i + 1]


@jit
def _raises(out, x, registers):
    if out.size < 0:
        raise ValueError
    _kernel(out, x, registers)


@jit
def _shifts(out, x, registers):
    _kernel(out, x, registers)
    for i in range(out.size):
        out[i] += 1.0


def _oracle(x):
    return np.cumsum(np.where(np.isfinite(x), x, 0.0))


def operator(kernel=_kernel, oracle=_oracle, nan="skipped", **members):
    """A sum of all so far, with some members of another kind."""
    given = {
        "__annotations__": {"x": Expr},
        "__doc__": FACTS.format(nan=nan),
        "registers": np.dtype([("total", "f8")]),
        "kernel": staticmethod(kernel),
        "oracle": staticmethod(oracle),
    }
    return dataclass(frozen=True, eq=False, repr=False)(type("Total", (Operator,), given | members))


def test_an_operator_that_holds_says_so_law_by_law():
    held = ps.check_operator(operator(), cases=10)
    assert held["blocks"].startswith("No split into blocks changes a bit")
    assert len(held) == 14


def test_an_exemption_stands_with_its_reason():
    cls = operator(_shifts, lambda x: _oracle(x) + 1.0, exempt={"unit": "it starts from 1"})
    assert ps.check_operator(cls, cases=5)["unit"] == "it starts from 1"


@pytest.mark.parametrize(
    ("cls", "message"),
    [
        (operator(_forgets), "Total: out must be what the oracle says, .* at tick"),
        (operator(_looks_ahead), "Total: out must be what the oracle says"),
        (operator(_looks_ahead, lambda x: np.append(_oracle(x)[1:], _oracle(x)[-1])), "oracle"),
        (operator(oracle=lambda x: 2.0 * _oracle(x)), "what the oracle says"),
        (operator(registers=np.dtype([("total", "f4")])), "registers .* must be f8 or i8"),
        (operator(_raises), "neither raise nor make objects, got Raise in _raises"),
        (operator(warmup=property(lambda self: 2)), "first finite output .* warmup, 2, got 1"),
        (operator(unit=property(lambda self: "1")), "out must scale as its unit, 1, when x does"),
        (operator(_shifts, lambda x: _oracle(x) + 1.0), "out must scale as its unit"),
        (operator(nan="not finite is in the window"), "out must be NaN while nan is in the window"),
        (operator(__doc__="Sum."), "its docstring must say Seed:"),
        (operator(absolute={"count": "source"}), "absolute must name the registers"),
    ],
)
def test_an_operator_that_breaks_a_law_is_told_which(cls, message):
    with pytest.raises(LawError, match=message):
        ps.check_operator(cls, cases=10)


def test_a_state_that_a_block_does_not_save_breaks_the_law_of_blocks():
    node = build(operator(_forgets))
    with pytest.raises(LawError, match="Total: blocks of any size must give the same bits"):
        laws.blocks(node, make(node, np.random.default_rng(0), 60))


def test_a_state_outside_the_registers_breaks_the_law_of_recovery():
    kept = {}

    def hidden(out, x, registers):
        total = kept.setdefault(registers.ctypes.data, 0.0)
        for i in range(out.size):
            out[i] = total = total + x[i]
        kept[registers.ctypes.data] = total

    node = build(operator(hidden))
    with pytest.raises(LawError, match=r"Total: registers and history must be all that tick \d+"):
        laws.recovery(node, make(node, np.random.default_rng(0), 60))


def test_a_window_that_reads_on_after_its_retention_breaks_the_law_of_memory():
    node = build(WindowSum, width="10m")
    shorter = type("Shorter", (WindowSum,), {"retention": property(lambda _: 1)})
    case = make(node, np.random.default_rng(0), 60)
    laws.memory(node, case)
    with pytest.raises(LawError, match="a window must need no tick that is older"):
        laws.memory(build(shorter, width="10m"), case)


def test_an_operator_without_an_oracle_is_refused():
    cls = operator()
    del cls.oracle
    with pytest.raises(LawError, match="an oracle is needed"):
        ps.check_operator(cls)


@pytest.mark.parametrize("cls", OPERATORS[::17], ids=lambda cls: cls.__name__)
def test_our_own_hold(cls):
    assert set(ps.check_operator(cls, cases=3)) >= {"oracle", "blocks", "recovery"}
