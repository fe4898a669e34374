"""The touches of a directory's dates, from Python: what ``penstock levels run`` does."""

import datetime as dt
import tempfile
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from penstock.core.errors import DataError
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels import gold
from penstock.jobs.levels.choice import Dates
from penstock.jobs.levels.columns import COLUMNS, LABELS
from penstock.jobs.levels.dates import CURRENT, MADE, Task, Tell, run_dates
from penstock.jobs.levels.day import run_day
from penstock.jobs.levels.manifest import fingerprint
from penstock.jobs.levels.view import view

ALL = Dates()


def task(source: Path, out: Path, parameters: Parameters, dates: Dates = ALL) -> Task:
    """What is run with these parameters; `dataclasses.replace` changes the rest."""
    return Task(source, out, parameters, fingerprint(view(parameters).columns()), run_day, dates)


def run(  # noqa: PLR0913  (keyword options)
    source: str | Path,
    *,
    date: str | dt.date | None = None,
    out: str | Path | None = None,
    preset: str = "default",
    labels: bool = False,
    workers: int = 1,
    force: bool = False,
    tell: Tell | None = None,
    **parameters: Any,
) -> pl.DataFrame:
    """The touches of one date, or of all dates that there are files of, in order of time.

    Parameters
    ----------
    source
        The directory with the files.
    date
        The date; its warm-up is read from the files of the days before it.
    out
        Where bronze and gold are kept, so that nothing is computed twice; nothing is kept by default.
    preset, parameters
        ``"default"`` or ``"requirement"``, and parameters by name that differ from it.
    labels
        Add the labels' columns: what came after, for training alone.
    workers
        Processes that dates are spread over; a script that asks for more than one needs the guard
        ``if __name__ == "__main__"``.
    force
        Make again what is there already.
    tell
        Called with what is being done; see `run_dates`.

    Raises
    ------
    DataError
        A date could not be made; the others are kept in ``out``.
    """
    day = dt.date.fromisoformat(date) if isinstance(date, str) else date
    chosen = Dates() if day is None else Dates((day,))
    said = Parameters.preset(preset, **parameters)
    kept = tempfile.TemporaryDirectory() if out is None else nullcontext(str(out))
    with kept as folder:
        place = Path(folder)
        asked = replace(task(Path(source), place, said, chosen), workers=workers, force=force)
        outcomes = run_dates(asked, tell or _quiet)
        bad = [f"{each.date}: {each.why}" for each in outcomes if not each.is_well]
        if bad:
            raise DataError(f"{source}: each date must be made, got {'; '.join(bad)}")
        made = [each.date for each in outcomes if each.status in {MADE, CURRENT}]
        frames = [_read(place, each, labels=labels) for each in made]
    names = [*COLUMNS, *(LABELS if labels else ())]
    return pl.concat(frames) if frames else pl.DataFrame(schema={c.name: c.dtype for c in names})


def _read(out: Path, date: dt.date, *, labels: bool) -> pl.DataFrame:
    signals, came_after = gold.read_date(out, date)
    if not labels:
        return signals
    return signals.join(came_after, on="event_id", how="left", maintain_order="left")


def _quiet(*_: Any) -> None:
    """Say nothing."""
