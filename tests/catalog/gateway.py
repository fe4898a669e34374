"""What a gateway of language models says, that features are checked on: real traces, and hostile cases.

Arrivals follow Alibaba's rates (ServeGen), prompts are GSM8K's with the tokens of Azure's trace, latencies and answers
those of llmperf's requests to five services, ratings those of MT-Bench's judge. The rest is made up.
"""

import csv
import gzip
import io
import json
import re
from functools import cache

import numpy as np
from tests.catalog.market import DATA, DAY, SECOND, Market

from penstock.events.texts import text_id
from penstock.events.types.llm import BENCHMARKS, CONTEXT, LEXICONS
from penstock.formulas.llm.requests import TASKS

START = 1_706_738_400 * SECOND  # 31 January 2024, 22:00 UTC: a month ends two hours later
LEXICON = {
    "finance": {"dollars", "cost", "costs", "price"},
    "science": {"hours", "miles", "weight"},
}
SERVICES = ("together_70b", "anyscale_13b", "fireworks_7b", "perplexity_70b", "bedrock_13b")
NAN = np.nan
BUSY = 28  # the window that is as busy as the trace has it
Columns = dict[str, np.ndarray]


def arrivals(windows: int = 60, share: float = 0.05) -> np.ndarray:
    """Times of requests over ten hours, thinned but for one window, with the silences that the trace has."""
    lines = (DATA / "llm_servegen" / "m-large_chunk-0-trace.csv").read_text().splitlines()
    rng, times = np.random.default_rng(5), []
    for number, line in enumerate(lines[:windows]):
        begin, rate = (float(part) for part in line.split(",")[:2])
        kept = 1.0 if number == BUSY else share
        times.append(begin + 600.0 * rng.random(rng.poisson(rate * 600.0 * kept)))
    return START + (np.sort(np.concatenate(times)) * 1e9).astype(np.int64)


def prompts(n: int) -> list[str]:
    text = gzip.decompress((DATA / "llm" / "gsm8k_responses.csv.gz").read_bytes()).decode()
    found = [row["prompt"] for row in csv.DictReader(io.StringIO(text))]
    return [found[i % len(found)] for i in range(n)]


def asked_tokens(n: int) -> np.ndarray:
    """Tokens of prompts that Azure's service had."""
    text = gzip.decompress(
        (DATA / "llm" / "AzureLLMInferenceTrace_code.csv.gz").read_bytes()
    ).decode()
    return np.array([float(row["ContextTokens"]) for row in csv.DictReader(io.StringIO(text))][:n])


def services(n: int) -> Columns:
    """Latencies and tokens of real requests, one service after another."""
    rows = [
        r for s in SERVICES for r in json.loads((DATA / "llm_latency" / f"{s}.json").read_text())
    ]
    rows = [rows[(37 * i) % len(rows)] for i in range(n)]

    def column(name: str, scale: float = 1.0) -> np.ndarray:
        return np.array([float(r[name] or 0) * scale for r in rows])

    return {
        "latency": column("end_to_end_latency_s", 1e3), "first_token": column("ttft_s", 1e3),
        "input_tokens": asked_tokens(n), "output_tokens": column("number_output_tokens"),
        "failed": np.array([r["error_code"] is not None for r in rows]),
    }  # fmt: skip


def ratings() -> np.ndarray:
    lines = (DATA / "llm" / "mtbench_judge_scores.jsonl").read_text().splitlines()
    return np.clip(np.ceil(np.array([json.loads(line)["score"] for line in lines]) / 2.0), 1.0, 5.0)


def ids(names: tuple[str, ...], places: np.ndarray) -> np.ndarray:
    """The ids of names by their places; 0 for the place behind the last."""
    numbers = [*map(text_id, names), 0]
    return np.array([numbers[place] for place in places])


def request(
    time: np.ndarray, words: list[str], tokens: np.ndarray, rng: np.random.Generator
) -> Columns:
    n = len(time)
    split = [re.findall(r"[^\W\d_]+", text.lower()) for text in words]
    hits = {
        f"{name}_words": np.array(
            [float(sum(w in LEXICON.get(name, ()) for w in ws)) for ws in split]
        )
        for name in LEXICONS
    }
    return {
        "time": time, "request": np.arange(1, n + 1), "user": np.full(n, 5), "session": np.zeros(n, np.int64),
        "tokens": tokens * rng.choice([1.0, 80.0], n), "tokenizer": rng.choice([0, text_id("o200k_base")], n),
        "history_tokens": np.floor(tokens * rng.choice([0.0, 0.5], n)),
        "characters": np.array([float(len(text)) for text in words]),
        "words": np.array([float(len(ws)) for ws in split]),
        "sentences": np.array([max(1.0, float(len(re.findall(r"[.!?]+", text)))) for text in words]),
        "syllables": np.array([float(sum(len(re.findall("[aeiouy]+", w)) for w in ws)) for ws in split]),
        **hits,
        "language": rng.choice([0, 256 * ord("e") + ord("n"), 256 * ord("d") + ord("e")], n, p=[0.1, 0.8, 0.1]),
        "language_share": rng.uniform(0.6, 1.0, n),
        "task": ids((*TASKS, "poetry"), rng.integers(0, 12, n)),
        "tier": ids(("free", "pro", "enterprise", "trial"), rng.integers(0, 5, n)),
        "priority": rng.choice([NAN, -1.0, 0.0, 4.0, 10.0, 15.0], n),
        "deadline": rng.choice([NAN, 2_000.0, 30_000.0], n),
        "max_tokens": rng.choice([NAN, 16.0, 4_096.0], n), "needs": rng.integers(0, 64, n),
        "offset": rng.choice([NAN, -28_800.0, 0.0, 19_800.0, 46_800.0], n),
    }  # fmt: skip


def completion(asked: Columns, served: Columns, rng: np.random.Generator) -> Columns:
    n = len(asked["time"])
    status = np.where(served["failed"], 1, rng.choice([0, 0, 0, 0, 0, 0, 0, 1, 2, 3], n))
    latency = np.where(status == 2, 60_000.0, served["latency"])
    first = np.where((status == 0) & (rng.random(n) < 0.8), served["first_token"], NAN)
    first = np.where(first <= latency, first, NAN)
    found = {
        "time": asked["time"] + (latency * 1e6).astype(np.int64), "request": asked["request"],
        "user": asked["user"], "model": np.full(n, 9), "task": asked["task"], "status": status,
        "attempt": rng.choice([1, 1, 1, 2, 3], n), "latency": latency, "first_token": first,
        "input_tokens": served["input_tokens"], "output_tokens": np.where(status == 0, served["output_tokens"], 0.0),
        "cost": np.where(rng.random(n) < 0.9, served["input_tokens"] * 1e-6, NAN),
    }  # fmt: skip
    return sorted_by_time(found)


def registry(time: np.ndarray, rng: np.random.Generator) -> Columns:
    n = len(time)
    return {
        "time": time, "context_length": rng.choice([8_192.0, 128_000.0], n),
        "max_output": rng.choice([NAN, 4_096.0], n), "input_cost": rng.choice([NAN, 0.0, 0.0005, 0.01], n),
        "output_cost": rng.choice([0.0015, 0.03], n),
        **{name: np.where(rng.random(n) < 0.3, NAN, rng.random(n)) for name in BENCHMARKS},
        "capabilities": rng.integers(-1, 64, n),
        "cutoff": np.where(rng.random(n) < 0.2, 0, time - rng.integers(1, 500, n) * DAY),
        "provider": rng.choice([0, text_id("openai"), text_id("mistral")], n),
        "size": ids(("small", "medium", "large"), rng.integers(0, 4, n)),
        "decode_rate": rng.choice([NAN, 40.0, 90.0], n), "rate_limit": rng.choice([NAN, 1.0, 50.0], n),
    }  # fmt: skip


def said(
    asked: Columns, done: Columns, stars: np.ndarray, rng: np.random.Generator
) -> dict[str, Columns]:
    """Feedback, next messages and outcomes of some of the answers."""
    n = len(done["time"])
    who = {name: done[name] for name in ("request", "user", "model")}
    delay = rng.choice([0.5, 30.0, 700.0, 7_200.0], n)
    kind = rng.integers(1, 7, n)
    truth = rng.integers(0, 2, n).astype(float)
    value = np.where(
        kind == 1, stars[np.arange(n) % len(stars)], np.where((kind == 2) | (kind == 5), truth, NAN)
    )
    told = sorted_by_time(
        {
            "time": done["time"] + (delay * 1e9).astype(np.int64),
            **who,
            "kind": kind,
            "value": value,
            "delay": delay,
        }
    )
    after = np.exp(rng.normal(3.0, 2.0, n))
    replied = {"time": done["time"] + (after * 1e9).astype(np.int64), **who, "after": after}
    often = rng.random(n) < 0.3  # the others say nothing more
    over = {
        "time": done["time"] + 600 * SECOND, **who, "kind": rng.integers(1, 5, n),
        "happened": rng.integers(0, 2, n).astype(float),
    }  # fmt: skip
    return {
        "llm_feedback": sorted_by_time(told),
        "llm_reply": sorted_by_time({name: column[often] for name, column in replied.items()}),
        "llm_outcome": sorted_by_time(over),
    }


def in_roles(every_hour: np.ndarray, done: Columns, rng: np.random.Generator) -> dict[str, Columns]:
    """What three models did, each with a share of the answers."""
    found = {}
    for place, role in enumerate("abc"):
        mine = {name: column[place::3].copy() for name, column in done.items()}
        mine["latency"] = mine["latency"] * (1.0 + place)
        n = len(mine["time"])
        rated = {"kind": rng.integers(1, 3, n), "value": np.ones(n), "delay": np.full(n, NAN)}
        found[f"llm_model@{role}"] = registry(every_hour, rng)
        found[f"llm_completion@{role}"] = mine
        found[f"llm_feedback@{role}"] = {
            k: mine[k] for k in ("time", "request", "user", "model")
        } | rated
    return found


def learned(asked: Columns, done: Columns) -> dict[str, Columns]:
    """Vectors of prompts once an encoder is done, some missing, some 0; rewards of the key and of three models."""
    rng, n = np.random.default_rng(11), len(asked["time"])
    vectors = rng.standard_normal((n, 64)) * 0.8 ** np.arange(64) + 0.2
    vectors /= np.sqrt((vectors**2).sum(axis=1, keepdims=True))
    vectors[rng.random(n) < 0.03] = NAN
    vectors[rng.random(n) < 0.02] = 0.0
    who = {name: asked[name] for name in ("request", "user", "task")}
    encoder = ids(("hashed-pieces-64 v1", "other v1"), rng.choice([0, 0, 0, 1], n))
    found = {
        "llm_prompt": {
            "time": asked["time"] + 50_000_000,
            **who,
            "encoder": encoder,
            "vector": vectors,
        }
    }
    place = done["request"] - 1
    told = {name: asked[name][place] for name in (*(column for column, _ in CONTEXT), "task")}
    rewards = {
        "time": done["time"] + 60 * SECOND, **{name: done[name] for name in ("request", "user", "model")},
        "value": np.round(rng.random(n), 3), "propensity": np.full(n, 0.5), "version": np.zeros(n, np.int64),
        "delay": np.full(n, 60.0), **told,
    }  # fmt: skip
    found["llm_reward"] = rewards
    found["llm_profile"] = profiles(asked["time"])
    for number, role in enumerate("abc"):
        found[f"llm_reward@{role}"] = {name: column[number::3] for name, column in rewards.items()}
    return found


def profiles(time: np.ndarray) -> Columns:
    """Habits of users of four kinds, some of whom never asked twice."""
    rng, n = np.random.default_rng(12), len(time)
    kind = rng.integers(0, 4, n)
    requests = np.array([1.5, 8.0, 8.0, 40.0])[kind] * rng.lognormal(0.0, 0.1, n)
    pace = np.array([300.0, 60.0, 5.0, 20.0])[kind] * rng.lognormal(0.0, 0.3, n)
    return {
        "time": time + 70_000_000, "request": np.arange(1, n + 1), "user": rng.integers(1, 60, n),
        "sessions": np.ones(n), "requests": requests,
        "length": np.array([30.0, 900.0, 60.0, 200.0])[kind] * rng.lognormal(0.0, 0.2, n),
        "pace": np.where(rng.random(n) < 0.1, NAN, pace),
        "rated": rng.random(n) * 0.3, "again": rng.random(n) * 0.1, "abandoned": (kind == 0) * rng.random(n),
    }  # fmt: skip


def runs_on(begin: int, end: int, rng: np.random.Generator) -> dict[str, Columns]:
    """Samples of the system, probes, quotas and budgets, some of them missing."""
    every = np.arange(begin - 3, end + 600 * SECOND, 10 * SECOND)
    samples = every[rng.random(len(every)) < 0.7]
    samples = samples[(samples < begin + 900 * SECOND) | (samples > begin + 1_800 * SECOND)]
    probes = every[rng.random(len(every)) < 0.05]
    n, q = len(samples), len(probes)
    limits = {}
    for name, limit in (
        ("minute_requests", 60.0),
        ("minute_tokens", 9_000.0),
        ("day_requests", 1_000.0),
    ):
        limits[name] = np.floor(rng.random(q) * limit)
        limits[f"{name}_limit"] = np.where(rng.random(q) < 0.3, NAN, limit)
    months = (
        np.array([1_704_067_200, 1_706_745_600, 1_709_251_200]) * SECOND
    )  # January to March 2024
    budgets = np.array(
        [
            t
            for t in (begin - 5, begin + 3_600 * SECOND, months[1], months[1] + 10 * SECOND)
            if t <= end
        ]
    )
    period = np.searchsorted(months, budgets, side="right") - 1
    return {
        "system_sample": {
            "time": samples, "cpu": rng.random(n), "memory": rng.random(n),
            "queue": rng.integers(0, 90, n).astype(float), "inflight": rng.integers(0, 90, n).astype(float),
            "region_rate": np.where(rng.random(n) < 0.1, NAN, rng.random(n) * 50.0),
            "region_capacity": np.where(rng.random(n) < 0.1, NAN, 40.0),
        },
        "llm_probe": {"time": probes, "healthy": rng.integers(0, 2, q)},
        "llm_quota": {"time": probes + 1, **limits},
        "llm_budget": {
            "time": budgets, "limit": np.full(len(budgets), 0.05), "spent": 0.01 * np.arange(len(budgets)),
            "start": months[period], "reset": months[period + 1],
        },
    }  # fmt: skip


def sorted_by_time(columns: Columns) -> Columns:
    order = np.argsort(columns["time"], kind="stable")
    return {name: column[order] for name, column in columns.items()}


def made(
    name: str, time: np.ndarray, words: list[str], served: Columns, stars: np.ndarray
) -> Market:
    """A gateway with requests at some times."""
    rng = np.random.default_rng(6)
    asked = request(time, words, served["input_tokens"], rng)
    done = completion(asked, served, rng)
    every_hour = np.arange(time[0] - 7, time[-1] + 1, 3_600 * SECOND)
    return Market(
        name,
        gateway={
            "llm_model": registry(every_hour, rng),
            "llm_request": asked,
            "llm_selection": {
                "time": time, "request": asked["request"], "model": np.full(len(time), 9),
                "propensity": np.full(len(time), NAN), "version": np.zeros(len(time), np.int64),
            },
            "llm_completion": done,
            **said(asked, done, stars, rng),
            **in_roles(every_hour, done, rng),
            **learned(asked, done),
            **runs_on(int(time[0]), int(time[-1]), rng),
        },
    )  # fmt: skip


@cache
def gateway() -> Market:
    """Ten hours of requests to one model."""
    time = arrivals()
    return made("gateway", time, prompts(len(time)), services(len(time)), ratings())


def hostile() -> dict[str, Market]:
    """Requests as they should not be, by what is wrong with them."""
    n, rng = 160, np.random.default_rng(8)
    time = START + np.cumsum(rng.choice([1, 5 * SECOND, 40 * SECOND], n))
    time = time + (np.arange(n) > 120) * 5 * 3_600 * SECOND
    words = ["Prices rise. Costs too!", "42", "", "One weight of 3 hours?"] * (n // 4)
    served = {
        "latency": np.exp(rng.normal(6.0, 2.0, n)), "first_token": np.exp(rng.normal(5.0, 2.0, n)),
        "input_tokens": rng.integers(0, 900, n).astype(float), "output_tokens": rng.integers(0, 90, n).astype(float),
        "failed": rng.random(n) < 0.1,
    }  # fmt: skip
    stars = np.array([1.0, 5.0, 3.0])
    whole = made("unknown_parts", time, words, served, stars)
    for columns, keep in (
        (whole.gateway["llm_request"], ("needs",)),
        (whole.gateway["llm_completion"], ("latency",)),
    ):
        for name, column in columns.items():
            if column.dtype.kind == "f" and name not in keep:
                column[rng.random(len(column)) < 0.3] = NAN
    once = START + np.arange(n) // 20 * 90 * SECOND
    one = {name: column[:1] for name, column in served.items()}
    found = (
        whole,
        made("requests_at_once", once, words, served, stars),
        made("one_request", time[:1], words[:1], one, stars),
    )
    return {market.name: market for market in found}
