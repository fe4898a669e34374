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


def inside(kernel: str) -> str:
    """A module whose operator is made inside a function, next to another kernel of the same name."""
    body = "".join(f"    {line}\n" for line in (kernel + OPERATOR).splitlines())
    return f"{HEAD}\ndef make(factor):\n{body}\n    return Own\n{DOUBLE}"


def test_a_kernel_inside_a_function_runs_under_any_name(own):
    tripled = own(inside(DOUBLE.replace("2.0", "3.0"))).make(0.0)
    assert np.array_equal(values(tripled), 3 * PRICES, equal_nan=True)


def test_a_kernel_that_reads_a_variable_around_it_is_refused_by_its_operators_name(own):
    module = own(inside(DOUBLE.replace("2.0", "factor")))
    with pytest.raises(DefinitionError, match=r"^Own: a kernel must be .* that reads factor$"):
        values(module.make(3.0))


@compiles
def test_a_changed_number_or_table_beside_a_kernel_is_another_kernel(own):
    scaled = "\nimport numpy as np\nimport own_scale\n\nTABLE = np.array([1.0, {table}])\n"
    scaled += DOUBLE.replace("2.0", "own_scale.FACTOR * TABLE[1]")
    for factor, table in ((2.0, 1.0), (3.0, 1.0), (3.0, 2.0)):
        own(f'"""A number."""\n\nFACTOR = {factor}\n', "own_scale")
        module = own(HEAD + scaled.format(table=table) + OPERATOR)
        wanted = PRICES * (factor * table)
        np.testing.assert_allclose(values(module.Own), wanted, 1e-15)


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


CELLS = (
    HEAD + "from penstock.expr import Constant\n",
    DOUBLE + OPERATOR.replace("class Own", "class Double"),
    DOUBLE.replace("2.0", "3.0") + OPERATOR.replace("class Own", "class Triple"),
    """
import penstock as ps
from penstock.core import native
from penstock.events.simulator import simulate
columns = {"x": ps.trade.price, "two": Double(ps.trade.price), "three": Triple(ps.trade.price)}
frame = ps.run(ps.View("own", columns, on="trade"), simulate(("A",), seconds=30))
right = (frame["two"] == 2 * frame["x"]).all() and (frame["three"] == 3 * frame["x"]).all()
print(len(frame) > 0 and bool(right), native.cache_counts()["misses"])
""",
)
PROMPT = """
import __main__, types
for number, cell in enumerate({cells!r}):
    exec(compile(cell, f"<cell {{number}}>", "exec"), __main__.__dict__)
"""


@compiles
@pytest.mark.parametrize("way", ["script", "prompt", "notebook"])
def test_an_operator_of_main_runs_and_is_found_in_the_cache_again(tmp_path, way):
    # a notebook runs each cell in the dictionary of __main__; kernels there often share a name
    (tmp_path / "own_script.py").write_text("\n".join(CELLS))
    given = {
        "script": (["own_script.py"], None),
        "prompt": (["-"], "\n".join(CELLS)),
        "notebook": (["-c", PROMPT.format(cells=CELLS)], None),
    }
    arguments, typed = given[way]
    said = []
    for _ in range(2):
        ran = subprocess.run(
            [sys.executable, *arguments],
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert ran.stdout.startswith("True "), ran.stderr
        said.append(int(ran.stdout.split()[1]))
    assert said[1] == 0
