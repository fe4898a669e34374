"""Rows of telemetry as blocks of events, each with the keys that it is for."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from penstock.core.errors import DefinitionError, nearest
from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.checks import Marks, Rules, check
from penstock.events.keys import Keys
from penstock.events.quarantine import Quarantine
from penstock.events.readers.telemetry.encoders import Encoder, HashedPieces, Prompts
from penstock.events.readers.telemetry.forms import stamp
from penstock.events.readers.telemetry.rows import Row
from penstock.events.readers.telemetry.words import Tokenizer, counted
from penstock.events.texts import text_id
from penstock.events.types import DEFAULTS, LLM_TYPES
from penstock.events.types.llm import CAPABILITIES, CONTEXT

TYPES = {type_.name: type_ for type_ in LLM_TYPES}
NAMED = ("request", "user", "model", "session")
LABELS = {"provider": "provider", "size_class": "size", "task_type": "task", "user_tier": "tier"}
RENAMED = {
    "deadline_ms": "deadline",
    "max_output_tokens": "max_output",
    "mem": "memory",
    "region_rps": "region_rate",
}
ALIKE = {"cost_per_1k_input_tokens": "input_cost", "cost_per_1k_output_tokens": "output_cost"}
NAMES = LABELS | RENAMED | ALIKE
REPEATED = (*(column for column, _ in CONTEXT), "task")  # what a reward has of its request
OF_ALL = (
    "llm_request",
    "llm_prompt",
    "llm_profile",
    "system_sample",
    "llm_budget",
)  # what is of no model
BY = ("model", "user", "system", "router")
SYSTEM = "system"
REMEMBERED = 1 << 17  # ids of texts


class Filler:
    """From rows' names to the columns of their event type."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        lexicons: Mapping[str, frozenset[str]],
        encoder: Encoder | None = None,
    ) -> None:
        self.tokenizer = tokenizer
        self.prompts = Prompts(encoder or HashedPieces())
        self.lexicons = dict(lexicons)
        self.models: dict[str, dict[str, Any]] = {}
        self._ids: dict[str, int] = {}

    def told(self, name: str, raw: dict[str, Any]) -> dict[str, Any]:
        """A row by the names of its type's columns."""
        if name == "llm_request":
            return self.request(raw)
        if name == "llm_prompt":
            vector = self.prompts.vector(raw["prompt"])
            return {**raw, "encoder": self.prompts.number, "vector": vector}
        if name == "llm_reward":
            said = self.request(raw["said"])
            return {**{column: said.get(column) for column in REPEATED}, **raw}
        return self.model(raw) if name == "llm_model" else raw

    def columns(self, type_: EventType, rows: list[dict[str, Any]]) -> dict[str, np.ndarray]:
        """The columns of rows; what they do not say has its default."""
        defaults, found = DEFAULTS.get(type_.name, {}), {}
        present = set[str]().union(*rows)
        for field in type_.fields:
            absent = defaults.get(field.name, np.nan if field.dtype == "f8" else 0)
            if field.name not in present:
                shape = len(rows) if field.width == 1 else (len(rows), field.width)
                found[field.name] = np.full(shape, absent, field.dtype)
                continue
            values = [row.get(field.name) for row in rows]
            if field.unit == "id":
                values = [
                    self.number(value) if isinstance(value, str) else value for value in values
                ]
            elif field.unit == "ns":
                values = [None if value is None else stamp(value) for value in values]
            absent = absent if field.width == 1 else [absent] * field.width
            whole = [absent if value is None else value for value in values]
            column = np.array(whole, field.dtype)
            found[field.name] = column if field.width == 1 else column.reshape(-1, field.width)
        return found

    def number(self, text: str) -> int:
        """The id of a text; the latest are remembered."""
        found = self._ids.get(text)
        if found is None:
            if len(self._ids) >= REMEMBERED:
                self._ids.clear()
            found = self._ids[text] = text_id(text)
        return found

    def request(self, raw: dict[str, Any]) -> dict[str, Any]:
        """A request with what its words give."""
        told = renamed(raw)
        told |= counted(raw, self.tokenizer, self.lexicons)
        told["request"] = raw.get("request_id")
        told["session"] = raw.get("session_id")
        told["needs"] = mask(raw.get("needs") or ())
        language = raw.get("language")
        if isinstance(language, str):
            told["language"] = (
                256 * ord(language[0]) + ord(language[1]) if len(language) == 2 else 0
            )
        return told

    def model(self, raw: dict[str, Any]) -> dict[str, Any]:
        """All that is known of a model after an update: of a whole entry, or of one ``field`` and its ``value``."""
        name = str(raw.get("model_id") or "")
        told = renamed(raw)
        if raw.get("field"):
            told = renamed({raw["field"]: raw.get("value")})
        if isinstance(told.get("capabilities"), list | tuple | dict):
            told["capabilities"] = mask(told["capabilities"])
        self.models[name] = self.models.get(name, {}) | told
        return self.models[name]


def renamed(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Names of the schema as names of columns."""
    return {NAMES.get(name, name): value for name, value in raw.items()}


def mask(names: Iterable[str] | Mapping[str, Any]) -> int:
    """Capabilities as bits; what is none of them is left out."""
    found = [n for n in names if names[n]] if isinstance(names, Mapping) else list(names)
    return sum(1 << CAPABILITIES.index(name) for name in set(found) if name in CAPABILITIES)


class Blocks:
    """The blocks of a source, keyed by one of ``BY``."""

    def __init__(
        self, name: str, by: str, filler: Filler, keys: Keys, quarantine: Quarantine
    ) -> None:
        if by not in BY:
            raise DefinitionError(
                f"TelemetrySource: by must be one of {', '.join(BY)}, got {by!r}{nearest(by, BY)}"
            )
        self.name, self.filler, self.keys, self.quarantine = name, filler, keys, quarantine
        self.owners: Callable[[str, dict[str, Any]], list[str]] = getattr(self, f"_{by}")
        self.rows = 0

    def made(self, rows: Iterable[Row]) -> tuple[Block, ...]:
        """One block of each type."""
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in TYPES}
        stamps: dict[str, list[tuple[int, int, int]]] = {name: [] for name in TYPES}
        numbers: dict[str, int] = {}
        for name, time, raw in rows:
            owners = self.owners(name, raw)
            if not owners and name != "llm_model":
                continue
            told = self.filler.told(name, raw)
            receive = raw.get("received")
            known = time if receive is None else stamp(receive)
            for owner in owners:
                if owner not in numbers:
                    numbers[owner] = self.keys.number((owner,))
                found[name].append(told)
                stamps[name].append((time, known, numbers[owner]))
        return tuple(self._block(type_, stamps[name], found[name]) for name, type_ in TYPES.items())

    def _block(
        self, type_: EventType, stamps: list[tuple[int, int, int]], rows: list[dict[str, Any]]
    ) -> Block:
        common = np.array(stamps, np.int64).reshape(-1, 3)
        columns = {n: common[:, i].copy() for i, n in enumerate(("time", "receive", "key"))}
        columns |= self.filler.columns(type_, rows)
        marks = Marks(len(rows))
        check(type_, columns, Rules(), marks)
        first, self.rows = self.rows, self.rows + len(rows)
        marks.report(
            self.quarantine,
            self.name,
            lambda row: first + row,
            lambda row: repr(rows[row]).encode(),
        )
        self.quarantine.saw(self.name, len(rows))
        block = Block(type_, columns)
        return block if marks.good is None else block.take(np.flatnonzero(marks.good))

    def _model(self, name: str, raw: dict[str, Any]) -> list[str]:  # noqa: ARG002  (one signature)
        owner = raw.get("model") or raw.get("model_id")
        return [str(owner)] if owner else []

    def _user(self, name: str, raw: dict[str, Any]) -> list[str]:
        return (
            [] if name in ("llm_model", *OF_ALL[3:]) or not raw.get("user") else [str(raw["user"])]
        )

    def _system(self, name: str, raw: dict[str, Any]) -> list[str]:  # noqa: ARG002  (one signature)
        return [SYSTEM]

    def _router(self, name: str, raw: dict[str, Any]) -> list[str]:
        return [SYSTEM] if name in OF_ALL else self._model(name, raw)
