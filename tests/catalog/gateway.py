"""What a gateway of language models says, that features are checked on: real traces, and hostile cases.

Arrivals follow Alibaba's rates (ServeGen), prompts are GSM8K's, latencies and tokens those of llmperf's requests to
five services, ratings those of MT-Bench's judge. The registry, the budget, quotas, probes and samples are made up.
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
from penstock.events.types.llm import BENCHMARKS, LEXICONS
from penstock.formulas.llm.requests import TASKS

START = 1_706_572_800 * SECOND  # 30 January 2024, 00:00 UTC: a month ends on the next day
LEXICON = {
    "finance": {"dollars", "cost", "costs", "price"},
    "science": {"hours", "miles", "weight"},
}
SERVICES = ("together_70b", "anyscale_13b", "fireworks_7b", "perplexity_70b", "bedrock_13b")
NAN = np.nan
Columns = dict[str, np.ndarray]


def arrivals(windows: int = 220, share: float = 0.012) -> np.ndarray:
    """Times of requests over a day and a half, thinned, with the silences that the trace has."""
    lines = (DATA / "llm_servegen" / "m-large_chunk-0-trace.csv").read_text().splitlines()
    rng, times = np.random.default_rng(5), []
    for line in lines[:windows]:
        begin, rate = (float(part) for part in line.split(",")[:2])
        times.append(begin + 600.0 * rng.random(rng.poisson(rate * 600.0 * share)))
    return START + (np.sort(np.concatenate(times)) * 1e9).astype(np.int64)


def prompts(n: int) -> list[str]:
    text = gzip.decompress((DATA / "llm" / "gsm8k_responses.csv.gz").read_bytes()).decode()
    found = [row["prompt"] for row in csv.DictReader(io.StringIO(text))]
    return [found[i % len(found)] for i in range(n)]


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
        "input_tokens": column("number_input_tokens"), "output_tokens": column("number_output_tokens"),
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
    order = np.argsort(found["time"], kind="stable")
    return {name: column[order] for name, column in found.items()}


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


def made(name: str, time: np.ndarray, words: list[str], served: Columns, seed: int = 6) -> Market:
    """A gateway with requests at some times."""
    rng = np.random.default_rng(seed)
    asked = request(time, words, served["input_tokens"], rng)
    every_hour = np.arange(time[0] - 7, time[-1] + 1, 3_600 * SECOND)
    return Market(
        name,
        gateway={
            "llm_model": registry(every_hour, rng),
            "llm_request": asked,
            "llm_completion": completion(asked, served, rng),
        },
    )


@cache
def gateway() -> Market:
    """A day and a half of requests to one model."""
    time = arrivals()
    return made("gateway", time, prompts(len(time)), services(len(time)))


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
    whole = made("unknown_parts", time, words, served)
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
        made("requests_at_once", once, words, served),
        made("one_request", time[:1], words[:1], one),
    )
    return {market.name: market for market in found}
