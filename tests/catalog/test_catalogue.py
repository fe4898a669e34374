"""Laws of the catalogue: complete, documented, locked."""

import csv
import dataclasses
import json
import re
import sys

import pytest
from tests.catalog.market import ROOT
from tests.catalog.verify import REPORT

from penstock.catalog import ALIASES, FEATURES, OUTSIDE, WAITING, find, search
from penstock.catalog.__main__ import LOCK
from penstock.catalog.corrections import CORRECTIONS
from penstock.core.errors import DefinitionError
from penstock.declare import lock, parse_request
from penstock.declare.feature import Feature

ROWS = (ROOT / ".." / "shared" / "catalog" / "catalog.csv").resolve()
PRIORITIES = {  # of the rows that are built, by family
    "streaming_stats": "12", "price": "12", "volume": "12", "volume_profile": "12", "microstructure": "12",
    "order_flow": "12", "indicators": "12", "candlestick": "12", "delta": "12", "ratio": "12", "time": "12",
    "lagged": "12", "volatility": "12", "exchange": "12", "llm_request": "1", "llm_model": "1", "llm_performance": "1",
    "llm_feedback": "1", "llm_context": "1", "llm_derived": "1", "sentiment": "123", "levels": "12", "spymaster": "12",
}  # fmt: skip
OPEN = re.compile("[A-Za-z]")  # a bound that a parameter gives
RANGES = {  # that differ from the row's: the row's, and why ours holds
    "indicators.choppiness_index": ("[0,100]", "a gap into a window is in its true ranges, and not in its range"),
    "llm_request.task_type": ("10", "the row has the number of classes"),
    "llm_derived.user_behavior_cluster": ("8", "the row has the number of groups"),
    "llm_request.prompt_domain": ("6", "the row has the number of classes"),
    "streaming_stats.rolling_l_kurtosis": ("[-0.25,1]", "an unbiased estimate may leave the bounds of its target"),
    "sentiment.finbert_confidence": ("[1/3,1]", "the bound is a fraction"),
    "sentiment.sentiment_volatility": ("[0,1]", "a sample deviation of two scores may be the root of 2"),
    "microstructure.edge_spread": ("[0,inf)", "an estimate may be kept with its sign"),
    "spymaster.level_kind": ("14", "the row has the number of kinds"),
    "spymaster.barrier_state": ("6", "the row has the number of states"),
    "spymaster.fuel_effect": ("3", "the row has the number of effects"),
    "spymaster.signal": ("4", "the row has the number of signals"),
    "spymaster.confidence": ("3", "the row has the number of grades"),
    "exchange.liquidation_to_volume_share": ("[0,1]", "forced orders may be in a feed whose trades are not"),
}  # fmt: skip


def rows() -> list[dict[str, str]]:
    if not ROWS.exists():
        pytest.skip("../shared is absent: the rows of the specification are not read")
    with ROWS.open() as file:
        return [r for r in csv.DictReader(file) if r["priority"] in PRIORITIES.get(r["family"], "")]


def test_every_row_of_the_specification_is_built_or_waiting() -> None:
    built, waiting = {feature.name for feature in FEATURES}, {name for name, _ in WAITING}
    outside = {name for name, _ in OUTSIDE}
    assert not built & waiting
    assert not outside & (built | waiting)
    assert {row["id"] for row in rows()} == built | waiting | outside


def test_what_is_no_feature_is_a_key_or_a_label_and_is_refused_by_name() -> None:
    roles = {row["id"]: row["role"] for row in rows()}
    for name, why in OUTSIDE:
        assert roles[name] in ("identity", "label")
        assert (roles[name] == "label") == ("no view may read it" in why)
        with pytest.raises(DefinitionError, match="a feature is needed, got"):
            find(name)


def test_a_range_is_that_of_its_row() -> None:
    names = {feature.name: feature for feature in FEATURES}
    for row in rows():
        bounds = re.findall(r"-?\d+(?:\.\d+)?|-?inf", row["range"])
        if row["id"] in RANGES:
            assert row["range"] == RANGES[row["id"]][0]
        elif row["id"] in names and bounds and not OPEN.search(row["range"].replace("inf", "")):
            low, high = float(bounds[0]), float(bounds[-1])
            assert names[row["id"]].range == (low, high), row["id"]


def test_every_parameter_of_a_row_is_open_under_its_name() -> None:
    names = {feature.name: feature for feature in FEATURES}
    for row in rows():
        if row["id"] in names:
            assert set(json.loads(row["params"])) <= set(names[row["id"]].parameters), row["id"]


def test_no_name_is_given_twice() -> None:
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_feature_is_documented(feature: Feature) -> None:
    assert feature.formula, "its formula's docstring has no formula"
    assert feature.source
    assert feature.unit
    assert feature.inputs
    assert feature.warmup >= 1
    assert feature.latex


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_change_has_a_new_version(feature: Feature) -> None:
    locked = lock.read_lock(LOCK.read_text())
    now = {feature.name: lock.lock_entry(feature)}
    assert locked.get(feature.name) == now[feature.name], (
        f"{feature.name} or a kernel it uses changed: raise its version, then run {sys.executable} -m penstock.catalog"
    )


@pytest.mark.parametrize("alias", ALIASES)
def test_a_name_of_another_system_is_a_request(alias: str) -> None:
    feature, params, column = parse_request(alias)
    assert column == alias
    assert feature.expr(**params) is parse_request(ALIASES[alias])[0].expr(**params)


def test_the_names_of_the_requirements_that_are_built_resolve() -> None:
    path = ROWS.with_name("aliases_seed001.csv")
    if not path.exists():
        pytest.skip("../shared is absent: the names of the requirements are not read")
    built = {feature.name.partition(".")[2] for feature in FEATURES}
    with path.open() as file:
        fields = list(csv.DictReader(file))
    technical = {f["seed001_field"] for f in fields if f["catalog_name"] in built}
    assert technical - set(ALIASES) <= {"price_change"}  # of the mid, which waits for its family


def test_the_report_has_every_feature() -> None:
    text = REPORT.read_text()
    missing = [feature.name for feature in FEATURES if f"| `{feature.name}` |" not in text]
    assert not missing, "run make verify"


def test_what_is_corrected_is_built_and_so_is_every_range_that_differs() -> None:
    assert {*CORRECTIONS, *RANGES} <= {feature.name for feature in FEATURES}
    assert set(RANGES) <= set(CORRECTIONS)


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_feature_says_what_it_is_checked_against(feature: Feature) -> None:
    assert feature.oracle or feature.family == "microstructure"  # whose rows are not all built


def test_the_lock_has_no_other_names() -> None:
    assert set(lock.read_lock(LOCK.read_text())) == {feature.name for feature in FEATURES}


def test_the_lock_is_not_rewritten_for_a_change_without_a_new_version() -> None:
    feature = find("price.simple_return")
    other = dataclasses.replace(feature, build=find("price.open_gap").build)
    old = lock.lock([feature])
    with pytest.raises(
        DefinitionError, match=r"a changed feature needs a new version, got price\.simple_return"
    ):
        lock.renewed(old, lock.lock([other]))
    new = lock.lock([dataclasses.replace(other, version=2)])
    assert lock.renewed(old, new) == new
    assert lock.read_lock(lock.write_lock(new)) == new


def test_a_search_finds_names_before_sentences() -> None:
    assert search("spread")[0].name.partition(".")[2].count("spread") == 1
    assert "microstructure.kyle_lambda" in {feature.name for feature in search("signed volume mid")}
    assert search("no such thing") == ()
