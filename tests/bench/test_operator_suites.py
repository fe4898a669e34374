"""The suites of operators and of accuracy give results of the right shape; no time is asserted."""

import numpy as np
import pytest

from penstock.bench import instances, windows
from penstock.bench.accuracy import case, ours
from penstock.bench.exact import AFTER, SHORT, STATISTICS, WINDOW, exact, inputs, worst
from penstock.bench.indicators import INDICATORS
from penstock.bench.operators import MEASURED, figure, indicator_case, operator_case
from penstock.bench.own import copied, own_operator
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
    roots = {column.source for column in found.values() if isinstance(column, Output)}
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


@pytest.fixture(scope="module")
def short_inputs():
    return {series.name: series for series in inputs(2 * SHORT)}


def test_exact_values_are_those_of_numpy_where_numpy_is_exact_enough(short_inputs):
    series = short_inputs["walk"]
    for row, end in ((0, AFTER), (17, AFTER + 17)):
        x, y = (v[end - WINDOW + 1 : end + 1] for v in (series.x, series.y))
        assert float(exact("mean", series)[row]) == pytest.approx(x.mean(), rel=1e-13)
        assert float(exact("std", series)[row]) == pytest.approx(x.std(ddof=1), rel=1e-11)
        wanted = np.corrcoef(x, y)[0, 1]
        assert float(exact("correlation", series)[row]) == pytest.approx(wanted, rel=1e-9)


def test_ours_is_judged_on_the_rows_that_exact_values_are_for(short_inputs):
    found = ours(short_inputs["spike"])
    assert found.keys() == STATISTICS.keys()
    for name, values in found.items():
        assert len(values) == len(exact(name, short_inputs["spike"])) == SHORT - AFTER


@pytest.mark.parametrize("name", ["walk", "spike", "flat", "noise_1e6", "level_1e9", "ten_million"])
def test_ours_is_within_1e_12_of_exact(name, short_inputs):
    series = short_inputs[name]
    for statistic, values in ours(series).items():
        assert case(statistic, series, values, {})["within"], statistic


def test_a_missing_number_and_one_too_many_are_said_in_words():
    nan, wanted = float("nan"), np.array([1.0, np.nan]).astype(np.longdouble)
    assert worst(np.array([1.5, nan]), wanted) == 0.5
    assert worst(np.array([nan, nan]), wanted) == "not a number where one is due"
    assert worst(np.array([1.0, 0.0]), wanted) == "a number where none is due"


def test_the_bound_is_the_better_peer_or_1e_12_of_the_size(short_inputs):
    series = short_inputs["walk"]
    values = ours(series)["std"]
    told = {"talib": {"std": {"walk": 3e-9}}, "polars": {"std": {"walk": 2e-9}}}
    found = case("std", series, values, {**told, "pandas": {"std": {"walk": 1e-9}}})
    assert found["bound"] == 2e-9
    assert found["peers"]["pandas"] == 1e-9
    assert case("std", series, values, {"talib": {"absent": "No module"}})["bound"] < 1e-12


def test_a_window_of_a_day_costs_something_and_its_bytes_are_said():
    block = windows.day(windows.LIVE + 2_000)
    assert (np.diff(block.columns["time"]) >= 0).all()
    made = {way: (on, expr) for way, on, expr in windows.ways("sum", "1d", "1m", "1m")}
    assert list(made) == ["trade", "every:1m", "pane:1m"]
    found = {way: windows.cost(expr, on, block, 2) for way, (on, expr) in made.items()}
    assert all(
        case.keys() >= {"ns_block", "ns_live", "bytes_per_symbol"} for case in found.values()
    )
    assert found["pane:1m"]["bytes_per_symbol"] < 60_000 < found["trade"]["bytes_per_symbol"]


def test_a_copy_of_an_operator_in_a_file_of_its_own_is_measured_beside_ours():
    found = own_operator(quick=True)
    assert found.keys() >= {"ns_live_ours", "ns_live_own", "ratio_live", "ratio_block"}
    with copied() as cls:
        assert cls is not Ema
        assert cls.kernel.__code__.co_code == Ema.kernel.__code__.co_code
