"""The laws of operators that look at one tick alone: vector body, scalar tail and CPython agree."""

import numpy as np
import pytest
from llvmlite.binding import get_host_cpu_features

from penstock.core.native import available, compiled
from penstock.expr import operand_names
from penstock.jobs.vectorised import elementwise as found
from penstock.jobs.vectorised import look
from penstock.ops.harness import run
from penstock.ops.laws import laws
from penstock.ops.laws.cases import NOT_NEGATIVE, SHARES, build

ELEMENTWISE = found()
LENGTHS = range(1, 18)
MASKED = bool(get_host_cpu_features().get("avx512vl"))
SPECIAL = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -3.5, 1e-310, 2.0**52, 1e300)
elementwise = pytest.mark.parametrize("cls", ELEMENTWISE, ids=lambda cls: cls.__name__)


def columns(cls, size):
    """Operands with everything in them that arithmetic knows."""
    rng = np.random.default_rng(7)
    made = {}
    for name in operand_names(cls):
        x = np.where(rng.random(size) < 0.4, rng.choice(SPECIAL, size), 30 * rng.normal(size=size))
        positive = name in NOT_NEGATIVE or name in SHARES
        made[name] = abs(x) if positive else x
    return made


@elementwise
def test_the_vector_body_the_scalar_tail_and_cpython_give_the_same_bits(cls):
    node, kernel = build(cls), compiled(cls.kernel)
    full = columns(cls, 64)
    single = run(node, full, kernel=kernel, splits=[1] * 64)
    laws.same(node, "CPython and machine code agree", run(node, full, splits=[1] * 64), single)
    for size in LENGTHS:
        for start in (0, 1, 3):  # vectors that begin off their boundary
            part = {name: x[start : start + size] for name, x in full.items()}
            wanted = {name: x[start : start + size] for name, x in single.items()}
            got = run(node, part, kernel=kernel)
            laws.same(node, f"{size} values from {start} on have the same bits", got, wanted)


@pytest.mark.skipif(not available(), reason="there is no machine code to look at")
@elementwise
def test_a_loop_has_vector_code_unless_it_calls_the_c_library(cls):
    seen = look(cls)
    if "vector" in cls.exempt and MASKED:
        return  # masked loads read one side or the other: here it may be a vector
    assert (seen.vector or bool(seen.calls)) != ("vector" in cls.exempt), seen.reason
