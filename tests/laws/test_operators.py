"""The laws of operators: what holds for every one of them."""

import ast
import importlib
import inspect
import pkgutil
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.cases import Case, assert_bits, build, cases, expected, make, outputs

import penstock.ops
from penstock.core.native import compiled, reached
from penstock.core.units import factors
from penstock.expr import ROOM, Column, Operator
from penstock.ops import OPERATORS
from penstock.ops.harness import Harness, run
from penstock.ops.pane.ring import Paned, beginning

EXAMPLES = settings(max_examples=25)
KERNELS = [cls for cls in OPERATORS if "kernel" not in cls.exempt]
everyone = pytest.mark.parametrize("cls", OPERATORS, ids=lambda cls: cls.__name__)
kernels = pytest.mark.parametrize("cls", KERNELS, ids=lambda cls: cls.__name__)


def documented(cls: type[Operator], law: str) -> str:
    """What the docstring says after ``NaN:`` and the like."""
    notes = " ".join((inspect.getdoc(cls) or "").split())
    found = re.search(rf"{law}: (.*?)(?= (?:Seed|NaN|Warm-up|Unit): | References -)", notes)
    return found[1] if found else ""


@kernels
@EXAMPLES
@given(data=st.data())
def test_a_kernel_gives_what_its_oracle_gives(cls, data):
    node = build(cls)
    case = data.draw(cases(node))
    got = run(node, case.columns, splits=case.splits(), **case.clock)
    for name, wanted in expected(node, case).items():
        finite = wanted[np.isfinite(wanted)]
        scale = np.median(abs(finite)) if finite.size else 0.0
        np.testing.assert_allclose(got[name], wanted, 1e-9, 1e-9 * scale, err_msg=name)


@everyone
def test_an_operator_says_which_registers_count_the_ticks_of_a_clock(cls):
    """What is moved when an operator begins late, or goes on where its clock began at another time."""
    names = set(inspect.signature(cls.kernel).parameters)
    if cls.registers.names and names & {"first", "before"}:
        assert cls.absolute
    assert set(cls.absolute) <= set(cls.registers.names or ())
    assert set(cls.absolute.values()) <= {"source", "reset"}


@kernels
@EXAMPLES
@given(data=st.data())
def test_no_split_into_blocks_changes_a_bit(cls, data):
    node = build(cls)
    case = data.draw(cases(node))
    whole = run(node, case.columns, **case.clock)
    assert_bits(whole, run(node, case.columns, splits=case.splits(), **case.clock))


@kernels
@EXAMPLES
@given(data=st.data())
def test_a_restored_snapshot_goes_on_with_the_same_bits(cls, data):
    node = build(cls)
    case = data.draw(cases(node))
    cut = data.draw(st.integers(0, case.ticks), label="cut")
    whole = Harness(node, case.columns, case.clock)
    saved, restored = (Harness(node, case.columns, case.clock) for _ in range(2))
    outputs(saved, [cut])
    for mine, theirs in ((restored.registers, saved.registers), (restored.history, saved.history)):
        if mine is not None:
            mine[:] = np.frombuffer(theirs.tobytes(), theirs.dtype)
    restored.done = cut
    rest = outputs(restored, [case.ticks - cut])
    assert_bits({n: x[cut:] for n, x in outputs(whole, [case.ticks]).items()}, rest)


@kernels
@EXAMPLES
@given(data=st.data())
def test_compiled_and_interpreted_kernels_give_the_same_bits(cls, data):
    node = build(cls)
    case = data.draw(cases(node))
    interpreted = run(node, case.columns, splits=case.splits(), **case.clock)
    assert_bits(interpreted, run(node, case.columns, kernel=compiled(cls.kernel), **case.clock))


def forgetful(node: Operator, case: Case) -> Any:
    """The kernel, given no more of the past than the engine keeps, and nothing in its place."""
    own = np.array_equal(case.clock["at"], case.clock["ts"])
    names = node.kernel_arguments

    def kernel(*values: Any) -> None:
        bound = dict(zip(names, values, strict=True))
        # what was there before this block: on the operands' own clock, all but the block's ticks
        newest = int(bound["upto"][0]) - 1 - own if bound["upto"].size else -1
        if newest >= 0:
            ts = case.clock["ts"]
            again = 1 if own or node.reads_once else 2
            kept = ts[newest] - (0 if own and node.reads_once else again * node.retention) - 1
            first = min(int(np.searchsorted(ts, kept, "right")), newest)
            shifted = {n: bound[n][first:].copy() for n in (*case.columns, "ts") if n in bound}
            bound |= shifted | {"first": first}
        cls_kernel(*(bound[name] for name in names))

    cls_kernel = type(node).kernel
    return kernel


@pytest.mark.parametrize(
    "cls", [cls for cls in KERNELS if build(cls).windowed], ids=lambda cls: cls.__name__
)
@EXAMPLES
@given(data=st.data())
def test_a_windowed_kernel_needs_only_what_the_engine_keeps(cls, data):
    node = build(cls)
    case = data.draw(cases(node))
    kept = Harness(node, case.columns, case.clock, forgetful(node, case))
    if node.history_items == ROOM:  # as long as the buffer, which holds a window at least
        oldest = np.searchsorted(case.clock["ts"], case.clock["at"] - node.retention, "right")
        kept.history = kept.history[: max(1, *(case.clock["upto"] - oldest))]
    assert_bits(run(node, case.columns, **case.clock), outputs(kept, case.splits()))


@kernels
def test_the_first_finite_output_comes_at_warmup(cls):
    if "warmup" in cls.exempt:
        pytest.skip(cls.exempt["warmup"])
    node = build(cls)
    case = make(node, np.random.default_rng(1), node.warmup + 20)
    case.clock["before"][:] = 0
    columns = {n: x if x.dtype == np.int64 else abs(x) for n, x in case.columns.items()}
    got = run(node, columns, **case.clock).values()
    finite = np.any([np.isfinite(x).reshape(len(x), -1).any(axis=1) for x in got], axis=0)
    assert np.flatnonzero(finite)[0] + 1 == node.warmup


@kernels
def test_the_unit_says_how_an_output_scales(cls):
    if "unit" in cls.exempt:
        pytest.skip(cls.exempt["unit"])
    node = build(cls)
    case = make(node, np.random.default_rng(2), 60)
    was = run(node, case.columns, **case.clock)
    operands = {n: x for n, x in vars(node).items() if n in case.columns and isinstance(x, Column)}
    for unit in {name for x in operands.values() for name in factors(x.unit)}:
        powers = {n: factors(x.unit).get(unit, 0) for n, x in operands.items()}
        scaled = {n: x * 4 ** int(powers[n]) for n, x in case.columns.items()}
        now = run(node, scaled, **case.clock)
        for name in node.outputs:
            factor = 4.0 ** float(factors(node.unit_of(name)).get(unit, 0))
            np.testing.assert_allclose(now[name], factor * was[name], 1e-12, err_msg=unit)


@pytest.mark.parametrize(
    "cls",
    [cls for cls in KERNELS if re.search("not finite is in the window", documented(cls, "NaN"))],
    ids=lambda cls: cls.__name__,
)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_bad_value_leaves_no_trace_in_a_window(cls, bad):
    node, k = build(cls), 30
    case = make(node, np.random.default_rng(3), 90)
    at, name = case.clock["at"], next(iter(case.columns))
    dirty = {n: x.copy() for n, x in case.columns.items()}
    dirty[name][k] = bad
    clean, got = (run(node, columns, **case.clock) for columns in (case.columns, dirty))
    since = np.arange(at.size) - k
    inside = since < getattr(node, "window", 0)
    if node.windowed:
        inside = at - at[k] < node.retention
    if isinstance(node, Paned):
        inside = beginning(at, node.width, node.step, node.offset) < at[k]
    inside &= since >= 0
    for output in set(node.outputs) - {"count"}:  # a count is of what is known
        assert np.isnan(got[output][inside]).all()
        np.testing.assert_allclose(got[output][~inside], clean[output][~inside], 1e-9)


@pytest.mark.parametrize(
    "cls",
    [
        cls
        for cls in KERNELS
        if re.search("skipped|adds nothing|not counted", documented(cls, "NaN"))
        and "nan" not in cls.exempt
    ],
    ids=lambda cls: cls.__name__,
)
def test_a_skipped_value_is_as_if_its_tick_were_not_there(cls):
    node, k = build(cls), 30
    case = make(node, np.random.default_rng(4), 90)
    name = next(iter(case.columns))
    case.columns[name][k] = np.nan
    got = run(node, case.columns, **case.clock)
    columns = {n: np.delete(x, k, axis=0) for n, x in case.columns.items()}
    clock = {n: np.delete(x, k) for n, x in case.clock.items()} | {"upto": np.arange(1, 90)}
    without = run(node, columns, **clock)
    for output in node.outputs:
        np.testing.assert_allclose(np.delete(got[output], k, axis=0), without[output], 1e-9)


@everyone
def test_the_docstring_has_formula_facts_reference_and_example(cls):
    text = inspect.getdoc(cls) or ""
    facts = ("Seed:", "NaN:", "Warm-up:", "Unit:")
    wanted = (".. math::", *facts, "References\n----------\n", "Examples\n--------\n", ">>> ")
    assert [part for part in wanted if part not in text] == []


@everyone
def test_state_holds_numbers_and_no_objects(cls):
    for dtype in (cls.registers, cls.history):
        if dtype is not None:
            assert {dtype[name].str for name in dtype.names} <= {"<f8", "<i8"}


@everyone
def test_a_kernel_neither_raises_nor_makes_anything(cls):
    refused = (ast.Raise, ast.Assert, ast.Try, ast.With, ast.Lambda, ast.ListComp, ast.Dict)
    for function in (cls.kernel, *(callee for _, _, callee in reached(cls.kernel))):
        tree = ast.parse(inspect.getsource(function))
        assert [type(x).__name__ for x in ast.walk(tree) if isinstance(x, refused)] == []


def test_every_operator_is_listed_once():
    found = set()
    for module in pkgutil.walk_packages(penstock.ops.__path__, "penstock.ops."):
        members = vars(importlib.import_module(module.name)).values()
        found |= {x for x in members if inspect.isclass(x) and x.__module__ == module.name}
    operators = {x for x in found if issubclass(x, Operator) and hasattr(x, "kernel")}
    assert sorted(x.__name__ for x in operators - set(OPERATORS)) == []
    names = [cls.__name__ for cls in OPERATORS]
    assert sorted(names) == sorted(set(names))
