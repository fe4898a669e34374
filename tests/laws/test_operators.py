"""The laws of operators: what holds for every one of them."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable

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


def over(law: Callable) -> Callable:
    """A test of a law of values, over the operators that it is about.

    One for each law: Hypothesis nests its settings once for each operator that a test is run with.
    """
    about = {
        laws.memory: lambda cls: build(cls).windowed,
        laws.merging: lambda cls: hasattr(cls, "merge"),
    }
    chosen = [cls for cls in KERNELS if about.get(law, lambda _: True)(cls)]

    @pytest.mark.parametrize("cls", chosen, ids=lambda cls: cls.__name__)
    @EXAMPLES
    @given(data=st.data())
    def test(cls, data):
        node = build(cls)
        law(node, data.draw(cases(node)))

    return test


globals().update({f"test_{law.__name__}_holds_for_any_data": over(law) for law in OF_DATA})


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
