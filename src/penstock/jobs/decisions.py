"""The log of a router's decisions: written as events, never rewritten, and read back as it was known at a time."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import polars as pl

from penstock.core.errors import DataError
from penstock.declare import View
from penstock.events import Quarantine
from penstock.events.readers import TelemetrySource
from penstock.events.readers.telemetry.decided import candidates

Value = float | str
OWN: dict[str, Any] = {
    "ts": pl.Int64, "request": pl.String, "user": pl.String, "model": pl.String, "chosen": pl.Boolean,
    "propensity": pl.Float64, "version": pl.String, "policy": pl.String, "reward": pl.Float64, "reward_ts": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that a request may be given to.

    Attributes
    ----------
    model
        Its name, as the log of the gateway has it.
    propensity
        How likely the policy is to choose it, from 0 to 1.
    context
        What was known of it then, by name; NaN is unknown.
    """

    model: str
    propensity: float
    context: Mapping[str, Value] = field(default_factory=dict)


def version_of(view: View) -> str:
    """What a view's features are, as a short text: another definition is another text."""
    parts = [f"{column}={expr.fingerprint}" for column, expr in view.columns().items()]
    return f"{view.name}@{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:12]}"


class DecisionLog:
    """Decisions and rewards as lines of JSON, in the schema of a gateway's log, behind what the file has.

    Parameters
    ----------
    path
        A file of lines that a `TelemetrySource` reads, of the gateway or of its own.
    version
        Of the features that contexts have, as `version_of` gives it.
    policy
        Who decides, with its version.
    """

    def __init__(self, path: str | Path, *, version: str, policy: str) -> None:
        self.path, self.version, self.policy = Path(path), version, policy
        self._file = self.path.open("ab", buffering=0)  # a line is one write

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def decided(
        self,
        at: int,
        request: str,
        model: str,
        among: Sequence[Candidate],
        context: Mapping[str, Value] | None = None,
    ) -> dict[str, Any]:
        """Write a decision, and return the event.

        Parameters
        ----------
        at
            When it was made, in ns UTC.
        request
            The request's id.
        model
            The candidate that was chosen.
        among
            All candidates, with how likely each was.
        context
            What was known of the request, for all of them.

        Raises
        ------
        DataError
            The choice is no candidate or had no chance, a candidate is named twice, or the shares sum to more than 1.
        """
        event: dict[str, Any] = {
            "type": "decision", "ts": at, "request_id": request, "model_id": model,
            "features_version": self.version, "policy": self.policy, "context": told(context or {}),
            "candidates": [
                {"model_id": one.model, "propensity": one.propensity, "context": told(one.context)} for one in among
            ],
        }  # fmt: skip
        found, reason = candidates(event)
        if not reason and not any(row["model"] == model and row["propensity"] > 0 for row in found):
            reason = "the choice had no chance"
        if reason or not among:
            raise DataError(
                f"DecisionLog: distinct candidates with shares that sum to at most 1 are needed, the choice among "
                f"them, got {model!r} of {[(one.model, one.propensity) for one in among]}: {reason or 'none'}"
            )
        self._write(event)
        return event

    def rewarded(self, at: int, request: str, value: float) -> None:
        """Write what a decision brought, once that is known; a second reward of a decision is kept aside by readers."""
        if not math.isfinite(value):
            raise DataError(
                f"DecisionLog: a reward must be a finite number, got {value} for {request!r}"
            )
        self._write({"type": "reward", "ts": at, "request_id": request, "value": value})

    def _write(self, event: Mapping[str, Any]) -> None:
        self._file.write(msgspec.json.encode(event) + b"\n")


def told(context: Mapping[str, Value]) -> dict[str, Value | None]:
    """A context as JSON knows it: what is not finite is null."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in context.items()
    }


def decisions(
    source: TelemetrySource, *, as_of: int | None = None, quarantine: Quarantine | None = None
) -> pl.DataFrame:
    """The decisions of a log with their contexts and what each brought, as it was known at a time.

    Parameters
    ----------
    source
        The log. Its terms say when an answer has matured, and what reward is made of what users said by then where the
        log tells none itself.
    as_of
        In ns UTC; the end of the log by default. What came later is not read.
    quarantine
        Gets what is kept aside.

    Returns
    -------
    polars.DataFrame
        A row for each candidate of each decision, in the order of decisions: ``ts``, ``request``, ``user``, ``model``,
        ``chosen``, ``propensity``, ``version``, ``policy``, the context as the decision had it in columns named
        ``context.NAME``, and of the chosen one ``reward`` and ``reward_ts``, null until it is known.
    """
    rows: list[dict[str, Any]] = []
    chosen: dict[str, dict[str, Any]] = {}
    schema = dict(OWN)
    for name, time, raw in source.rows(quarantine or Quarantine(), until=as_of):
        if name == "llm_decision":
            row: dict[str, Any] = {"ts": time}
            row |= {column: raw[column] for column in OWN if column in raw}
            row["chosen"] = bool(raw["chosen"])
            row["propensity"] = None if math.isnan(raw["propensity"]) else raw["propensity"]
            for given, said in raw["context"].items():
                column, value = f"context.{given}", float(said) if isinstance(said, int) else said
                row[column] = value
                if value is not None and schema.setdefault(column, dtype(value)) != dtype(value):
                    raise DataError(
                        f"decisions: {given!r} of a context must be of one type, got {value!r} of {row['request']!r}"
                    )
            rows.append(row)
            if row["chosen"]:
                chosen[row["request"]] = row
        elif name == "llm_reward" and raw["request"] in chosen:
            chosen[raw["request"]].update(reward=raw["value"], reward_ts=time)
    return pl.DataFrame(rows, schema=schema)


def dtype(value: Any) -> Any:
    """The type of a context's column: numbers, or texts."""
    if not isinstance(value, float | str):
        raise DataError(f"decisions: a context holds numbers and texts, got {value!r}")
    return pl.String if isinstance(value, str) else pl.Float64
