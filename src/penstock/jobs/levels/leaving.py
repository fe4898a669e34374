"""What the dates before some dates leave them: read where it was kept, else jobs that take it out of their files."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels import facts, manifest
from penstock.jobs.levels.carry import DailyFacts, daily
from penstock.jobs.levels.choice import Chosen
from penstock.jobs.levels.inputs import Inputs
from penstock.jobs.levels.workers import Failed


@dataclass(frozen=True, slots=True)
class Leave:
    """A date that something has to be taken out of; ``folder`` keeps it under ``key``."""

    inputs: Inputs
    parameters: Parameters
    folder: Path
    key: str


def leave(job: Leave, tell: Callable[[Any], None]) -> DailyFacts:
    """Take out of a date what the next ones need, and keep it."""
    tell(None)
    found = daily(job.inputs, job.parameters)
    facts.keep(job.folder, found, job.key)
    return found


class Left:
    """What is known of what dates leave, and why some leave nothing.

    Parameters
    ----------
    folder
        Where it is kept.
    """

    def __init__(self, folder: Path, parameters: Parameters, hashes: manifest.Hashes) -> None:
        self.folder, self.parameters, self.hashes = folder, parameters, hashes
        self._known: dict[dt.date, DailyFacts | Failed] = {}

    def lacking(self, chain: Iterable[Inputs]) -> list[Inputs]:
        """The dates of which it is not known yet; what was kept is read here."""
        return [day for day in chain if not self._look(day)]

    def of(self, each: Chosen) -> tuple[list[DailyFacts], str]:
        """What a date's chain leaves it, and why the chain is no longer."""
        found: list[DailyFacts] = []
        for day in reversed(each.chain):
            one = self._known[day.date]
            if isinstance(one, Failed):
                return found, f"{day.date} could not be read: {one.why}"
            found.insert(0, one)
        return found, each.hole

    def job(self, day: Inputs) -> Leave:
        """What takes it out of a date."""
        key = facts.facts_key(self.hashes.files(day), self.parameters)
        return Leave(day, self.parameters, self.folder, key)

    def learn(self, job: Leave, found: DailyFacts | Failed) -> None:
        """Note what a job found."""
        self._known[job.inputs.date] = found

    def _look(self, day: Inputs) -> bool:
        if day.date not in self._known and facts.facts_path(self.folder, day.date).exists():
            kept = facts.kept(self.folder, day.date, self.job(day).key)
            if kept is not None:
                self._known[day.date] = kept
        return day.date in self._known
