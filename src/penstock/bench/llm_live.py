"""A gateway live: the vector of all candidates at a request, and what a week leaves in memory."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from penstock.bench.memory import resident
from penstock.bench.timing import figures
from penstock.events.readers.telemetry import Terms
from penstock.jobs.gateway.live import LiveGateway, registry

START, SECOND, DAY = 1_700_000_000_000_000_000, 1_000_000_000, 86_400_000_000_000
TERMS = Terms(lateness="0s")
CANDIDATES = tuple(f"model-{place}" for place in range(8))


def opened() -> LiveGateway:
    """A gateway that knows what its models cost."""
    gateway = LiveGateway(CANDIDATES, TERMS)
    for event in registry(CANDIDATES, np.full((len(CANDIDATES), 2), 0.001), START - 1):
        gateway.take(dict(event))
    return gateway


def told(number: int, at: int, wait: int) -> Iterator[dict[str, Any]]:
    """What follows a request, before the next one."""
    who = {"request_id": f"r{number}", "model_id": CANDIDATES[number % len(CANDIDATES)]}
    tokens = {"in_tokens": 100 + number % 900, "out_tokens": 20 + number % 300, "cost_usd": 0.001}
    yield {"type": "model_selected", "ts": at, **who, "propensity": 0.125}
    yield {"type": "first_token", "ts": at + wait // 3, **who}
    yield {"type": "completed", "ts": at + wait, **who, "status": "ok", **tokens}
    yield {"type": "feedback", "ts": at + wait, **who, "kind": "rating", "value": 1 + number % 5}


def request(number: int, at: int) -> dict[str, Any]:
    """A request, of one of fifty users."""
    user = f"u{number % 50}"
    return {
        "type": "request_received", "ts": at, "request_id": f"r{number}", "user_id": user,
        "prompt": f"Explain in {number} words why the price of a bond falls when interest rises.",
    }  # fmt: skip


def vectors(*, quick: bool) -> dict[str, Any]:
    """From a request as it comes to the vector of every candidate, with windows that are full."""
    gateway, spent, width = opened(), [], 0
    warm, measured = (50, 50) if quick else (4_000, 2_000)
    for number in range(warm + measured):
        at = START + number * SECOND
        asked = request(number, at)
        begin = time.perf_counter_ns()
        row = gateway.take(asked)
        spent.append((time.perf_counter_ns() - begin) / 1e6)
        width = 0 if row is None else len(row)
        for event in told(number, at, SECOND // 2):
            gateway.take(event)
    kept = spent[warm:]
    return {
        "case": "vectors", "candidates": len(CANDIDATES), "columns": width,
        "p50_ms": figures(float(np.median(kept))), "p99_ms": figures(float(np.quantile(kept, 0.99))),
    }  # fmt: skip


def week(*, quick: bool) -> dict[str, Any]:
    """Resident memory of the process after the first, the last but one and the last day of a week."""
    days, every = (2, 3_600 * SECOND) if quick else (7, 20 * SECOND)
    gateway, number, after = opened(), 0, []
    for day in range(days):
        for at in range(START + day * DAY, START + (day + 1) * DAY, every):
            gateway.take(request(number, at))
            for event in told(number, at, SECOND):
                gateway.take(event)
            number += 1
        after.append(resident())
    return {
        "case": "week", "days": days, "events": gateway.events, "first_day_mb": figures(after[0] / 1e6),
        "day_before_mb": figures(after[-2] / 1e6), "last_day_mb": figures(after[-1] / 1e6),
    }  # fmt: skip
