"""Rows judged before they are kept."""

import numpy as np
import pytest

from penstock.core.errors import DefinitionError
from penstock.declare import Checks, Field, Pushed, Schema, schema_of
from penstock.jobs.feature_store.reference import Reference
from penstock.jobs.feature_store.validator import Validator, said

NAN, INF = np.nan, np.inf


def latency(**checks: object) -> Schema:
    fields = [Field("p50", range=(0, 1e6)), Field("p95"), Field("share", range=(0, 1))]
    return schema_of(Pushed("latency", fields, key="model", checks=Checks(**checks)))  # type: ignore[arg-type]


def test_a_row_that_breaks_a_rule_is_refused_and_the_reason_names_the_rule() -> None:
    found = Validator(latency(rules=("p50 <= p95",))).judge(
        np.array([[1, 2, 0.5], [3, 2, (0.5).real]])
    )
    assert found.kept.tolist() == [True, False]
    assert said(found.reasons, latency()) == {1: "latency@v1: breaks the rule p50 <= p95"}


@pytest.mark.parametrize("policy", ["flag", "null", "refuse"])
def test_a_value_outside_its_promise_does_what_the_policy_says(policy: str) -> None:
    judge = Validator(latency(outside=policy))
    found = judge.judge(np.array([[1, 2, 1.5], [1, 2, 1.0], [1, 2, NAN]]))
    assert found.kept.tolist() == [policy != "refuse", True, True]
    assert np.isnan(found.values[0, 2]) == (policy == "null")
    counted = judge.refused if policy == "refuse" else judge.flagged
    assert counted == {("outside", "share"): 1}


def test_an_infinity_is_no_value_by_default() -> None:
    found = Validator(latency()).judge(np.array([[1, INF, 0.5], [1, -INF, 0.5], [1, 2, 0.5]]))
    assert found.kept.tolist() == [False, False, True]
    assert [why for _, why, _ in found.reasons] == ["infinite", "infinite"]


def test_nothing_is_filled_that_the_policy_does_not_name() -> None:
    rows = np.array([[1, NAN, NAN]])
    assert np.isnan(Validator(latency()).judge(rows).values[0, 1:]).all()
    judge = Validator(latency(fill={"share": 0.25}))
    assert judge.judge(rows).values[0].tolist()[2] == 0.25
    assert judge.flagged == {("filled", "share"): 1}
    assert not Validator(latency(nulls="refuse", fill={"share": 0.25})).judge(rows).kept[0]


@pytest.mark.parametrize(("how", "expected"), [("last", 39.0), ("mean", 19.5), ("median", 19.5)])
def test_a_fill_is_of_the_accepted_rows(how: str, expected: float) -> None:
    judge = Validator(latency(fill={"p95": how}))
    assert np.isnan(judge.judge(np.array([[1, NAN, 0.5]])).values[0, 1])
    for x in range(40):
        judge.judge(np.array([[0.0, x, 0.5]]))
    judge.judge(np.array([[1.0, INF, 0.5]]))  # refused, so no part of what is known
    for _ in range(3):  # each column's statistics are renewed in turn
        judge._reference._renew(1)
    assert judge.judge(np.array([[1, NAN, 0.5]])).values[0, 1] == expected


def test_outliers_are_flagged_and_kept() -> None:
    random = np.random.default_rng(3)
    judge = Validator(latency(window=128))
    rows = np.column_stack(
        [random.uniform(1, 2, 400), random.normal(100, 1, 400), random.uniform(0, 1, 400)]
    )
    quiet = judge.judge(rows)
    assert quiet.flags == {}  # nothing was known when they were judged
    found = judge.judge(np.array([[1.5, 110.0, 0.5]]))
    assert found.kept.all()
    assert {("deviations", "p95"), ("robust", "p95")} <= set(found.flags)
    assert ("deviations", "p50") not in found.flags


def test_one_spike_does_not_hide_the_next_from_the_robust_flag() -> None:
    random = np.random.default_rng(4)
    judge = Validator(latency(window=64))
    judge.judge(np.column_stack([np.ones(64), random.normal(0, 1, 64), np.full(64, 0.5)]))
    judge.judge(np.tile([1.0, 1e9, 0.5], (3, 1)))
    found = judge.judge(np.array([[1.0, 30.0, 0.5]]))
    assert ("robust", "p95") in found.flags
    assert ("deviations", "p95") not in found.flags


def test_the_statistics_are_those_of_numpy() -> None:
    random = np.random.default_rng(5)
    for size in (64, 63):
        reference = Reference(2, 64)
        rows = random.standard_cauchy((size, 2))
        rows[3, 1], rows[5, 1], rows[7, 1] = NAN, INF, -INF
        reference.accept(rows)
        for i in range(2):
            column = rows[np.isfinite(rows[:, i]), i]
            median = np.median(column)
            assert reference._mean[i] == pytest.approx(column.mean(), rel=1e-12)
            assert reference._std[i] == pytest.approx(column.std(ddof=1), rel=1e-12)
            assert reference._median[i] == median
            assert reference._mad[i] == np.median(np.abs(column - median))


def test_what_checks_name_must_be_there() -> None:
    with pytest.raises(
        DefinitionError, match=r"fill names a column, got 'p59'; did you mean 'p95'"
    ):
        Validator(latency(fill={"p59": 0.0}))
    with pytest.raises(
        DefinitionError, match=r"must be a number or one of last, mean, median, got 'next'"
    ):
        Validator(latency(fill={"p50": "next"}))
    with pytest.raises(DefinitionError, match=r"a rule names columns of numbers, got 'p 1'"):
        Validator(latency(rules=("`p 1` < 2",)))
    with pytest.raises(DefinitionError, match=r"may keep no state, got Ema"):
        Validator(latency(rules=("Ema(p50, span=3) < 2",)))
