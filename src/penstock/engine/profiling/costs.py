"""What a profile found: time and memory by step and by feature.

The rule for a feature: it pays for the steps that only it needs, and for an even share of each step that it needs
with others. So the features of a view add up to its steps.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from penstock.compile.probe import steps_of
from penstock.expr import Expr
from penstock.plan import Plan
from penstock.plan.nodes import step
from penstock.plan.schedule import closure


@dataclass(frozen=True, slots=True)
class StepCost:
    """A step: its number and text in the plan, time, ticks, share of all steps, bytes a key, and the reasons."""

    number: str
    step: str
    operator: str
    clock: str
    ns: float
    ns_per_tick: float
    ticks: int
    calls: int
    share: float
    bytes: int
    features: int  # how many need it
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeatureCost:
    """A column of the view: its own steps' time, its share of shared steps' time, both, and bytes a key."""

    name: str
    ns: float
    own_ns: float
    shared_ns: float
    ns_per_event: float
    share: float
    bytes: int
    steps: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a profile found."""

    events: int
    keys: int
    capacity: int
    period: int  # every so many runs the steps are timed one by one
    seconds: float  # on the wall, everything included
    steps_ns: float
    admission_ns: float
    settling_ns: float
    host_ns: int
    interrupted: int  # readings left out: the system did something else meanwhile
    steps: tuple[StepCost, ...] = field(repr=False)
    features: tuple[FeatureCost, ...] = field(repr=False)
    memory: dict[str, int]  # bytes of one key by kind
    bytes_per_key: int
    columns: tuple[dict[str, Any], ...] = field(repr=False)
    bytes_of_all_keys: int
    cache: dict[str, int]  # entries found, compiled, prebuilt
    hardware: dict[str, int]
    hardware_why: str

    @property
    def slowest(self) -> tuple[StepCost, ...]:
        """The ten steps that took most time, with their reasons."""
        return self.steps[:10]

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON knows it."""
        return {**asdict(self), "slowest": [asdict(one) for one in self.slowest]}


def users(plan: Plan) -> dict[Expr, list[str]]:
    """The outputs that need each step."""
    found: dict[Expr, list[str]] = {node: [] for node in steps_of(plan)}
    for name, expr in plan.outputs:
        for node in closure([step(expr)]):
            if node in found:
                found[node].append(name)
    return found


def features(
    plan: Plan, ns: Mapping[Expr, float], sizes: Mapping[Expr, int], events: int
) -> tuple[FeatureCost, ...]:
    """The cost of each output, the dearest first; ``ns`` and ``sizes`` are of the steps."""
    own = dict.fromkeys((name for name, _ in plan.outputs), 0.0)
    shared, memory, counts = dict(own), dict(own), dict.fromkeys(own, 0)
    for node, names in users(plan).items():
        for name in names:
            counts[name] += 1
            memory[name] += sizes.get(node, 0) / len(names)
            if len(names) == 1:
                own[name] += ns[node]
            else:
                shared[name] += ns[node] / len(names)
    whole = sum(ns.values()) or 1.0
    made = [
        FeatureCost(
            name=name,
            ns=own[name] + shared[name],
            own_ns=own[name],
            shared_ns=shared[name],
            ns_per_event=(own[name] + shared[name]) / max(events, 1),
            share=(own[name] + shared[name]) / whole,
            bytes=round(memory[name]),
            steps=counts[name],
        )
        for name in own
    ]
    return tuple(sorted(made, key=lambda cost: -cost.ns))
