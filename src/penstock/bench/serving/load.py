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
    """How much is measured.

    Attributes
    ----------
    entities, many
        How many there are, and where not all have room in memory.
    seconds
        Of each figure.
    pushes
        Rows that are pushed one by one.
    brief
        Whether servers are started for the first case of each kind only: each takes seconds to start.
    """

    entities: int
    seconds: float
    many: int
    pushes: int
    brief: bool = False


FULL, QUICK = Sizes(10_000, 5.0, 100_000, 1_000), Sizes(200, 0.5, 2_000, 20, brief=True)


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
    found, took = paced(served.url, bodies, rate=rate, seconds=seconds, key=served.key)
    used = (served.cpu() - before) / took
    return {**found, "took_s": figures(took), "core_percent": figures(100 * used)}
