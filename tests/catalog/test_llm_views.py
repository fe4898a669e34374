"""The groups of a gateway's features over one log: their keys, ages, and the vector of every model at a request."""

import json

import numpy as np
import polars as pl
import pytest
from tests.events.test_telemetry import S, T, asked, chosen, done, first, said

import penstock as ps
from penstock.catalog import llm_views
from penstock.core.errors import DefinitionError
from penstock.core.time import duration
from penstock.events.readers import TelemetrySource

MODELS = ("gpt", "llama")


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """An hour and a half of two users and two models, one of them slower and cheaper."""
    rng, events = np.random.default_rng(2), []
    for name, cost in zip(MODELS, (0.01, 0.001), strict=True):
        told = {"context_length": 8_192, "input_cost": cost, "output_cost": cost, "rate_limit": 5.0}
        events.append({"type": "registry_update", "ts": T, "model_id": name, **told})
    events.append(
        {
            "type": "budget_event",
            "ts": T,
            "limit": 500.0,
            "spent": 0.0,
            "start": T,
            "reset": T + 10**15,
        }
    )
    for i in range(1_000):
        at, name, kind = i * 5 * S + 1, f"r{i}", int(rng.integers(0, 2))
        wait = (1 + kind) * S // 2 + int(rng.integers(0, S // 4))
        events += [
            asked(name, at, ["ann", "bob"][i % 2], prompt="Why is it so? Say.", deadline_ms=2_000, priority=8),
            chosen(name, at, MODELS[kind]), first(name, at + wait // 4), done(name, at + wait),
        ]  # fmt: skip
        if i % 3 == 0:
            events.append(said(name, at + 4 * S, "rating", 4 - kind))
        if i % 2 == 0:
            sample = {
                "cpu": 0.5,
                "memory": 0.25,
                "queue": 3,
                "inflight": 2,
                "region_rate": 1.0,
                "region_capacity": 4.0,
            }
            events.append({"type": "system_sample", "ts": T + at, **sample})
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    path.write_text(
        "".join(json.dumps(event) + "\n" for event in sorted(events, key=lambda e: e["ts"]))
    )
    return path


def test_every_group_has_its_key_and_the_age_that_its_values_may_have():
    ages = {view.name: (view.key, view.on.text, view.ttl) for view in llm_views.views()}
    assert ages == {
        "llm_request": (("user",), "llm_request", duration("1h")),
        "llm_model": (("model",), "llm_model", None),
        "llm_performance_5m": (("model",), "every:10s", duration("600s")),
        "llm_performance_1h": (("model",), "every:5m", duration("3600s")),
        "llm_session": (("user",), "any(llm_request,llm_feedback,llm_reply,llm_outcome)", duration("4h")),
        "llm_context": (("owner",), "every:10s", duration("30s")),
    }  # fmt: skip


@pytest.mark.parametrize("view", llm_views.views(), ids=lambda view: view.name)
def test_a_group_is_computed_from_a_log(log, view):
    by = "system" if view.key == ("owner",) else view.key[0]
    frame = ps.run(view, TelemetrySource(log, by=by))
    keys = {"user": {"ann", "bob"}, "model": set(MODELS), "system": {"system"}}
    assert set(frame[view.key[0]]) == keys[by]
    columns = [name for name in view.columns() if frame[name].is_finite().any()]
    assert len(columns) > len(view.columns()) / 4
    assert frame["ts"].is_sorted() or len(keys[by]) > 1


def test_the_two_windows_tell_how_many_attempts_they_are_of(log):
    for window, seconds in (("5m", 300), ("1h", 3_600)):
        view = next(v for v in llm_views.views() if v.name == f"llm_performance_{window}")
        frame = ps.run(view, TelemetrySource(log))
        whole = frame.filter(frame["ts"] > T + 4_000 * S)
        total = whole.group_by("ts").agg(pl.col("sample_size").sum())["sample_size"]
        assert (abs(total - seconds / 5) <= 1).all()


def test_one_row_has_the_vector_of_every_candidate_model(log):
    view = llm_views.routed(MODELS)
    frame = ps.run(view, TelemetrySource(log, by="router"))
    assert len(frame) == 1_000
    assert set(frame["owner"]) == {"system"}
    last = frame.tail(1).row(0, named=True)
    own = ps.run(
        ps.View(
            "own",
            ("llm_performance.latency_p95", "llm_model.context_length"),
            key="model",
            on="any(llm_completion)",
        ),
        TelemetrySource(log),
    )
    for name in MODELS:
        mine = (
            own.filter((own["model"] == name) & (own["ts"] < last["ts"])).tail(1).row(0, named=True)
        )
        assert last[f"{name}:context_length"] == 8_192.0
        # the window of the row may have lost answers since the model's last one
        assert last[f"{name}:latency_p95"] == pytest.approx(
            mine["llm_performance.latency_p95"], rel=0.03
        )
    assert last["gpt:latency_p95"] < last["llama:latency_p95"]
    assert (last["gpt:cost_latency_score"], last["llama:cost_latency_score"]) == (0.5, 0.5)
    assert last["gpt:pareto_efficiency_score"] == last["llama:pareto_efficiency_score"] == 1.0
    assert last["llama:quality_cost_ratio"] > last["gpt:quality_cost_ratio"]
    assert 0.8 * 0.5 / 2 * 0.9 < last["gpt:time_pressure"] < last["llama:time_pressure"]


def test_a_choice_of_one_is_refused():
    with pytest.raises(DefinitionError, match="at least two models"):
        llm_views.routed(("gpt",))
