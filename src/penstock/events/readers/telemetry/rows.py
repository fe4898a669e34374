"""What a joiner tells: an event type's name, a time, and columns by name with the names of user and model."""

import math
from typing import Any

from penstock.events.readers.telemetry.forms import Event
from penstock.events.readers.telemetry.terms import Asked

PLAIN = {  # what is told as it is
    "registry_update": "llm_model", "budget_event": "llm_budget", "quota_event": "llm_quota", "probe": "llm_probe",
    "system_sample": "system_sample",
}  # fmt: skip
KINDS = {
    "rating": 1,
    "thumb": 2,
    "regen": 3,
    "regeneration": 3,
    "copy": 4,
    "complete": 5,
    "abandon": 6,
}
NAN = math.nan
Row = tuple[str, int, dict[str, Any]]


def whose(asked: Asked) -> dict[str, Any]:
    """The names that an event is of."""
    return {"request": asked.id, "user": asked.user, "model": asked.model}


def outcome(time: int, asked: Asked, kind: int, happened: bool) -> Row:  # noqa: FBT001  (a column's value)
    """What became of an answer or a session."""
    return "llm_outcome", time, {**whose(asked), "kind": kind, "happened": float(happened)}


def number(value: Any) -> float:
    """A number; NaN where there is none."""
    return float(value) if isinstance(value, int | float) else NAN


def text(event: Event, name: str) -> str:
    """A text that an event has; empty where it has none."""
    return str(event.get(name) or "")


def rewarded(time: int, asked: Asked, value: float) -> Row:
    """The reward of a decision, beside the request as it was said."""
    asked.rewarded = True
    decided = asked.decided or {}
    told = {name: decided.get(name) for name in ("model", "propensity", "version")}
    delay = (time - int(decided.get("time", time))) / 1e9
    who = {"request": asked.id, "user": asked.user, **told}
    return "llm_reward", time, {**who, "value": value, "delay": delay, "said": asked.said}
