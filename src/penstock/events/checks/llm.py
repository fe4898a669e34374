"""Checks of what a gateway of language models says."""

from collections.abc import Iterator

import numpy as np

from penstock.events.checks.marks import Rules
from penstock.events.checks.values import Columns, Failure, amounts, numbers, whole
from penstock.events.types.llm import BENCHMARKS, CONTEXT, LEXICONS

LATEST = 2**63 - 1
MASK = 63  # six bits


def asked(columns: Columns) -> Iterator[Failure]:
    """A request's id."""
    missing = columns["request"] == 0
    if missing.any():
        yield "empty id", missing, columns["request"]


def shares(values: np.ndarray) -> Iterator[Failure]:
    """Shares of 0 to 1 where there are any."""
    yield from numbers(values, absent=True, low=0.0, high=1.0)


def model(columns: Columns, _: Rules) -> Iterator[Failure]:
    """What is known: a registry may have a price alone."""
    empty = columns["context_length"] <= 0.0
    if empty.any():
        yield "out of range", empty, columns["context_length"]
    for name in ("context_length", "max_output", "input_cost", "output_cost", "decode_rate"):
        yield from amounts(columns[name])
    yield from amounts(columns["rate_limit"])
    for name in BENCHMARKS:
        yield from shares(columns[name])
    yield from whole(columns["capabilities"], -1, MASK)
    yield from whole(columns["cutoff"], 0, LATEST)


def budget(columns: Columns, _: Rules) -> Iterator[Failure]:
    """Two sums of money and a period."""
    yield from numbers(columns["limit"], absent=False)
    yield from amounts(columns["limit"])
    yield from numbers(columns["spent"], absent=False, low=0.0)
    backward = columns["reset"] <= columns["start"]
    if backward.any():
        yield "out of range", backward, columns["reset"]


def quota(columns: Columns, _: Rules) -> Iterator[Failure]:
    """Amounts where there are limits."""
    for values in columns.values():
        if values.dtype.kind == "f":
            yield from amounts(values)


def probe(columns: Columns, _: Rules) -> Iterator[Failure]:
    """Yes or no."""
    yield from whole(columns["healthy"], 0, 1)


def sample(columns: Columns, _: Rules) -> Iterator[Failure]:
    """Shares and counts."""
    yield from shares(columns["cpu"])
    yield from shares(columns["memory"])
    for name in ("queue", "inflight", "region_rate", "region_capacity"):
        yield from amounts(columns[name])


def request(columns: Columns, _: Rules) -> Iterator[Failure]:
    """An id, counts where something was counted, needs that there are."""
    yield from asked(columns)
    counted = ("tokens", "history_tokens", "characters", "words", "sentences", "syllables")
    found = [f"{name}_words" for name in LEXICONS]
    for name in (*counted, *found, "deadline", "max_tokens"):
        yield from amounts(columns[name])
    yield from shares(columns["language_share"])
    yield from numbers(columns["priority"], absent=True)
    yield from numbers(columns["offset"], absent=True, low=-86_400.0, high=86_400.0)
    yield from whole(columns["needs"], 0, MASK)


def selection(columns: Columns, _: Rules) -> Iterator[Failure]:
    """An id and a share."""
    yield from asked(columns)
    yield from shares(columns["propensity"])


def first_token(columns: Columns, _: Rules) -> Iterator[Failure]:
    """An id and a wait."""
    yield from asked(columns)
    yield from amounts(columns["wait"])


def completion(columns: Columns, _: Rules) -> Iterator[Failure]:
    """An id, a known status, amounts; no first token after the last."""
    yield from asked(columns)
    yield from whole(columns["status"], 0, 3)
    yield from whole(columns["attempt"], 1, 1 << 20)
    for name in ("latency", "first_token", "input_tokens", "output_tokens", "cost"):
        yield from amounts(columns[name])
    backward = columns["first_token"] > columns["latency"]
    if backward.any():
        yield "out of range", backward, columns["first_token"]


def feedback(columns: Columns, _: Rules) -> Iterator[Failure]:
    """A known kind, and a value that it may have."""
    yield from asked(columns)
    kind, value = columns["kind"], columns["value"]
    yield from whole(kind, 1, 6)
    rated, truth = kind == 1, (kind == 2) | (kind == 5)
    wrong = (rated & ~((value >= 1.0) & (value <= 5.0))) | (truth & ~((value == 0) | (value == 1)))
    if wrong.any():
        yield "out of range", wrong, value
    yield from numbers(columns["delay"], absent=True, low=0.0)


def outcome(columns: Columns, _: Rules) -> Iterator[Failure]:
    """A known kind, yes or no."""
    yield from whole(columns["kind"], 1, 4)
    yield from numbers(columns["happened"], absent=False, low=0.0, high=1.0)


def reply(columns: Columns, _: Rules) -> Iterator[Failure]:
    """A wait."""
    yield from numbers(columns["after"], absent=False, low=0.0)


def prompt(columns: Columns, _: Rules) -> Iterator[Failure]:
    """An id, and a vector without infinite cells."""
    yield from asked(columns)
    worst = np.abs(columns["vector"]).reshape(len(columns["request"]), -1).max(axis=1)
    infinite = np.isinf(worst)
    if infinite.any():
        yield "infinite value", infinite, worst


def decision(columns: Columns, _: Rules) -> Iterator[Failure]:
    """An id, yes or no, a share; what was chosen was likely at all."""
    yield from asked(columns)
    yield from whole(columns["chosen"], 0, 1)
    yield from shares(columns["propensity"])
    never = (columns["chosen"] == 1) & (columns["propensity"] == 0.0)
    if never.any():
        yield "out of range", never, columns["propensity"]


def reward(columns: Columns, _: Rules) -> Iterator[Failure]:
    """An id, a number, a share, amounts."""
    yield from asked(columns)
    yield from numbers(columns["value"], absent=False)
    yield from shares(columns["propensity"])
    yield from numbers(columns["delay"], absent=True, low=0.0)
    for name, _unit in CONTEXT[:-1]:
        yield from amounts(columns[name])
    yield from numbers(columns["priority"], absent=True)


def profile(columns: Columns, _: Rules) -> Iterator[Failure]:
    """An id, amounts, shares."""
    yield from asked(columns)
    for name in ("sessions", "requests", "length", "rated"):
        yield from numbers(columns[name], absent=False)
        yield from amounts(columns[name])
    yield from numbers(columns["pace"], absent=True, low=0.0)
    yield from shares(columns["again"])
    yield from shares(columns["abandoned"])
