"""Operators in files of their own, outside the package."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from tests.engine import feeds

import penstock as ps
from penstock.core import native
from penstock.core.errors import DefinitionError

HEAD = '''"""An operator of somebody's own."""

from dataclasses import dataclass

from penstock.core.jit import jit
from penstock.expr import Expr, Operator
'''
OPERATOR = '''
@dataclass(frozen=True, eq=False, repr=False)
class Own(Operator):
    """An operator."""

    x: Expr
    kernel = staticmethod(_kernel)
'''
DOUBLE = """
@jit
def _kernel(out, x):
    for i in range(out.size):
        out[i] = 2.0 * x[i]
"""
HELPED = """
import own_helpers

@jit
def _kernel(out, x):
    for i in range(out.size):
        out[i] = own_helpers.double(x[i])
"""
HELPER = """
from penstock.core.jit import jit

{mark}
def double(x):
    return {factor} * x
"""
UNMARKED = """
def double(x):
    return 2.0 * x

@jit
def _kernel(out, x):
    for i in range(out.size):
        out[i] = double(x[i])
"""
NO_KERNEL = """
@jit
def _kernel(out, x):
    for i in range(out.size):
        out[i] = "text" + x[i]
"""
EVENTS = feeds.market(40)
PRICES = EVENTS[0].columns["price"]
compiles = pytest.mark.skipif(not native.available(), reason="nothing compiles here")


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Write a module into a directory, and import it."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(text: str, name: str = "own_operator"):
        path = tmp_path / f"{name}.py"
        path.write_text(text)
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return write


def values(operator) -> np.ndarray:
    view = ps.View("own", {"y": operator(ps.trade.price)}, on="trade")
    return ps.run(view, feeds.Memory(EVENTS))["y"].to_numpy()


def test_an_operator_in_a_file_of_its_own_runs(own):
    assert np.array_equal(values(own(HEAD + DOUBLE + OPERATOR).Own), 2 * PRICES, equal_nan=True)


def test_a_marked_helper_in_another_own_module_is_followed(own):
    own(HELPER.format(mark="@jit", factor=2.0), "own_helpers")
    assert np.array_equal(values(own(HEAD + HELPED + OPERATOR).Own), 2 * PRICES, equal_nan=True)
    own(HELPER.format(mark="@jit", factor=3.0), "own_helpers")
    assert np.array_equal(values(own(HEAD + HELPED + OPERATOR).Own), 3 * PRICES, equal_nan=True)


def test_a_file_that_was_edited_after_its_import_is_not_mixed_up(own, tmp_path):
    tripled = (HEAD + DOUBLE + OPERATOR).replace("2.0", "3.0")
    module = own(HEAD + DOUBLE + OPERATOR)
    (tmp_path / "own_operator.py").write_text(tripled)
    assert np.array_equal(values(module.Own), 2 * PRICES, equal_nan=True)
    assert np.array_equal(values(own(tripled).Own), 3 * PRICES, equal_nan=True)


def test_a_kernel_inside_a_function_is_refused_by_its_operators_name(own):
    body = "".join(f"    {line}\n" for line in (DOUBLE + OPERATOR).splitlines())
    module = own(f"{HEAD}\ndef make():\n{body}\n    return Own\n{DOUBLE}")
    with pytest.raises(
        DefinitionError, match=r"^Own: a kernel must be .* got own_operator\.make\."
    ):
        values(module.make())


@compiles
def test_a_helper_without_the_mark_is_refused_by_name(own):
    module = own(HEAD + UNMARKED + OPERATOR)
    with pytest.raises(
        DefinitionError, match=r"^Own: a function .* marked .* got double in own_op"
    ):
        values(module.Own)


@compiles
def test_a_kernel_that_does_not_compile_is_refused_by_its_operators_name(own):
    module = own(HEAD + NO_KERNEL + OPERATOR)
    with pytest.raises(
        DefinitionError, match=r"^Own: a kernel must compile, got .*No implementation"
    ):
        values(module.Own)


@compiles
def test_an_operator_typed_at_a_prompt_runs():
    code = (
        HEAD
        + DOUBLE
        + OPERATOR
        + """
import penstock as ps
from penstock.events.simulator import simulate
view = ps.View("own", {"y": Own(ps.trade.price), "x": ps.trade.price}, on="trade")
frame = ps.run(view, simulate(("A",), seconds=30))
print(len(frame) > 0 and bool((frame["y"] == 2 * frame["x"]).all()))
"""
    )
    ran = subprocess.run(
        [sys.executable, "-"], input=code, capture_output=True, text=True, check=False
    )
    assert ran.stdout.strip() == "True", ran.stderr
