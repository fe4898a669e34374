"""Many dates' touches with their labels as one table, of dates that were made alike."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.core.errors import DataError
from penstock.jobs.levels import gold, manifest
from penstock.jobs.levels.choice import Dates, within
from penstock.jobs.levels.facts import digest


@dataclass(frozen=True, slots=True)
class Aggregated:
    """A table for training: the file, its rows, and the dates in it."""

    path: Path
    rows: int
    dates: tuple[dt.date, ...]


def aggregate(out: Path, dates: Dates) -> Aggregated:
    """Join the touches and labels of the dates that are asked for, of those that were made.

    Raises
    ------
    DataError
        A date that is named was not made, or the dates were made by different definitions or parameters.
    """
    made = manifest.finished_dates(out)
    absent = [str(date) for date in dates.some if date not in made]
    if absent:
        raise DataError(
            f"{out}: each date must have been made, got none of {', '.join(absent)}; run them first"
        )
    wanted = [date for date in made if within(date, dates)]
    alike: dict[str, list[dt.date]] = {}
    said: dict[str, Any] = {}
    for date in wanted:
        said = manifest.read_manifest(out, date)
        alike.setdefault(digest([said["fingerprint"], said["asked"]]), []).append(date)
    if len(alike) > 1:
        kinds = "; ".join(f"{len(group)} like {group[0]}" for group in alike.values())
        raise DataError(
            f"{out}: dates must be made by the same definitions and parameters, got {kinds}; run them again"
        )
    lineage = {
        name: said.get(name)
        for name in ("penstock", "platform", "libraries", "fingerprint", "asked")
    }
    keys = {str(date): manifest.read_manifest(out, date)["key"] for date in wanted}
    path, rows = gold.aggregate(out, wanted, lineage | {"dates": keys})
    return Aggregated(path, rows, tuple(wanted))
