"""Hand-made gold rows and files for the tests of the levels jobs."""

from pathlib import Path

import polars as pl

from penstock.jobs.levels.columns import COLUMNS, EVENT_ID, LABELS


def touches(count: int, date: str = "2025-12-16", **columns) -> pl.DataFrame:
    """Rows of signals in which all is unknown but what is given, as a run leaves them: words as text."""
    made = {}
    for column in COLUMNS:
        if isinstance(column.dtype, pl.Enum):
            made[column.name] = pl.Series([None] * count, dtype=pl.String)
        else:
            made[column.name] = pl.Series([None] * count, dtype=column.dtype)
    given = {
        "event_id": [f"{date}-{i:05d}" for i in range(count)],
        "ts_event_ns": list(range(count)),
        "date": [date] * count,
        "symbol": ["SPY"] * count,
        "distance": [float("nan")] * count,
    } | columns
    return pl.DataFrame(made).with_columns(**{name: pl.Series(x) for name, x in given.items()})


def outcomes(signals: pl.DataFrame, *words: str | None) -> pl.DataFrame:
    """Labels of those touches."""
    nothing = [None] * signals.height
    return pl.DataFrame(
        {
            EVENT_ID.name: signals[EVENT_ID.name],
            "outcome": pl.Series(list(words) or nothing, dtype=pl.String),
            **{column.name: pl.Series(nothing, dtype=pl.Float64) for column in LABELS[1:]},
        }
    )


def empty(folder: Path, *names: str) -> Path:
    """A directory with empty files of these names."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder
