"""Structured logs of a run: one line per kind of problem with its count, as text or JSON, on standard error.

A line says the thing, the rule and the value, and which run it is of. Values are cut off, and what looks like a
secret (credentials in an address, `token=…`) is never written.
"""

import re
import sys
import uuid
from collections.abc import MutableMapping
from typing import Annotated, Any, Literal

import structlog
from cyclopts import Parameter

from penstock.jobs.quality.problems import Problem

LONGEST = 200  # characters of a value
CREDENTIALS = re.compile(r"(\w+://)[^/\s@]+@")
SECRETS = re.compile(
    r"(?i)((?:password|passwd|secret|token|api[_-]?key|authorization)[\"']?\s*[:=]\s*[\"']?)"
    r"(?:bearer\s+)?[^\s\"',;&}]+"
)

Kind = Literal["text", "json", "off"]
Log = Annotated[
    Kind,
    Parameter(
        name="--log",
        help="How problems are told on standard error: as text, as JSON lines (which also tell of start and end), or "
        "off. A kind of problem is told at its first case, at each tenfold of it, and at the end.",
    ),
]


def clean(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Cut long values off and take secrets out of texts."""
    for name, value in event.items():
        if isinstance(value, str):
            shown = SECRETS.sub(r"\1***", CREDENTIALS.sub(r"\1***@", value))
            event[name] = shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"
    return event


class RunLog:
    """The log of one run.

    Parameters
    ----------
    kind
        ``text``, ``json`` or ``off``.
    run
        The run's id; a new one by default.
    """

    def __init__(self, kind: Kind, run: str | None = None) -> None:
        self.kind = kind
        self.run = uuid.uuid4().hex[:12] if run is None else run
        renderer = (
            structlog.processors.JSONRenderer(ensure_ascii=False)
            if kind == "json"
            else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False)
        )
        self._logger = structlog.wrap_logger(
            structlog.WriteLogger(sys.stderr),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                clean,
                renderer,
            ],
            wrapper_class=structlog.BoundLogger,
            run=self.run,
        )

    def info(self, event: str, **values: object) -> None:
        """Say what a program may want to know: only as JSON."""
        if self.kind == "json":
            self._logger.info(event, **values)

    def problem(self, problem: Problem) -> None:
        """Say how often something has gone wrong by now."""
        if self.kind != "off":
            at = {} if problem.at is None else {"at": problem.at}
            self._logger.warning(
                "problem",
                thing=problem.thing,
                rule=problem.rule,
                value=problem.value,
                count=problem.count,
                **at,
            )
