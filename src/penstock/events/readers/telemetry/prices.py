"""Prices and contexts of models from a price list in the form of the package ``genai-prices``.

A price with a date holds from then on; the one without holds before. Of prices in tiers it is the first tier, and what
holds at some hours of the day alone is left out.
"""

import contextlib
import re
from pathlib import Path
from typing import Any

import msgspec

from penstock.core.errors import DataError
from penstock.events.readers.pieces import pieces
from penstock.events.readers.telemetry.forms import Event, stamp

PER_MILLION = 1_000.0  # thousands of tokens in a million
ALWAYS = 0


class Prices:
    """A price list.

    Parameters
    ----------
    path
        A JSON file: providers, each with its models, as ``genai-prices`` ships it; ``.gz`` is unpacked.

    References
    ----------
    https://github.com/pydantic/genai-prices
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        with contextlib.closing(pieces(self.path)) as source:
            found = msgspec.json.decode(b"".join(source))
        if not isinstance(found, list) or not all("models" in p for p in found):
            raise DataError(f"{path}: a list of providers with models is needed, got another JSON")
        self.models = [(provider, model) for provider in found for model in provider["models"]]
        self.names: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        for provider, model in self.models:
            self.names.setdefault(model["id"], (provider, model))
            self.names[f"{provider['id']}/{model['id']}"] = (provider, model)

    def updates(self, name: str) -> list[Event]:
        """What the list says of a model, in order of time; nothing where it knows no such model.

        The first provider counts that lists the name as a model's, or whose rules match it; a name such as
        ``azure/gpt-4o`` says which provider is meant.
        """
        provider, model = self.names.get(name) or self._matched(name)
        if model is None:
            return []
        listed = (
            model["prices"] if isinstance(model["prices"], list) else [{"prices": model["prices"]}]
        )
        found = []
        for entry in listed:
            when = entry.get("constraint") or {}
            if set(when) <= {"start_date"}:
                begin = stamp(f"{when['start_date']}T00:00:00Z") if when else ALWAYS
                found.append(
                    {
                        "type": "registry_update", "ts": begin, "model_id": name, "provider": provider["id"],
                        "context_length": model.get("context_window"),
                        "input_cost": price(entry["prices"], "input_mtok"),
                        "output_cost": price(entry["prices"], "output_mtok"),
                    }
                )  # fmt: skip
        return sorted(found, key=lambda event: event["ts"])

    def _matched(self, name: str) -> tuple[Any, Any]:
        owner, _, rest = name.rpartition("/")
        for provider, model in self.models:
            if owner in ("", provider["id"]) and matches(model["match"], rest.lower()):
                return provider, model
        return None, None


def price(prices: dict[str, Any], name: str) -> float | None:
    """Dollars of 1,000 tokens."""
    found = prices.get(name)
    if isinstance(found, dict):
        found = found.get("base")
    return None if found is None else found / PER_MILLION


def matches(rule: dict[str, Any], name: str) -> bool:
    """Whether a name is one that a rule means.

    Examples
    --------
    >>> matches({"or": [{"starts_with": "gpt-4o"}, {"equals": "o1"}]}, "gpt-4o-2024-08-06")
    True
    """
    ((kind, value),) = rule.items()
    if kind in ("or", "and"):
        return (any if kind == "or" else all)(matches(part, name) for part in value)
    if kind == "regex":
        return re.search(value, name) is not None
    tests = {
        "equals": name.__eq__,
        "starts_with": name.startswith,
        "ends_with": name.endswith,
        "contains": name.__contains__,
    }
    return kind in tests and bool(tests[kind](value))
