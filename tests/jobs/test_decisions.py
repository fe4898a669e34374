"""The log of decisions: written, read back as of a time, and what is late, doubled, reordered or missing in it."""

import json
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.events.test_telemetry import S, T, asked, chosen, done, read, said

import penstock as ps
from penstock.core.errors import DataError
from penstock.events import Quarantine
from penstock.events.readers import TelemetrySource
from penstock.events.readers.telemetry import Terms
from penstock.events.texts import text_id
from penstock.jobs.decisions import Candidate, DecisionLog, decisions, version_of

M = 60 * S
TERMS = Terms(matures="10m")


def decided(name, at, model="gpt", shares=(0.75, 0.25), **more):
    among = [
        {"model_id": m, "propensity": p, "context": {"latency": 100.0 * (i + 1)}}
        for i, (m, p) in enumerate(zip(("gpt", "llama"), shares, strict=True))
    ]
    told = {"features_version": "v@1", "policy": "greedy", "context": {"tokens": 9}}
    event = {"type": "decision", "ts": T + at, "request_id": name, "model_id": model}
    return event | told | {"candidates": among} | more


def rewarded(name, at, value):
    return {"type": "reward", "ts": T + at, "request_id": name, "value": value}


def frame(path, events=None, as_of=None, **options):
    if events is not None:
        path.write_text("".join(json.dumps(event) + "\n" for event in events))
    quarantine = Quarantine()
    source = TelemetrySource(path, terms=TERMS, **options)
    found = decisions(source, as_of=None if as_of is None else T + as_of, quarantine=quarantine)
    return found, source.cases, {reason: n for (_, reason), n in quarantine.counts.items()}


def whole(name="a", at=0, **more):
    """A request with its decision and its answer ten seconds after it."""
    return [asked(name, at), decided(name, at, **more), chosen(name, at), done(name, at + 10 * S)]


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log.jsonl"


def test_a_decision_is_read_back_with_all_that_it_was_made_of(log):
    with DecisionLog(log, version="v@1", policy="greedy") as written:
        log.write_text("".join(json.dumps(e) + "\n" for e in [asked("a", 0), done("a", 5 * S)]))
        among = [Candidate("gpt", 0.9, {"p95": 80.0}), Candidate("llama", 0.1, {"p95": math.nan})]
        written.decided(T + S, "a", "llama", among, {"tokens": 7, "task": "code"})
        written.rewarded(T + 99 * S, "a", 0.25)
    found, _, kept = frame(log)
    assert kept == {}
    assert found.to_dicts() == [
        {
            "ts": T + S, "request": "a", "user": "ann", "model": model, "chosen": model == "llama",
            "propensity": share, "version": "v@1", "policy": "greedy",
            "reward": 0.25 if model == "llama" else None, "reward_ts": T + 99 * S if model == "llama" else None,
            "context.tokens": 7.0, "context.task": "code", "context.p95": p95,
        }
        for model, share, p95 in (("gpt", 0.9, 80.0), ("llama", 0.1, None))
    ]  # fmt: skip


def test_a_log_is_only_added_to(log):
    for value in (1.0, 2.0):
        before = log.read_bytes() if log.exists() else b""
        with DecisionLog(log, version="v@1", policy="p") as written:
            written.decided(T, f"r{value}", "gpt", [Candidate("gpt", 1.0)])
        assert log.read_bytes().startswith(before)
    assert len(log.read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("among", "choice"),
    [
        ([], "gpt"),
        ([("llama", 1.0)], "gpt"),
        ([("gpt", 0.0), ("llama", 1.0)], "gpt"),
        ([("gpt", 0.6), ("llama", 0.6)], "gpt"),
        ([("gpt", 0.5), ("gpt", 0.5)], "gpt"),
        ([("gpt", -0.5)], "gpt"),
    ],
)
def test_a_decision_that_cannot_be_is_not_written(log, among, choice):
    with (
        DecisionLog(log, version="v@1", policy="p") as written,
        pytest.raises(DataError, match="DecisionLog"),
    ):
        written.decided(T, "a", choice, [Candidate(*one) for one in among])
    assert log.read_text() == ""


def test_a_reward_must_be_a_number(log):
    with (
        DecisionLog(log, version="v", policy="p") as written,
        pytest.raises(DataError, match="finite"),
    ):
        written.rewarded(T, "a", math.nan)


@pytest.mark.parametrize(
    ("events", "reward"),
    [
        ([said("a", M, "rating", 4)], 0.75),
        ([said("a", M, "thumb", 1), said("a", 2 * M, "rating", 2)], 0.25),
        ([said("a", M, "thumb", 0), said("a", 2 * M, "copy")], 0.0),
        ([said("a", M, "copy")], 1.0),
        ([said("a", M, "regen")], 0.0),
        ([], None),
    ],
)
def test_a_reward_is_what_users_said_by_the_time_that_an_answer_matures(log, events, reward):
    found, _, _ = frame(log, [*whole(), *events, asked("later", 20 * M)])
    row = found.filter(pl.col("chosen")).row(0, named=True)
    assert row["reward"] == reward
    assert row["reward_ts"] == (None if reward is None else T + 10 * S + 10 * M)


def test_a_failed_answer_is_worth_nothing_unless_a_retry_is_good(log):
    failed = [asked("a", 0), decided("a", 0), chosen("a", 0), done("a", S, "error")]
    found, _, _ = frame(log, [*failed, asked("later", 20 * M)])
    assert found["reward"].to_list() == [0.0, None]
    again = [
        done("a", 2 * S, attempt=2),
        said("a", 3 * S, "rating", 5),
        asked("later", 20 * M),
    ]
    found, _, _ = frame(log, [*failed, *again])
    assert found["reward"].to_list() == [1.0, None]


def test_late_feedback_does_not_write_a_reward_anew(log):
    events = [
        *whole(),
        said("a", M, "thumb", 1),
        said("a", 11 * M, "rating", 1),
        asked("b", 20 * M),
    ]
    found, _, _ = frame(log, events)
    assert found["reward"].to_list() == [1.0, None]


def test_doubled_decisions_and_rewards_are_kept_aside(log):
    events = [*whole(), decided("a", S), rewarded("a", M, 0.5), rewarded("a", 2 * M, 0.9)]
    found, cases, kept = frame(log, [*events, asked("b", 20 * M)])
    assert found["reward"].to_list() == [0.5, None]
    assert (cases["decision twice"], cases["reward twice"]) == (1, 1)
    assert sum(kept.values()) == 2


def test_a_missing_request_decision_or_completion_gives_no_reward(log):
    events = [
        decided("x", 0), asked("a", S), done("a", 2 * S), rewarded("a", 3 * S, 1.0),
        asked("b", 4 * S), decided("b", 4 * S), asked("later", 20 * M),
    ]  # fmt: skip
    found, cases, kept = frame(log, events)
    assert set(found["request"]) == {"b"}
    assert found["reward"].to_list() == [None, None]
    assert (cases["decision without request"], cases["reward without decision"]) == (1, 1)
    assert sum(kept.values()) == 2


def test_reordered_events_within_the_lateness_give_the_same_frame(log):
    events = [*whole(), *whole("b", 5 * S, model="llama"), said("a", 20 * S, "rating", 3)]
    events.append(asked("later", 30 * M))
    first, _, _ = frame(log, events)
    rng = np.random.default_rng(3)
    for _ in range(5):
        moved = [events[i] for i in rng.permutation(len(events) - 1)]
        found, _, _ = frame(log, [*moved, events[-1]])
        assert found.equals(first)


@pytest.mark.parametrize(
    ("more", "case"),
    [
        ({"model_id": "other"}, "choice is no candidate"),
        ({"shares": (0.9, 0.9)}, "propensities are no shares"),
        ({"candidates": ["gpt", "gpt"]}, "candidates are not distinct"),
    ],
)
def test_a_decision_that_cannot_be_is_kept_aside_by_its_reason(log, more, case):
    shares = more.pop("shares", (0.75, 0.25))
    found, cases, kept = frame(log, [asked("a", 0), decided("a", 0, shares=shares) | more])
    assert len(found) == 0
    assert cases[f"decision: {case}"] == 1
    assert kept == {case: 1}


def test_a_context_of_two_types_is_an_error(log):
    events = [*whole(), asked("b", S), decided("b", S, context={"tokens": "nine"})]
    with pytest.raises(DataError, match="of one type"):
        frame(log, events)


def known_at(events, at):
    """By brute force: decisions up to a time, and rewards by what had come of each by then."""
    found = {}
    for event in events:
        if event["type"] == "decision" and event["ts"] <= at:
            found[event["request_id"]] = None
    for name in found:
        mine = [e for e in events if e.get("request_id") == name]
        ends = [e["ts"] for e in mine if e["type"] == "completed" and e["ts"] <= at]
        if ends and ends[0] + 10 * M <= at:
            stars = [
                e["value"] for e in mine if e["type"] == "feedback" and e["ts"] <= ends[0] + 10 * M
            ]
            found[name] = (stars[-1] - 1) / 4 if stars else None
    return found


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 60))
def test_what_is_read_back_is_what_was_known_then(tmp_path_factory, seed, minute):
    rng, events = np.random.default_rng(seed), []
    for number in range(12):
        name, at = f"r{number}", int(rng.integers(0, 30 * M))
        events += whole(name, at)
        if rng.random() < 0.7:
            stars = int(rng.integers(1, 6))
            events.append(said(name, at + 10 * S + int(rng.integers(1, 30 * M)), "rating", stars))
    events.sort(key=lambda e: e["ts"])
    found, _, _ = frame(tmp_path_factory.mktemp("log") / "log.jsonl", events, as_of=minute * M)
    mine = found.filter(pl.col("chosen"))
    got = dict(zip(mine["request"], mine["reward"], strict=True))
    assert got == known_at(events, T + minute * M)


def test_what_was_received_later_was_not_known(log):
    events = [*whole(), said("a", M, "rating", 5, received=T + 15 * M), asked("later", 30 * M)]
    for minute, reward in ((12, None), (16, 1.0)):
        found, _, _ = frame(log, events, as_of=minute * M)
        assert found["reward"].to_list() == [reward, None]


def test_decisions_and_rewards_are_events_for_features(log):
    events = [asked("a", 0, prompt="Why is it so?", task_type="qa"), *whole()[1:]]
    events += [rewarded("a", M, 0.5), asked("later", 20 * M)]
    found, _, _, _ = read(log, events)
    assert found["llm_decision"]["chosen"] == [1, 0]
    assert found["llm_decision"]["propensity"] == [0.75, 0.25]
    assert found["llm_decision"]["version"] == [text_id("v@1")] * 2
    reward = {name: column[0] for name, column in found["llm_reward"].items()}
    assert (reward["time"], reward["value"], reward["delay"]) == (T + M, 0.5, 60.0)
    assert (reward["words"], reward["characters"], reward["task"]) == (4.0, 13.0, text_id("qa"))
    assert (reward["model"], reward["propensity"]) == (text_id("gpt"), 0.75)
    view = ps.View("rewards", [("value", ps.llm_reward.value)], key="model", on="llm_reward")
    rows = ps.run(view, TelemetrySource(log))
    assert rows.select("model", "value").rows() == [("gpt", 0.5)]


def test_a_version_is_that_of_the_definitions():
    one = ps.View("v", ["llm_request.prompt_length"], key="user", on="llm_request")
    same = ps.View("v", ["llm_request.prompt_length"], key="user", on="llm_request")
    other = ps.View("v", ["llm_request.prompt_char_count"], key="user", on="llm_request")
    assert version_of(one) == version_of(same) != version_of(other)
