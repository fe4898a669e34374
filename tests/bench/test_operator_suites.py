"""The suites of operators and of accuracy give results of the right shape; no time is asserted."""

import numpy as np
import pytest

from penstock.bench import instances
from penstock.bench.indicators import INDICATORS
from penstock.bench.operators import MEASURED, figure, indicator_case, operator_case
from penstock.bench.series import bars
from penstock.engine import Engine
from penstock.events import Bar, Block
from penstock.expr import BAR, Column, Output
from penstock.ops import OPERATORS
from penstock.ops.ema import Ema
from penstock.ops.fitted import Fitted
from penstock.plan import build

TINY = {"copies": 2, "repeats": 1}


def test_every_operator_but_the_refitted_one_is_measured():
    assert set(OPERATORS) - set(MEASURED) == {Fitted}
    assert all(type(instances.example(cls)) is cls for cls in MEASURED)


def test_an_instance_again_is_another_node_with_the_same_kernel():
    node = Ema(Column(BAR, "close"), span=20.0)
    one, two = (instances.again(node, turn) for turn in range(2))
    assert len({node, one, two}) == 3
    assert type(one).kernel is type(node).kernel
    assert len(build({"a": one, "b": two}, BAR, (BAR,)).operators) == 2


def test_outputs_of_one_operator_stay_outputs_of_one_operator():
    found = instances.columns(INDICATORS["BB20"].columns(), 2)
    assert len(found) == 6
    roots = {x.source for c in found.values() for x in c.operands if isinstance(x, Output)}
    assert len(roots) == 2


@pytest.mark.parametrize("name", ["AsOf", "DepthSum", "SlotSum", "WindowSum"])
def test_an_operator_costs_something_live_and_in_blocks(name):
    cls = next(cls for cls in MEASURED if cls.__name__ == name)
    found = operator_case(instances.example(cls), **TINY)
    assert found["case"] == name
    assert found["ns_live"] > 0.0
    assert found["ns_block"] > 0.0


def test_an_indicator_stands_beside_its_target():
    found = indicator_case("SMA20", INDICATORS["SMA20"], **TINY)
    assert {"ns_live", "ns_live_marginal", "ns_block", "target_ns_live"} <= found.keys()


def test_the_instances_of_an_indicator_give_equal_values():
    outputs = INDICATORS["RSI14"].columns()
    plan = build(instances.columns(outputs, 3), BAR, (BAR,))
    rows = Engine(plan, capacity=64).push_block(Block.of(Bar, **bars(200))).values()
    assert np.isfinite(rows[-1]).all()
    np.testing.assert_array_equal(rows[:, :1].repeat(3, axis=1), rows)


def test_a_peer_without_a_statistic_says_so():
    assert figure({"SMA20": {"ns_live": 1.0}}, "SMA20") == {"ns_live": 1.0}
    assert "no such statistic" in figure({}, "ADX14")["absent"]
    assert figure({"absent": "No module"}, "ADX14") == {"absent": "No module"}
