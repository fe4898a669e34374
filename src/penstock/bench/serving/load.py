"""What all cases ask, and how much of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from penstock.bench.serving.paced import paced
from penstock.bench.serving.place import KEY, REFS, Served
from penstock.bench.timing import figures

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: entities, seconds of each figure, and entities where not all have room in memory."""

    entities: int
    seconds: float
    many: int
    pushes: int


FULL, QUICK = Sizes(10_000, 5.0, 100_000, 1_000), Sizes(200, 1.0, 2_000, 20)


def body(ids: Sequence[int]) -> str:
    """What Feast's clients send for all features of some entities."""
    return json.dumps({"features": REFS, "entities": {KEY: list(ids)}})


def warm(served: Served, entities: int) -> None:
    """Have all rows in memory."""
    for at in range(0, entities, 1_000):
        ids = list(range(at, min(entities, at + 1_000)))
        served.post("/get-online-features", {"features": REFS[:1], "entities": {KEY: ids}})


def steady(served: Served, bodies: Sequence[str], rate: float, seconds: float) -> Result:
    """A steady rate, and the share of its core that the server needs for it."""
    before = served.cpu()
    found = paced(served.url, bodies, rate=rate, seconds=seconds, key=served.key)
    used = (served.cpu() - before) / seconds
    return {**found, "core_percent": figures(100 * used)}
