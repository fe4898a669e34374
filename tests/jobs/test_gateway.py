"""The worked example of a router: its day, what it learned from, and its verdict against counting by hand."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from tests.catalog.market import DATA

from penstock.core.errors import DataError
from penstock.events.readers import TelemetrySource
from penstock.jobs.decisions import decisions
from penstock.jobs.gateway.recorded import recorded
from penstock.jobs.gateway.route import JUDGED, TERMS, bits_equal, route
from penstock.jobs.gateway.trace import simulated
from penstock.jobs.gateway.verdict import judge


@pytest.fixture(scope="module")
def routed(tmp_path_factory):
    return route(simulated(300), tmp_path_factory.mktemp("day"), price=0.05)


def test_a_day_is_the_same_for_the_same_seed_and_in_order():
    one, same, other = simulated(50), simulated(50), simulated(50, seed=8)
    assert one.prompts == same.prompts != other.prompts
    assert np.array_equal(one.quality, same.quality)
    assert (np.diff(one.times) >= 0).all()
    assert (one.first_token <= one.latency).all()
    by_hand = [
        one.tokens[i] * one.prices[k, 0] / 1e3 + one.output_tokens[i, k] * one.prices[k, 1] / 1e3
        for i in (0, 49)
        for k in range(4)
    ]
    assert one.cost[[0, 49]].ravel() == pytest.approx(by_hand)


def test_what_decisions_were_made_on_is_what_a_run_over_the_log_gives(routed):
    assert bits_equal(routed)
    changed = dataclasses.replace(routed, rows=[*routed.rows[:-1], routed.rows[-1] + 1.0])
    assert not bits_equal(changed)


def test_the_bandit_learned_from_what_was_known_when_learning_ended(routed):
    trace, first = routed.trace, int(routed.trace.times[routed.learned])
    assert routed.learned == 210
    assert set(routed.decided["request"]) == {f"r{i}" for i in range(210)}
    for row in routed.decided.filter(pl.col("chosen")).iter_rows(named=True):
        i = int(row["request"][1:])
        choice = routed.choices[i]
        known = int(trace.times[i]) + int(trace.latency[i, choice] * 1e6) + JUDGED
        assert row["model"] == trace.models[choice]
        assert row["reward_ts"] == (known if known <= first else None)
        cost = trace.cost[i, choice] / trace.cost.mean(axis=0).max()
        if known <= first:
            assert row["reward"] == pytest.approx(trace.quality[i, choice] - 0.05 * cost)


def test_every_decision_is_logged_with_its_chances_and_one_model_is_chosen(routed):
    found = decisions(TelemetrySource(routed.path, terms=TERMS))
    each = found.group_by("request", maintain_order=True).agg(
        pl.col("chosen").sum(), pl.col("propensity").sum(), pl.len()
    )
    assert len(each) == 300
    assert (each["chosen"] == 1).all()
    assert (each["len"] == 4).all()
    assert (abs(each["propensity"] - 1.0) < 1e-6).all()
    assert found["version"].n_unique() == 1
    rest = found.filter(pl.col("request").is_in([f"r{i}" for i in range(210, 300)]))
    assert rest["reward"].null_count() == len(rest)  # nobody was told what these brought
    assert set(rest.filter(pl.col("chosen"))["propensity"]) == {1.0}


def test_a_verdict_is_what_counting_gives(routed):
    trace, verdict = routed.trace, judge(routed)
    rest = range(routed.learned, len(trace))
    table = {row["policy"]: row for row in verdict.table.to_dicts()}
    assert list(table) == ["router", *trace.models, "random", "oracle"]

    def counted(pick):
        picks = [(i, pick(i)) for i in rest]
        right = [trace.quality[i, k] == trace.quality[i].max() for i, k in picks]
        return {
            "quality": np.mean([trace.quality[p] for p in picks]), "accuracy": np.mean(right),
            "cost": 1e3 * np.mean([trace.cost[p] for p in picks]),
            "latency_p50": np.quantile([trace.latency[p] for p in picks], 0.5, method="inverted_cdf"),
            "latency_p95": np.quantile([trace.latency[p] for p in picks], 0.95, method="inverted_cdf"),
        }  # fmt: skip

    def cheapest(i):
        best = np.flatnonzero(trace.quality[i] == trace.quality[i].max())
        return min(best, key=lambda k: trace.cost[i, k])

    for name, pick in (
        ("router", lambda i: routed.choices[i]),
        *((name, lambda i, k=k: k) for k, name in enumerate(trace.models)),
        ("oracle", cheapest),
    ):
        assert {n: table[name][n] for n in counted(pick)} == pytest.approx(counted(pick))
    assert table["random"]["quality"] == pytest.approx(trace.quality[rest.start :].mean())
    assert table["oracle"]["accuracy"] == 1.0
    alone = max((table[name] for name in trace.models), key=lambda row: row["quality"])
    assert verdict.best == alone["policy"]
    assert verdict.cost_change == pytest.approx(table["router"]["cost"] / alone["cost"] - 1)
    reached = {mark: reached for mark, _, reached in verdict.marks}
    assert len(reached) == 5
    name = f"cost against {verdict.best} alone, at least -15 %"
    assert reached[name] == (verdict.cost_change <= -0.15)


@pytest.mark.skipif(not (DATA / "llm").is_dir(), reason="the recordings of gateways are needed")
def test_a_recorded_day_has_scores_prices_latencies_and_rates(tmp_path):
    trace = recorded(DATA, 60)
    assert trace.quality.shape == trace.latency.shape == (60, 9)
    assert 0.0 <= trace.quality.min() < trace.quality.max() <= 1.0
    assert (trace.first_token <= trace.latency).all()
    assert trace.prices.max() == pytest.approx(0.0009)
    found = route(trace, tmp_path)
    assert bits_equal(found)
    assert judge(found).table["policy"].to_list()[1:10] == list(trace.models)


def test_a_folder_without_recordings_is_refused(tmp_path):
    with pytest.raises(DataError, match="the folder must have"):
        recorded(tmp_path)
