"""What a joiner of telemetry waits for, and what it knows meanwhile."""

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
    """

    lateness: Duration | str = "60s"
    memory: Duration | str = "4h"
    gap: Duration | str = "30m"
    matures: Duration | str = "10m"
    follows: Duration | str = "5m"
    waits: Duration | str = "60s"
    similar: Callable[[str, str], float] | None = None
    least: float = 0.6

    def __post_init__(self) -> None:
        for name in ("lateness", "memory", "gap", "matures", "follows", "waits"):
            object.__setattr__(self, name, duration(getattr(self, name)))
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


@dataclass(slots=True)
class Session:
    """A user's open session."""

    began: int
    ends: int
    last: Asked
    given_up: bool = False
