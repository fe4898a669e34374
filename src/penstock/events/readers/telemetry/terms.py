"""What a joiner of telemetry waits for, and what it knows meanwhile."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration


@dataclass(frozen=True, slots=True)
class Terms:
    """How long things are waited for.

    Attributes
    ----------
    lateness
        How much later than what came after it an event may come; a later one is kept aside.
    memory
        How long a request is known to those that name it: the longest session.
    gap
        The silence that ends a session; a reply after it is none.
    matures
        How long an answer may be copied or asked for again until that is told.
    follows
        How long a question on the same subject may take.
    waits
        How long a user may be silent after a session's last answer before the session counts as given up.
    similar
        From two prompts to their similarity, up to 1; without it nothing is said of follow-ups.
    encodes
        How long an encoder takes until a prompt's vector is known, declared for history too; without it there are none.
    judge
        From what became of a request whose decision is known to the decision's reward, once the answer has matured; NaN
        tells none. A log that tells rewards itself needs none.
    """

    lateness: Duration | str = "60s"
    memory: Duration | str = "4h"
    gap: Duration | str = "30m"
    matures: Duration | str = "10m"
    follows: Duration | str = "5m"
    waits: Duration | str = "60s"
    similar: Callable[[str, str], float] | None = None
    least: float = 0.6
    encodes: Duration | str | None = None
    judge: "Callable[[Asked], float]" = field(default_factory=lambda: judged)

    def __post_init__(self) -> None:
        for name in ("lateness", "memory", "gap", "matures", "follows", "waits"):
            object.__setattr__(self, name, duration(getattr(self, name)))
        if self.encodes is not None:
            object.__setattr__(self, "encodes", duration(self.encodes))
        if not duration(self.follows) <= duration(self.matures) <= duration(self.memory):
            raise DefinitionError(
                "Terms: follows <= matures <= memory is needed, "
                f"got {self.follows}, {self.matures}, {self.memory} ns"
            )


@dataclass(slots=True)
class Asked:
    """What is known of a request."""

    id: str
    user: str
    task: int
    came: int
    prompt: str
    model: str = ""
    sent: int | None = None
    first: int | None = None
    end: int | None = None
    seen: set[Any] = field(default_factory=set)
    regenerated: bool = False
    copied: bool = False
    followed: bool = False
    touched: bool = False
    stars: float = math.nan  # the last rating, 1 to 5
    thumb: float = math.nan  # the last one, 1 or 0
    said: dict[str, Any] = field(default_factory=dict)  # the request's event
    decided: dict[str, Any] | None = None  # what a decision's reward repeats of it
    rewarded: bool = False


def judged(asked: Asked) -> float:
    """A reward from 0 to 1: what users said, else what they did; 0 for no good answer, NaN where nobody said anything.

    The last rating counts before the last thumb, and a thumb before an answer that was asked for again (0) or copied
    (1). Silence is no reward: what it means depends on the gateway.
    """
    if asked.end is None:
        return 0.0
    if not math.isnan(asked.stars):
        return (asked.stars - 1.0) / 4.0
    if not math.isnan(asked.thumb):
        return asked.thumb
    if asked.regenerated or asked.copied:
        return 0.0 if asked.regenerated else 1.0
    return math.nan


@dataclass(slots=True)
class Session:
    """A user's open session."""

    began: int
    ends: int
    last: Asked
    given_up: bool = False
    requests: int = 1
    length: int = 0  # of prompts
    rated: int = 0
    again: int = 0
