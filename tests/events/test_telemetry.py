"""A gateway's log: its forms, what is joined by a request's id, and what is wrong with events."""

import gzip
import json
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.catalog.market import DATA

import penstock as ps
import penstock.catalog
from penstock.core.errors import DefinitionError
from penstock.events import Keys, Quarantine
from penstock.events.readers import open_source
from penstock.events.readers.telemetry import Prices, TelemetrySource, Terms, Tokenizer, approximate
from penstock.events.readers.telemetry.words import (
    SENTENCES,
    WORDS,
    WORDS_OF,
    counted,
    measured,
    syllables,
)
from penstock.events.texts import text_id

S = 1_000_000_000
T = 1_700_000_000 * S


def asked(name, at, user="ann", **more):
    return {"type": "request_received", "ts": T + at, "request_id": name, "user_id": user, **more}


def chosen(name, at, model="gpt", **more):
    return {"type": "model_selected", "ts": T + at, "request_id": name, "model_id": model, **more}


def first(name, at, **more):
    return {"type": "first_token", "ts": T + at, "request_id": name, **more}


def done(name, at, status="ok", **more):
    tokens = {"in_tokens": 20, "out_tokens": 8, "cost_usd": 0.5}
    return {
        "type": "completed",
        "ts": T + at,
        "request_id": name,
        "status": status,
        **tokens,
        **more,
    }


def said(name, at, kind, value=None, **more):
    return {
        "type": "feedback",
        "ts": T + at,
        "request_id": name,
        "kind": kind,
        "value": value,
        **more,
    }


def read(path, events=None, **options):
    """The blocks of a file by type, its source and its quarantine."""
    if events is not None:
        path.write_text("".join(json.dumps(event) + "\n" for event in events))
    source, quarantine, keys = TelemetrySource(path, **options), Quarantine(), Keys(("owner",))
    found = {}
    for blocks in source.chunks(keys, quarantine):
        for block in blocks:
            for name, column in block.columns.items():
                found.setdefault(block.type.name, {}).setdefault(name, []).extend(column.tolist())
    return found, source, {reason: n for (_, reason), n in quarantine.counts.items()}, keys


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log.jsonl"


def test_events_of_a_request_are_joined_by_its_id(log):
    events = [asked("a", 0, task_type="code"), chosen("a", S), first("a", 3 * S), done("a", 5 * S)]
    found, _, wrong, keys = read(log, events)
    assert wrong == {}
    mine = {name: column[0] for name, column in found["llm_completion"].items()}
    assert (mine["time"], mine["latency"], mine["first_token"]) == (T + 5 * S, 4_000.0, 2_000.0)
    assert (mine["task"], mine["user"], mine["model"]) == tuple(
        map(text_id, ("code", "ann", "gpt"))
    )
    assert (mine["input_tokens"], mine["output_tokens"], mine["cost"]) == (20.0, 8.0, 0.5)
    assert keys.names[mine["key"]] == ("gpt",)
    assert found["llm_first_token"]["wait"] == [2_000.0]
    assert found["llm_request"]["time"] == []  # a request has no model


def test_any_order_within_the_lateness_gives_the_same(log, tmp_path):
    events = [
        asked("a", 0),
        chosen("a", 1),
        done("a", 5 * S),
        asked("b", 6 * S),
        chosen("b", 6 * S),
        done("b", 9 * S),
    ]
    whole = read(log, events, by="system")[0]
    order = np.random.default_rng(1).permutation(len(events))
    mixed, source, wrong, _ = read(tmp_path / "m.jsonl", [events[i] for i in order], by="system")
    assert (repr(mixed), wrong, source.cases["late"]) == (repr(whole), {}, 0)


def test_what_is_late_is_kept_aside_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("penstock.events.readers.telemetry.source.ROWS", 1)  # of a chunk
    events = [asked("a", 0), asked("z", 200 * S), asked("late", 139 * S), asked("in time", 141 * S)]
    table = tmp_path / "log.parquet"
    pq.write_table(pa.Table.from_pylist(events), table)
    found, source, wrong, _ = read(table, by="user")
    assert found["llm_request"]["request"] == list(map(text_id, ("a", "in time", "z")))
    assert (source.cases["late"], wrong) == (1, {"late event": 1})


def test_what_comes_twice_or_without_request_is_counted_by_name(log):
    events = [
        asked("a", 0), asked("a", 1), chosen("a", 2), chosen("a", 3), done("a", 4), done("a", 5), done("ghost", 6),
        first("ghost", 7), said("a", 8, "rating", 4), said("a", 8, "rating", 4), said("ghost", 9, "copy"),
        asked("", 10), {"type": "other", "ts": T}, {"type": "probe"},
    ]  # fmt: skip
    log.write_text("".join(json.dumps(event) + "\n" for event in events) + "no json\n")
    found, source, wrong, _ = read(log)
    assert source.cases == {
        "request twice": 1, "selection twice": 1, "completion twice": 1, "completion without request": 1,
        "first token without request": 1, "feedback twice": 1, "feedback without request": 1,
        "request without id": 1, "immature": 1,
    }  # fmt: skip
    assert wrong == {
        "duplicate request": 1, "no such request, or again": 6, "empty id": 1, "no such record": 2,
        "no JSON": 1,
    }  # fmt: skip
    assert len(found["llm_completion"]["time"]) == 1


def test_feedback_after_a_day_counts_when_it_comes_and_rewrites_nothing(log):
    day = 86_400 * S
    early = [asked("a", 0), chosen("a", 0), done("a", S), said("a", 2 * S, "rating", 2)]
    tick = [{"type": "probe", "ts": T + day, "model_id": "gpt", "healthy": 1}]
    late = [said("a", day + 1, "rating", 5, model_id="gpt"), said("a", day + 2, "rating", 5)]
    before = read(log, early + tick)[0]
    after, source, wrong, _ = read(log, early + tick + late)
    both = after["llm_feedback"]
    assert (both["value"], both["delay"][0]) == ([2.0, 5.0], 1.0)
    assert math.isnan(both["delay"][1])
    assert source.cases["feedback without request"] == 2  # the second names no model either
    assert wrong == {"no such request, or again": 1}
    del before["llm_feedback"], after["llm_feedback"]
    assert repr(after) == repr(before)


def test_a_retry_is_an_attempt_of_its_own(log):
    events = [
        asked("a", 0), chosen("a", 0), done("a", S, status="429", attempt=1), chosen("a", 2 * S, "llama", attempt=2),
        first("a", 3 * S, attempt=2), done("a", 5 * S, attempt=2),
    ]  # fmt: skip
    found = read(log, events)[0]["llm_completion"]
    assert found["status"] == [3, 0]
    assert found["latency"] == [1_000.0, 3_000.0]
    assert found["model"] == [text_id("gpt"), text_id("llama")]


def brute_outcomes(events):
    """Outcomes by brute force over the raw events of users whose requests all have one completion."""
    found = []
    by = {
        kind: [e for e in events if e["type"] == kind]
        for kind in ("request_received", "completed", "feedback")
    }
    ends = {e["request_id"]: e["ts"] for e in by["completed"]}
    last = max(e["ts"] for e in events)
    for name, end in ends.items():
        due = end + 600 * S
        mine = [e for e in by["feedback"] if e["request_id"] == name and e["ts"] < due]
        if due <= last:
            found.append((due, name, 1, float(any(e["kind"] == "regen" for e in mine))))
            found.append((due, name, 2, float(any(e["kind"] == "copy" for e in mine))))
    for user in {e["user_id"] for e in by["request_received"]}:
        times = sorted(
            (e["ts"], e["request_id"]) for e in by["request_received"] if e["user_id"] == user
        )
        begin, members = None, []
        for i, (t, name) in enumerate(times):
            begin = t if begin is None else begin
            members.append(name)
            closes = min(t + 1_800 * S, begin + 14_400 * S)
            follows = times[i + 1][0] if i + 1 < len(times) else None
            if (follows is None or follows >= closes) and closes <= last:
                end = ends.get(name)
                touched = end is not None and any(
                    e["request_id"] == name and end <= e["ts"] <= end + 60 * S
                    for e in by["feedback"]
                )
                found.append((closes, name, 4, float(end is None or end > closes or not touched)))
            if follows is not None and follows >= closes:
                begin, members = None, []
    return sorted((t, text_id(name), kind, value) for t, name, kind, value in found)


def test_outcomes_and_replies_are_what_brute_force_says(log):
    rng = np.random.default_rng(4)
    events, at = [], 0
    for i in range(120):
        at += int(rng.choice([20, 90, 400, 2_500])) * S + 7 * i
        name = f"r{i}"
        events.append(asked(name, at, user=rng.choice(["ann", "bob"])))
        if rng.random() < 0.9:
            end = at + int(rng.integers(1, 15)) * S + i
            events.append(done(name, end))
            after = {
                kind: int(rng.choice([5, 50, 59, 300, 900])) * S
                for kind in ("regen", "copy", "thumb")
            }
            events += [
                said(name, end + t, kind, 1) for kind, t in after.items() if rng.random() < 0.4
            ]
    events.sort(key=lambda event: event["ts"])
    found = read(log, events, by="system")[0]
    o = found["llm_outcome"]
    told = sorted(zip(o["time"], o["request"], o["kind"], o["happened"], strict=True))
    assert told == brute_outcomes(events)
    assert {kind for _, _, kind, value in told if value == 1.0} == {1, 2, 4}
    r = found["llm_reply"]
    ends = {text_id(e["request_id"]): e["ts"] for e in events if e["type"] == "completed"}
    assert len(r["time"]) > 20
    for time, name, after in zip(r["time"], r["request"], r["after"], strict=True):
        assert after == pytest.approx((time - ends[name]) / 1e9)


def test_a_question_on_the_same_subject_is_a_follow_up_where_an_encoder_says_so(log):
    events = [
        asked("a", 0, prompt="price of tea"), done("a", S), asked("b", 60 * S, prompt="price of tea?"),
        done("b", 61 * S), asked("c", 120 * S, prompt="weather"), done("c", 121 * S), asked("d", 1_000 * S),
    ]  # fmt: skip
    alike = Terms(similar=lambda one, two: float(one[:5] == two[:5]))
    o = read(log, events, by="system", terms=alike)[0]["llm_outcome"]
    followed = {
        r: h for r, k, h in zip(o["request"], o["kind"], o["happened"], strict=True) if k == 3
    }
    assert followed == {text_id("a"): 1.0, text_id("b"): 0.0, text_id("c"): 0.0}


def span(name, begin, end, **told):
    kinds = {int: "intValue", float: "doubleValue", str: "stringValue"}
    told = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt", **told}
    attributes = [
        {"key": k, "value": {kinds[type(v)]: str(v) if isinstance(v, int) else v}}
        for k, v in told.items()
    ]
    return {
        "traceId": "t", "spanId": name, "name": "chat gpt", "attributes": attributes, "status": {},
        "startTimeUnixNano": str(T + begin), "endTimeUnixNano": str(T + end),
    }  # fmt: skip


def test_spans_of_opentelemetry_are_requests(log):
    good = span(
        "1", 0, 3 * S,
        **{"gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 5, "user.id": "ann",
           "gen_ai.response.time_to_first_chunk": 0.5},
    )  # fmt: skip
    bad = span("2", S, 4 * S, **{"error.type": "timeout"}) | {"status": {"code": 2}}
    other = span("3", S, 2 * S, **{"gen_ai.operation.name": "execute_tool"})
    export = {"resourceSpans": [{"scopeSpans": [{"spans": [good, bad, other]}]}]}
    found, _, wrong, _ = read(log, [export, {"resourceMetrics": []}], form="otlp", by="system")
    mine = found["llm_completion"]
    assert (mine["latency"], mine["status"]) == ([3_000.0, 3_000.0], [0, 2])
    assert (mine["input_tokens"][0], mine["output_tokens"][0], mine["first_token"][0]) == (
        12.0,
        5.0,
        500.0,
    )
    assert found["llm_request"]["user"][0] == text_id("ann")
    assert wrong == {"no such record": 1}


def test_calls_of_an_access_log_are_requests(log):
    call = {
        "id": "x", "status": "success", "startTime": 1.7e9, "endTime": 1.7e9 + 2, "completionStartTime": 1.7e9 + 0.5,
        "model": "gpt", "prompt_tokens": 9, "completion_tokens": 4, "response_cost": 0.25, "end_user": "ann",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why? Say."}],
        "model_parameters": {"max_tokens": 64},
    }  # fmt: skip
    refused = call | {"id": "y", "status": "failure", "error_information": {"error_code": "429"}}
    found, _, wrong, _ = read(log, [call, refused, {"id": "z"}], form="litellm", by="system")
    mine, requests = found["llm_completion"], found["llm_request"]
    assert (mine["status"], mine["latency"], mine["first_token"][0]) == (
        [0, 3],
        [2_000.0, 2_000.0],
        500.0,
    )
    assert (requests["words"][0], requests["sentences"][0], requests["max_tokens"][0]) == (
        2.0,
        2.0,
        64.0,
    )
    assert requests["history_tokens"][0] == approximate("Be brief.")
    assert wrong == {"no such record": 1}


def test_a_table_and_packed_lines_give_the_same(log, tmp_path):
    events = [asked("a", 0), chosen("a", S), done("a", 2 * S)]
    whole = read(log, events)[0]
    packed = tmp_path / "log.jsonl.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    assert repr(read(packed)[0]) == repr(whole)
    names = sorted({name for event in events for name in event})
    table = tmp_path / "log.parquet"
    pq.write_table(pa.table({n: [event.get(n) for event in events] for n in names}), table)
    assert repr(read(table)[0]) == repr(whole)


def test_a_price_list_gives_what_holds_at_the_time_and_what_changes_later(log, tmp_path):
    listed = [
        {"id": "acme", "models": [
            {"id": "gpt", "match": {"starts_with": "gpt"}, "context_window": 8_192, "prices": [
                {"prices": {"input_mtok": 2, "output_mtok": {"base": 6, "tiers": []}}},
                {"constraint": {"start_date": "2023-11-15"}, "prices": {"input_mtok": 1, "output_mtok": 3}},
                {"constraint": {"start_time": "00:30:00Z"}, "prices": {"input_mtok": 9}},
            ]},
        ]},
    ]  # fmt: skip
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(listed))
    events = [
        asked("a", 0),
        chosen("a", 1, "gpt-x"),
        asked("b", 9_000 * S),
        chosen("b", 9_000 * S, "other"),
    ]
    found = read(log, events, prices=Prices(path))[0]["llm_model"]
    midnight = 1_700_006_400 * S  # 15 November 2023
    assert found["time"] == [T + 1, midnight]
    assert (found["input_cost"], found["output_cost"]) == ([0.002, 0.001], [0.006, 0.003])
    assert (found["context_length"], found["provider"]) == ([8_192.0] * 2, [text_id("acme")] * 2)


def test_the_real_price_list_is_read_whole():
    path = DATA / "llm" / "genai_prices_data_slim.json.gz"
    if not path.exists():
        pytest.skip("../shared is absent: the price list is not read")
    prices = Prices(path)
    dated = 0
    for provider, model in prices.models:
        updates = prices.updates(f"{provider['id']}/{model['id']}")
        assert updates, model["id"]
        assert all(update["provider"] == provider["id"] for update in updates)
        dated += len(updates) > 1
    assert dated == 7
    first = prices.updates("claude-2")[0]
    assert (first["input_cost"], first["output_cost"], first["context_length"]) == (
        0.008,
        0.024,
        200_000,
    )
    assert prices.updates("claude-2.1")[0]["input_cost"] == 0.008  # by the rule
    assert prices.updates("no such model") == []


def test_an_update_of_one_field_leaves_the_others(log):
    update = {"type": "registry_update", "model_id": "gpt"}
    events = [
        update
        | {
            "ts": T,
            "context_length": 8_192,
            "size_class": "small",
            "capabilities": ["json", "tools"],
        },
        update | {"ts": T + 1, "field": "cost_per_1k_input_tokens", "value": 0.002},
    ]
    found = read(log, events)[0]["llm_model"]
    assert found["context_length"] == [8_192.0, 8_192.0]
    assert found["input_cost"][1] == 0.002
    assert found["capabilities"] == [5, 5]
    assert found["size"] == [text_id("small")] * 2


PROMPT = {"prompt": "Stock prices fell. Why?", "history": ["two words"]}


def test_prompts_are_counted_by_a_tokenizer_of_ones_own():
    exact = Tokenizer("words", lambda text: len(text.split()))
    found = counted(
        {"prompt": "Stock prices fell. Why?", "history": ["two words"]},
        exact,
        {"finance": frozenset({"stock"})},
    )
    assert (found["tokens"], found["history_tokens"], found["tokenizer"]) == (
        6,
        2,
        text_id("words"),
    )
    assert (found["words"], found["sentences"], found["finance_words"], found["legal_words"]) == (
        4,
        2,
        1,
        0,
    )
    assert found["syllables"] == 5
    assert counted({"in_tokens": 7}, exact, {}) == {"tokens": 7}


def test_features_of_a_model_are_computed_from_its_log(log):
    events = []
    for i in range(300):
        at = i * 2 * S
        events += [
            asked(f"r{i}", at),
            chosen(f"r{i}", at, ["gpt", "llama"][i % 2]),
            done(f"r{i}", at + (i % 7 + 1) * S // 10),
        ]
    log.write_text("".join(json.dumps(event) + "\n" for event in events))
    requests = (
        "llm_performance.latency_p50",
        "llm_performance.success_rate",
        "llm_performance.throughput",
    )
    view = ps.View("models", requests, key="model", on="every:10s")
    frame = ps.run(view, TelemetrySource(log)).sort("ts")
    assert set(frame["model"]) == {"gpt", "llama"}
    last = frame.tail(1).row(0, named=True)
    assert last[requests[1]] == pytest.approx(76 / 77)
    assert last[requests[0]] == pytest.approx(400.0, rel=0.0101)
    assert last[requests[2]] == pytest.approx(75 / 300.0)


def test_a_log_is_opened_by_its_format_and_keyed_by_the_key(log):
    log.write_text(json.dumps(asked("a", 0)) + "\n")
    opened = [
        open_source(log, format=kind, key=(key,))
        for kind, key in (("gateway", "user"), ("otlp", "owner"))
    ]
    assert [(source.form, source.by) for source in opened] == [
        ("events", "user"),
        ("otlp", "system"),
    ]
    with pytest.raises(DefinitionError, match="has its own columns"):
        open_source(log, format="litellm", type="llm_request")


@pytest.mark.parametrize(
    ("options", "message"),
    [({"form": "otel"}, "form must be one of"), ({"by": "request"}, "by must be one of")],
)
def test_an_unknown_form_or_key_is_refused(log, options, message):
    with pytest.raises(DefinitionError, match=message):
        TelemetrySource(log, **options)


def test_terms_that_contradict_each_other_are_refused():
    with pytest.raises(DefinitionError, match="follows <= matures <= memory"):
        Terms(matures="1m")


LETTERS = "abcXYZ \u00e9\u00df\u03a3\u03c3\u0130\u0131\u65e5\u2028\x1c\x85\u00a0\t\n"
MARKS = ".!?\u2026'\u2019_-0123\u0663\u2167\U0001f642"


@given(st.text(st.sampled_from(LETTERS + MARKS), max_size=80))
def test_what_is_counted_piece_by_piece_is_what_the_whole_text_has(text):
    words = WORDS.findall(f"{text} code price code".lower())
    lexicons = tuple(WORDS_OF.values())
    wanted = (
        approximate(f"{text} code price code"), len(words), len(SENTENCES.findall(text)),
        sum(map(syllables, words)), [sum(word in known for word in words) for known in lexicons],
    )  # fmt: skip
    assert measured(f"{text} code price code", lexicons) == wanted


def test_what_sessions_are_like_is_told_at_the_end_of_each(log):
    events = [
        asked("a", 0, prompt="four"), done("a", S), said("a", 2 * S, "rating", 4),
        asked("b", 10 * S, prompt="sixsix"), done("b", 11 * S), said("b", 12 * S, "regen"),
        asked("c", 7_200 * S, prompt="xy"), done("c", 7_201 * S), asked("end", 20_000 * S, user="bob"),
    ]  # fmt: skip
    found, _, _, keys = read(log, events, by="system")
    told = found["llm_profile"]
    gap = 1_800 * S
    assert told["time"] == [T + 10 * S + gap, T + 7_200 * S + gap]
    assert told["request"] == [text_id("b"), text_id("c")]
    assert told["sessions"] == [1.0, 2.0]
    assert told["requests"] == [2.0, 1.5]
    assert told["length"] == [5.0, 4.0]
    assert told["pace"] == [10.0, 10.0]
    assert told["rated"] == [0.5, pytest.approx(1 / 3)]
    assert told["again"] == [0.5, pytest.approx(1 / 3)]
    # nobody said anything within a minute after the last answer of the second session
    assert told["abandoned"] == [0.0, 0.5]
    mine, _, _, keys = read(log, by="user")
    assert [keys.names[key][0] for key in mine["llm_profile"]["key"]] == ["ann", "ann"]
