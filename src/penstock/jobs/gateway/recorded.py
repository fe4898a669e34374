"""A gateway's day put together from public recordings in a folder."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

from penstock.core.errors import DataError
from penstock.jobs.gateway.trace import DAY, START, USERS, Trace

SCORES, PRICES = "llm/llmrouter_dc_train.json.gz", "llm/llmrouter_candidates.json"
RATES = "llm_servegen/m-large_chunk-0-trace.csv"
# whose latencies and lengths stand for a model's: a service of a model of about its size
LIKE = {
    "codegemma-7b": "fireworks_7b", "gemma-2-9b-it": "together_13b", "llama-3.1-8b-instruct": "anyscale_7b",
    "qwen2.5-7b-instruct": "replicate_7b", "mistral-7b-instruct-v0.3": "fireworks_13b",
    "llama3-chatqa-1.5-8b": "anyscale_13b", "llama-3.1-nemotron-51b-instruct": "anyscale_70b",
    "llama-3.3-nemotron-super-49b-v1": "together_70b", "llama3-chatqa-1.5-70b": "fireworks_70b",
}  # fmt: skip
MILLION = 1e6


def recorded(folder: Path, n: int | None = None, seed: int = 7) -> Trace:
    """The day of a gateway whose answers were judged.

    Parameters
    ----------
    folder
        Has LLMRouter's 5,608 questions with the scores of nine models and their prices (``llm``), llmperf's requests to
        services (``llm_latency``) and the rates of ServeGen (``llm_servegen``). Scores and prices are the models' own;
        latencies and lengths of answers are those of a service of a model of about the same size, since no recording
        has all of them; arrivals follow the day's rates.
    n
        How many requests, all by default.

    Raises
    ------
    DataError
        A recording is missing.
    """
    missing = [name for name in (SCORES, PRICES, RATES) if not (folder / name).is_file()]
    if missing:
        raise DataError(f"recorded: the folder must have {missing[0]}, got {folder}")
    rng = np.random.default_rng(seed)
    rows = json.loads(gzip.decompress((folder / SCORES).read_bytes()))
    rows = [rows[place] for place in rng.permutation(len(rows))[:n]]
    known = json.loads((folder / PRICES).read_text())
    models = tuple(sorted(rows[0]["scores"]))
    prices = [
        [known[name][f"{side}_price"] * 1e3 / MILLION for side in ("input", "output")]
        for name in models
    ]
    latency, first, answers = (np.empty((len(rows), len(models))) for _ in range(3))
    for place, name in enumerate(models):
        served = service(folder / "llm_latency" / f"{LIKE[name]}.json")
        latency[:, place], first[:, place], answers[:, place] = served[
            rng.integers(0, len(served), len(rows))
        ].T
    return Trace(
        models, np.array(prices), arrivals(folder / RATES, len(rows), rng), [row["question"] for row in rows],
        [f"user-{u}" for u in rng.zipf(1.5, len(rows)) % USERS], [""] * len(rows),
        np.array([[float(row["scores"][name]) for name in models] for row in rows]), latency, first, answers,
        "recorded: LLMRouter's scores and prices, llmperf's latencies of like sizes, ServeGen's rates",
    )  # fmt: skip


def service(path: Path) -> np.ndarray:
    """Latency and wait for the first token in ms, and tokens, of the requests that a service answered."""
    rows: list[dict[str, Any]] = json.loads(path.read_text())
    good = [row for row in rows if row["error_code"] is None]
    told = [
        (row["end_to_end_latency_s"] * 1e3, row["ttft_s"] * 1e3, row["number_output_tokens"])
        for row in good
    ]
    return np.array(told, float)


def arrivals(path: Path, n: int, rng: np.random.Generator) -> np.ndarray:
    """Times of so many requests over a day, by the rates of its windows."""
    told = [line.split(",")[:2] for line in path.read_text().splitlines() if line]
    windows = np.array(told, float)
    day = windows[windows[:, 0] < windows[0, 0] + DAY / 1e9]
    place = rng.choice(len(day), n, p=day[:, 1] / day[:, 1].sum())
    width = float(np.diff(day[:, 0]).min())
    seconds = day[place, 0] - day[0, 0] + width * rng.random(n)
    return START + np.sort((seconds * 1e9).astype(np.int64))
