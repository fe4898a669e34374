"""A gateway's events into the engine as they come: joined, and answered with the vector of every candidate."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from penstock.catalog import llm_views
from penstock.core.schema import EventType
from penstock.declare import Feature, View
from penstock.engine import Engine
from penstock.events import Block, Event, Keys
from penstock.events.readers.telemetry import Terms
from penstock.events.readers.telemetry.blocks import OF_ALL, SYSTEM, TYPES, Filler
from penstock.events.readers.telemetry.join import Joiner
from penstock.events.readers.telemetry.words import APPROXIMATE, WORDS_OF
from penstock.expr import Expr
from penstock.plan import build
from penstock.streams import Stream

ASKED = (
    "prompt_length", "prompt_char_count", "prompt_complexity", "prompt_domain", "conversation_history_length",
    "request_priority",
)  # fmt: skip


def router_view(models: tuple[str, ...]) -> View:
    """What a request says, beside the vector of each model that it may go to."""
    whole = llm_views.routed(models)
    columns: list[Feature | str | tuple[str, Expr]] = [*whole.columns().items()]
    columns += [f"llm_request.{name}" for name in ASKED]
    return View("router", tuple(columns), key=("owner",), on="llm_request", routes=whole.routes)


class LiveGateway:
    """Takes the events of a log one by one, in order of time.

    Parameters
    ----------
    models
        The candidates.
    terms
        When answers mature; nothing is waited for, since nothing comes late here.
    """

    def __init__(self, models: tuple[str, ...], terms: Terms) -> None:
        self.view = router_view(models)
        self.keys = Keys(("owner",))
        streams = tuple(Stream(type_) for type_ in TYPES.values())
        plan = build(self.view.columns(), self.view.on, streams, self.view.routes)  # type: ignore[arg-type]
        self.engine = Engine(plan, self.keys)
        self.names = tuple(self.view.columns())
        self.joiner = Joiner(terms)
        self.filler = Filler(APPROXIMATE, WORDS_OF)
        self.events = 0

    def take(self, event: dict[str, Any]) -> np.ndarray | None:
        """Admit an event; the row, where it is a request."""
        made = None
        self.joiner.take(event)
        for row in self.joiner.rows(end=True):
            found = self._push(*row)
            made = found if row[0] == "llm_request" else made
        self.joiner.aside.clear()  # the log has it, and its reader keeps it aside
        return made

    def _push(self, name: str, time: int, raw: dict[str, Any]) -> np.ndarray | None:
        owner = SYSTEM if name in OF_ALL else str(raw.get("model") or raw.get("model_id") or SYSTEM)
        type_ = TYPES[name]
        self.events += 1
        row = self.engine.push(self._event(type_, time, owner, raw))
        return None if row is None else row.copy()

    def _event(self, type_: EventType, time: int, owner: str, raw: dict[str, Any]) -> Event:
        columns = self.filler.columns(type_, [self.filler.told(type_.name, raw)])
        key = np.array([self.keys.number((owner,))])
        return Event(Block.of(type_, time=[time], key=key, **columns), 0)

    def context(self, row: np.ndarray) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
        """What a row says of the request, and of each model."""
        shared: dict[str, float] = {}
        each: dict[str, dict[str, float]] = {}
        for name, value in zip(self.names, row.tolist(), strict=True):
            model, colon, feature = name.rpartition(":")
            if colon:
                each.setdefault(model, {})[feature] = value
            elif name != "request":
                shared[name.partition(".")[2] or name] = value
        return shared, each


def registry(models: tuple[str, ...], prices: np.ndarray, at: int) -> list[Mapping[str, Any]]:
    """What the registry says of the models from a time on."""
    return [
        {
            "type": "registry_update", "ts": at, "model_id": name,
            "input_cost": float(paid[0]), "output_cost": float(paid[1]),
        }
        for name, paid in zip(models, prices, strict=True)
    ]  # fmt: skip
