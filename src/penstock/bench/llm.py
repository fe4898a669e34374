"""A gateway of language models: its log read, joined and turned into the features of its models.

Processor time of one thread. The log has five events a request: received, given to a model, first token, completed,
a thumb.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from penstock.bench.llm_live import vectors, week
from penstock.bench.timing import figures, seconds
from penstock.catalog import llm_views
from penstock.core.errors import DefinitionError
from penstock.core.garbage import rarely_collected
from penstock.core.schema import EventType
from penstock.declare import View
from penstock.engine import Engine
from penstock.events import Block, Keys, LlmCompletion, Quarantine
from penstock.events.readers import TelemetrySource
from penstock.events.readers.telemetry.words import APPROXIMATE, WORDS_OF, counted
from penstock.events.types import LLM_TYPES
from penstock.jobs.run import History
from penstock.plan import build
from penstock.streams import Clock, Stream

START, SECOND = 1_700_000_000_000_000_000, 1_000_000_000
PER_REQUEST = 5


def llm(*, quick: bool = False) -> list[dict[str, Any]]:
    """All cases."""
    requests, models = (400, 5) if quick else (60_000, 1_000)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        written(log, requests, models)
        with rarely_collected():  # as `penstock run` does
            found = events(log, requests, models)
        return [
            found,
            closures(models, quick=quick),
            extraction(quick=quick),
            vectors(quick=quick),
            week(quick=quick),
        ]


def written(path: Path, requests: int, models: int) -> None:
    """The log of so many requests, 2,000 a second."""
    rng = np.random.default_rng(1)
    waits = (rng.lognormal(-0.5, 0.6, requests) * SECOND).astype(int).tolist()
    rows = []
    for number, wait in enumerate(waits):
        at, name = START + number * SECOND // 2_000, f"r{number}"
        tokens = {
            "in_tokens": 100 + number % 900,
            "out_tokens": 20 + number % 300,
            "cost_usd": 0.001,
        }
        who = {"request_id": name, "user_id": f"u{number % 500}"}
        rows += [
            {"type": "request_received", "ts": at, **who, "in_tokens": tokens["in_tokens"]},
            {"type": "model_selected", "ts": at + 1, **who, "model_id": f"m{number % models}"},
            {"type": "first_token", "ts": at + wait // 3, **who},
            {"type": "completed", "ts": at + wait, **who, "status": "ok", **tokens},
            {"type": "feedback", "ts": at + 2 * wait, **who, "kind": "thumb", "value": 1},
        ]
    rows.sort(key=lambda row: row["ts"])
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def events(log: Path, requests: int, models: int) -> dict[str, Any]:
    """From lines of JSON, and from blocks, to the rows of both windows of every model; and one event at a time."""
    views = [view for view in llm_views.views() if view.name.startswith("llm_performance")]
    keys = Keys(("model",))
    read: list[tuple[Block, ...]] = []
    joined = seconds(lambda: read.extend(TelemetrySource(log).chunks(keys, Quarantine())))
    count = requests * PER_REQUEST
    whole = 0.0
    for view in views:
        history = History(view, Kept(read, keys))
        whole += seconds(lambda h=history: sum(1 for _ in h))
    return {
        "case": "events",
        "events": count,
        "models": models,
        "columns": sum(len(view.columns()) for view in views),
        "read_and_joined_per_second": figures(count / joined),
        "computed_per_second": figures(count / whole),
        "events_per_second": figures(count / (joined + whole)),
        **one_by_one(views[0], read, keys),
    }


@dataclass(frozen=True)
class Kept:
    """Blocks that were read as a source."""

    read: list[tuple[Block, ...]]
    names: Keys
    name: str = "kept"
    types: tuple[EventType, ...] = LLM_TYPES

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:  # noqa: ARG002
        """The blocks, with the numbers of their keys."""
        keys.number_all(self.names.names)
        yield from self.read

    def content_hash(self) -> str:
        """Nobody asks for it."""
        return "0" * 64


def one_by_one(view: View, read: list[tuple[Block, ...]], keys: Keys) -> dict[str, Any]:
    """How long a completion takes to be in its model's state, on the wall."""
    blocks = [block for blocks in read for block in blocks if block.type.name == "llm_completion"]
    stream = Stream(blocks[0].type)
    needed = tuple(Stream(block.type) for block in read[0])
    engine = Engine(build(view.columns(), clock(view), needed), keys)
    spent = []
    for event in (event for block in blocks for event in block):
        begin = time.perf_counter_ns()
        engine.push(event, stream)
        spent.append((time.perf_counter_ns() - begin) / 1e6)
    return {
        "p50_ms": figures(float(np.median(spent))),
        "p99_ms": figures(float(np.quantile(spent, 0.99))),
    }


def clock(view: View) -> Clock:
    """A view's clock, which is no text any more."""
    if isinstance(view.on, str):
        raise DefinitionError(f"Bench: a view with a clock is needed, got {view.on!r}")
    return view.on


def closures(keys: int, *, quick: bool) -> dict[str, Any]:
    """Rows of the five-minute window over many models, each with an event between."""
    view = llm_views.performance("5m", "10s", "10m")
    rounds = 3 if quick else 20
    n = keys * rounds
    times = START + np.repeat(np.arange(rounds) * 10 * SECOND + 1, keys)
    whole, real = np.zeros(n, np.int64), np.full(n, 100.0)
    ids = np.arange(1, n + 1)
    block = Block.of(
        LlmCompletion, time=times, key=np.tile(np.arange(keys), rounds), request=ids, user=whole, model=whole,
        task=whole, status=whole, attempt=whole + 1, latency=real, first_token=real / 2.0, input_tokens=real,
        output_tokens=real, cost=real,
    )  # fmt: skip
    names = Keys(("model",))
    names.number_all((f"m{i}",) for i in range(keys))
    streams = tuple(map(Stream, LLM_TYPES))
    engine = Engine(build(view.columns(), clock(view), streams), names, capacity=64)
    made = []
    bounds = [*range(0, n + 1, keys)]

    def run() -> None:
        for begin, end in pairwise(bounds):
            made.append(engine.push_block(block.take(slice(begin, end))).count)
        made.append(engine.advance(START + rounds * 10 * SECOND).count)

    spent = seconds(run)
    rate = figures(sum(made) / spent)
    return {
        "case": "closures",
        "keys": keys,
        "columns": len(view.columns()),
        "closures_per_second": rate,
    }


def extraction(*, quick: bool) -> dict[str, Any]:
    """What is counted of prompts of about 2,000 tokens, each another of a vocabulary of 4,000 words."""
    rng = np.random.default_rng(2)
    letters = np.array(list("etaoinshrdlucmfwypvbgkjqxz"))
    vocabulary = ["".join(rng.choice(letters, size)) for size in rng.integers(1, 11, 4_000)]
    often = 1.0 / np.arange(3, 4_003)
    often /= often.sum()
    spent, tokens = [], []
    for _ in range(20 if quick else 1_000):
        words = rng.choice(vocabulary, 1_150, p=often).tolist()
        words[12::13] = [f"{word}." for word in words[12::13]]
        prompt = {"prompt": " ".join(words), "history": []}
        begin = time.thread_time_ns()
        tokens.append(counted(prompt, APPROXIMATE, WORDS_OF)["tokens"])
        spent.append((time.thread_time_ns() - begin) / 1e6)
    return {
        "case": "extraction", "tokens": int(np.median(tokens)), "p50_ms": figures(float(np.median(spent))),
        "p99_ms": figures(float(np.quantile(spent, 0.99))),
    }  # fmt: skip
