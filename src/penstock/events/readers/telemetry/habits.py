"""What users' sessions are like in the mean."""

import math
from dataclasses import dataclass

from penstock.events.readers.telemetry.rows import Row, whose
from penstock.events.readers.telemetry.terms import Session

USERS = 1 << 16  # whose habits are known: those whose sessions ended last


@dataclass(slots=True)
class Habits:
    """Sums over a user's sessions."""

    sessions: int = 0
    requests: int = 0
    length: int = 0
    rated: int = 0
    again: int = 0
    abandoned: int = 0
    span: int = 0  # from first to last requests, in ns
    steps: int = 0

    def take(self, session: Session, *, lost: bool) -> dict[str, float]:
        """Take in a session that has ended, and tell the means."""
        self.sessions += 1
        self.requests += session.requests
        self.length += session.length
        self.rated += session.rated
        self.again += session.again
        self.abandoned += lost
        self.span += session.last.came - session.began
        self.steps += session.requests - 1
        return {
            "sessions": self.sessions, "requests": self.requests / self.sessions,
            "length": self.length / self.requests, "rated": self.rated / self.requests,
            "again": min(self.again / self.requests, 1.0), "abandoned": self.abandoned / self.sessions,
            "pace": self.span / 1e9 / self.steps if self.steps else math.nan,
        }  # fmt: skip


class Users:
    """The habits of users."""

    def __init__(self) -> None:
        self._known: dict[str, Habits] = {}

    def profile(self, time: int, session: Session, *, lost: bool) -> Row:
        """What a user is like now that a session of his has ended."""
        user = session.last.user
        habits = self._known[user] = self._known.pop(user, None) or Habits()
        if len(self._known) > USERS:
            del self._known[next(iter(self._known))]
        return "llm_profile", time, {**whose(session.last), **habits.take(session, lost=lost)}
