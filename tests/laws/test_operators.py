"""The laws of operators: what holds for every one of them."""

import importlib
import inspect
import pkgutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.cases import cases

import penstock.ops
from penstock.expr import Operator
from penstock.ops import OPERATORS
from penstock.ops.laws import laws
from penstock.ops.laws.cases import build
from penstock.ops.laws.check import OF_DATA, OF_OPERATOR, SAID

EXAMPLES = settings(max_examples=25)
KERNELS = [cls for cls in OPERATORS if "kernel" not in cls.exempt]
everyone = pytest.mark.parametrize("cls", OPERATORS, ids=lambda cls: cls.__name__)
kernels = pytest.mark.parametrize("cls", KERNELS, ids=lambda cls: cls.__name__)


@kernels
@EXAMPLES
@given(data=st.data())
@pytest.mark.parametrize("law", OF_DATA, ids=lambda law: law.__name__)
def test_a_law_of_values_holds_for_any_data(cls, law, data):
    node = build(cls)
    asked = {laws.memory: node.windowed, laws.merging: hasattr(cls, "merge")}
    if asked.get(law, True):
        law(node, data.draw(cases(node)))


@kernels
@pytest.mark.parametrize("law", OF_OPERATOR, ids=lambda law: law.__name__)
def test_a_law_of_an_operator_holds(cls, law):
    if law.__name__ in cls.exempt:
        pytest.skip(cls.exempt[law.__name__])
    law(build(cls))


@everyone
@pytest.mark.parametrize("law", SAID, ids=lambda law: law.__name__)
def test_an_operator_says_what_it_is(cls, law):
    law(cls)


@everyone
def test_the_docstring_has_formula_facts_reference_and_example(cls):
    text = inspect.getdoc(cls) or ""
    facts = ("Seed:", "NaN:", "Warm-up:", "Unit:")
    wanted = (".. math::", *facts, "References\n----------\n", "Examples\n--------\n", ">>> ")
    assert [part for part in wanted if part not in text] == []


def test_every_operator_is_listed_once():
    found = set()
    for module in pkgutil.walk_packages(penstock.ops.__path__, "penstock.ops."):
        members = vars(importlib.import_module(module.name)).values()
        found |= {x for x in members if inspect.isclass(x) and x.__module__ == module.name}
    operators = {x for x in found if issubclass(x, Operator) and hasattr(x, "kernel")}
    assert sorted(x.__name__ for x in operators - set(OPERATORS)) == []
    names = [cls.__name__ for cls in OPERATORS]
    assert sorted(names) == sorted(set(names))
