"""Two runs of a suite beside each other."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

COSTS = frozenset({"ns", "us", "ms", "s", "seconds", "bytes", "ratio", "allocations", "error"})
GAINS = ("_per_s", "_per_second", "speed_up")  # more is better
GIVEN = frozenset({"target", "bound", "goal", "noise"})  # said, not measured


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure of two runs; a ratio above 1 is worse than before."""

    suite: str
    case: str
    key: str
    new: float
    old: float
    ratio: float


def compare(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[Ratio]:
    """How the figures of a run relate to those of an older one, worst first.

    Only our own figures count, and only those that both runs have. Errors within their bound are
    equal.

    Examples
    --------
    >>> run = {"suite": "engine", "results": [{"case": "push_500", "ns_per_event": 2000.0}]}
    >>> was = {"suite": "engine", "results": [{"case": "push_500", "ns_per_event": 2500.0}]}
    >>> compare(run, was)[0].ratio
    0.8
    """
    before = {name(result): result for result in old["results"]}
    found = [
        Ratio(new["suite"], result["case"], key, value, before[name(result)][key], ratio)
        for result in new["results"]
        if name(result) in before
        for key, value, ratio in ratios(result, before[name(result)])
    ]
    return sorted(found, key=lambda item: -item.ratio)


def name(result: Mapping[str, Any]) -> tuple[str, ...]:
    """What names a result: its case and whatever else it says in words."""
    return tuple(f"{key}={value}" for key, value in result.items() if isinstance(value, str))


def ratios(new: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[tuple[str, float, float]]:
    """The figures that both results have, and how much worse each became."""
    for key, value in new.items():
        words = set(key.split("_"))
        measured = number(value) and number(old.get(key)) and not words & GIVEN
        gain = key.endswith(GAINS)
        if not measured or not (gain or words & COSTS):
            continue
        was = old[key]
        if "error" in words:
            value, was = max(value, new.get("bound", 0.0)), max(was, old.get("bound", 0.0))  # noqa: PLW2901
        yield key, value, quotient(was, value) if gain else quotient(value, was)


def number(value: object) -> bool:
    """Whether a value is a figure."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def quotient(value: float, was: float) -> float:
    """``value / was``; equal zeros are equal, and anything is infinitely more than zero."""
    if value == was:
        return 1.0
    return value / was if was else math.inf
