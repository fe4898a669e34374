"""A day of a gateway routed by a bandit that explores, logs its decisions and learns from the log."""

import heapq
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from penstock.events.readers import TelemetrySource
from penstock.events.readers.telemetry import Terms
from penstock.jobs.decisions import Candidate, DecisionLog, decisions, version_of
from penstock.jobs.gateway.bandit import Bandit, of_words
from penstock.jobs.gateway.live import LiveGateway, registry, router_view
from penstock.jobs.gateway.trace import Trace
from penstock.jobs.run import run

SECOND = 1_000_000_000
# rewards are told by the day itself: users' ratings make none, and what is held out teaches nothing
TERMS = Terms(lateness="0s", matures="60s", follows="60s", judge=lambda _: math.nan)
JUDGED = 30 * SECOND  # from an answer's end until it is known what it was worth
PASSES = 3  # over the log
PRICE = 0.05  # what a model's whole cost is worth, in quality, where it is the dearest


@dataclass
class Routed:
    """What a day made.

    Attributes
    ----------
    choices
        The place of the chosen model, by request.
    learned
        Requests that the bandit learned from: the rest is held out.
    decided
        The decisions as read back from the log when learning ended.
    """

    trace: Trace
    choices: np.ndarray
    learned: int
    decided: pl.DataFrame
    events: int
    path: Path
    rows: list[np.ndarray] = field(default_factory=list)
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class _Day:
    """A day that is under way."""

    trace: Trace
    gateway: LiveGateway
    log: Any
    decisions: DecisionLog
    bandit: Bandit
    pending: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)
    open: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    count: "itertools.count[int]" = field(default_factory=itertools.count)

    def tell(self, event: dict[str, Any]) -> np.ndarray | None:
        """Log an event and let the engine have it."""
        if event["type"] == "reward":
            self.decisions.rewarded(event["ts"], event["request_id"], event["value"])
            shared, each, model, share = self.open.pop(event["request_id"])
            self.bandit.learn(shared, each, model, share, event["value"])
        else:
            self.log.write(msgspec.json.encode(event) + b"\n")
        return self.gateway.take(event)

    def later(self, event: dict[str, Any]) -> None:
        """Something that is to come."""
        heapq.heappush(self.pending, (event["ts"], next(self.count), event))

    def until(self, time: int) -> None:
        """What has come by now."""
        while self.pending and self.pending[0][0] <= time:
            self.tell(heapq.heappop(self.pending)[2])


def route(
    trace: Trace,
    folder: Path,
    *,
    price: float = PRICE,
    held_out: float = 0.3,
    look: Callable[[int, LiveGateway, np.ndarray], None] = lambda *_: None,
    seed: int = 3,
) -> Routed:
    """Replay a day: each request is given to a model by what the engine says of it at that moment.

    While it learns the bandit explores, from the rewards that have come by then. Then its decisions are read back from
    the log as they were known at that time, another bandit is fitted to them, and chooses the best for the rest.

    Parameters
    ----------
    trace
        The day.
    folder
        Gets the log, ``gateway.jsonl``.
    price
        A reward is the quality of an answer less its cost, this much where the answer cost what the dearest model's
        cost in the mean.
    held_out
        Share of the requests, the last, that nothing is learned from.
    look
        Called after every request with its number, the gateway and the row.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "gateway.jsonl"
    path.unlink(missing_ok=True)
    gateway = LiveGateway(trace.models, TERMS)
    learned, rng = int(len(trace) * (1.0 - held_out)), np.random.default_rng(seed)
    cost, tokens = trace.cost, trace.tokens
    rewards = trace.quality - price * cost / cost.mean(axis=0).max()
    choices = np.empty(len(trace), np.int64)
    version = version_of(gateway.view)
    decided, rows = pl.DataFrame(), []
    # the gateway and its router write into one log: a line is one write
    with (
        path.open("ab", buffering=0) as log,
        DecisionLog(path, version=version, policy="explores") as told,
    ):
        day = _Day(trace, gateway, log, told, Bandit(trace.models, explore=True))
        for event in registry(trace.models, trace.prices, int(trace.times[0]) - 1):
            day.tell(dict(event))
        for i, at in enumerate(trace.times.tolist()):
            day.until(at)
            if i == learned:
                decided = decisions(TelemetrySource(path, terms=TERMS), as_of=at)
                day.bandit.close()
                day.bandit = fitted(trace.models, decided)
                told.policy = "best of the log"
            row = day.tell(asked(trace, i, at))
            shared, each = gateway.context(row)  # type: ignore[arg-type]
            shared |= of_words(trace.prompts[i])
            shares = day.bandit.shares(shared, each)
            choice = choices[i] = int(
                rng.choice(len(shares), p=shares) if i < learned else shares.argmax()
            )
            name, model = f"r{i}", trace.models[choice]
            candidates = [
                Candidate(m, float(p), each[m]) for m, p in zip(trace.models, shares, strict=True)
            ]
            event = told.decided(at, name, model, candidates, shared)
            gateway.take(dict(event))
            for event in answered(trace, i, at, choice, tokens[i], cost[i, choice]):
                day.later(event)
            if i < learned:
                day.open[name] = (shared, each, model, float(shares[choice]))
                end = at + int(trace.latency[i, choice] * 1e6)
                value = float(rewards[i, choice])
                day.later(
                    {"type": "reward", "ts": end + JUDGED, "request_id": name, "value": value}
                )
            rows.append(row)
            look(i, gateway, row)  # type: ignore[arg-type]
        day.until(1 << 62)
        day.bandit.close()
    return Routed(trace, choices, learned, decided, gateway.events, path, rows, gateway.names)


def bits_equal(routed: Routed) -> bool:
    """Whether the rows that decisions were made on are, bit by bit, those of a run over the log; all NaN are one."""
    source = TelemetrySource(routed.path, by="router", terms=TERMS)
    stored = run(router_view(routed.trace.models), source).select(routed.names).to_numpy()
    made = np.stack(routed.rows)
    one, other = (np.where(np.isnan(part), np.nan, part).view(np.uint64) for part in (stored, made))
    return np.array_equal(one, other)


def asked(trace: Trace, i: int, at: int) -> dict[str, Any]:
    """A request as a gateway logs it."""
    found = {"type": "request_received", "ts": at, "request_id": f"r{i}", "user_id": trace.users[i]}
    return found | {"prompt": trace.prompts[i], "task_type": trace.tasks[i]}


def answered(
    trace: Trace, i: int, at: int, choice: int, tokens: float, cost: float
) -> list[dict[str, Any]]:
    """What follows the choice of a model."""
    who = {"request_id": f"r{i}", "model_id": trace.models[choice]}
    first, end = (at + int(part[i, choice] * 1e6) for part in (trace.first_token, trace.latency))
    stars = 1.0 + 4.0 * float(trace.quality[i, choice])
    return [
        {"type": "model_selected", "ts": at, **who},
        {"type": "first_token", "ts": min(first, end), **who},
        {
            "type": "completed", "ts": end, **who, "status": "ok", "in_tokens": float(tokens),
            "out_tokens": float(trace.output_tokens[i, choice]), "cost_usd": float(cost),
        },
        {"type": "feedback", "ts": end + JUDGED // 2, **who, "kind": "rating", "value": stars},
    ]  # fmt: skip


def fitted(models: tuple[str, ...], decided: pl.DataFrame) -> Bandit:
    """A bandit that has gone through the decisions of a log whose rewards are known."""
    bandit = Bandit(models, explore=False)
    prefix = "context."
    names = [name for name in decided.columns if name.startswith(prefix)]
    whole: list[tuple[Any, ...]] = []
    for group in decided.partition_by("request", maintain_order=True):
        rows = group.to_dicts()
        each = {row["model"]: {n[len(prefix) :]: row[n] for n in names} for row in rows}
        whole += [
            (each[row["model"]], each, row["model"], row["propensity"], row["reward"])
            for row in rows
            if row["chosen"] and row["reward"] is not None
        ]
    for _ in range(PASSES):
        for decision in whole:
            bandit.learn(*decision)
    return bandit
