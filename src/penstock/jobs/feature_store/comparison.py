"""Two versions of a view side by side: their rows, how far their values are apart, and what each covers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from penstock.core.errors import DefinitionError

QUANTILES = (0.5, 0.95, 0.99)


@dataclass(slots=True)
class ColumnComparison:
    """One column of two versions over the rows that both have.

    Attributes
    ----------
    rows
        Rows that both versions have.
    equal
        Rows whose values are equal in bits; two nulls are equal.
    only_one, only_two
        Rows where only that version has a value.
    difference
        Quantiles of the absolute differences where both have one, and the largest.
    shift
        How far the mean of the second is from that of the first, in standard deviations of the first.
    correlation
        Of both, where both have a value; None below three rows or where one does not vary.
    """

    rows: int
    equal: int
    only_one: int
    only_two: int
    difference: dict[str, float] = field(default_factory=dict)
    shift: float | None = None
    correlation: float | None = None


@dataclass(slots=True)
class Comparison:
    """What comparing two versions found.

    Attributes
    ----------
    one, two
        The versions, as ``view@v1``.
    rows
        Keys and times that only the first, only the second, and both have.
    added, removed
        Columns of the second alone and of the first alone.
    columns
        The columns that both have.
    latency
        By version, how long after its event a row was known, in ms: quantiles and the longest.
    """

    one: str
    two: str
    rows: dict[str, int]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    columns: dict[str, ColumnComparison]
    latency: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def to_df(self) -> pl.DataFrame:
        """A row for each column."""
        made: list[dict[str, Any]] = []
        for name, found in self.columns.items():
            row = {"column": name, "rows": found.rows, "equal": found.equal}
            row |= {"only_one": found.only_one, "only_two": found.only_two}
            row |= {
                f"difference_{quantile}": found.difference.get(quantile) for quantile in names()
            }
            made.append(row | {"shift": found.shift, "correlation": found.correlation})
        return pl.DataFrame(made)


def names() -> list[str]:
    """The quantiles of a difference by name."""
    return [*(f"p{quantile * 100:g}" for quantile in QUANTILES), "max"]


def compare(
    one: str, two: str, first: pl.DataFrame, second: pl.DataFrame, key: Sequence[str]
) -> Comparison:
    """Compare the rows of two versions by key and time.

    Parameters
    ----------
    one, two
        What the versions are called.
    first, second
        Their rows: the key columns, ``ts``, and the columns; ``created`` is not compared.
    key
        The key columns.

    Examples
    --------
    >>> rows = pl.DataFrame({"k": ["a", "b"], "ts": [1, 1], "x": [1.0, 2.0]})
    >>> found = compare("v@v1", "v@v2", rows, rows.with_columns(pl.col("x") + 1), ["k"])
    >>> found.rows, found.columns["x"].difference["max"], found.columns["x"].equal
    ({'only_one': 0, 'only_two': 0, 'both': 2}, 1.0, 0)
    """
    on = [*key, "ts"]
    for frame, called in ((first, one), (second, two)):
        missing = [name for name in on if name not in frame.columns]
        if missing:
            raise DefinitionError(
                f"Comparison: {called} must have the columns {', '.join(on)}, got none of {missing[0]}"
            )
    leave = {*on, "created"}
    had, has = ([n for n in frame.columns if n not in leave] for frame in (first, second))
    both = [name for name in had if name in has]
    joined = first.select(*on, *both).join(
        second.select(*on, *both), on=on, how="inner", suffix="\0"
    )
    common = joined.height
    rows = {"only_one": first.height - common, "only_two": second.height - common, "both": common}
    return Comparison(
        one,
        two,
        rows,
        tuple(name for name in has if name not in had),
        tuple(name for name in had if name not in has),
        {name: column(joined[name], joined[f"{name}\0"]) for name in both},
        {one: latency(first), two: latency(second)},
    )


def latency(frame: pl.DataFrame) -> dict[str, float]:
    """How long after its event a row was known, in ms; nothing where that was not kept."""
    if "created" not in frame.columns or not frame.height:
        return {}
    took = (frame["created"] - frame["ts"]).to_numpy() / 1e6
    return dict(zip(names(), map(float, [*np.quantile(took, QUANTILES), took.max()]), strict=True))


def column(first: pl.Series, second: pl.Series) -> ColumnComparison:
    """One column of both versions over the same rows."""
    if not (first.dtype.is_numeric() and second.dtype.is_numeric()):
        return texts(first.cast(pl.String), second.cast(pl.String))
    x, y = (
        series.cast(pl.Float64).fill_null(float("nan")).to_numpy() for series in (first, second)
    )
    has_x, has_y = ~np.isnan(x), ~np.isnan(y)
    equal = np.where(has_x & has_y, x.view(np.int64) == y.view(np.int64), ~has_x & ~has_y)
    found = ColumnComparison(
        len(x), int(equal.sum()), int((has_x & ~has_y).sum()), int((~has_x & has_y).sum())
    )
    x, y = x[has_x & has_y], y[has_x & has_y]
    if x.size:
        away = np.abs(y - x)
        quantiles = [*np.quantile(away, QUANTILES), away.max()]
        found.difference = dict(zip(names(), map(float, quantiles), strict=True))
        spread = float(x.std())
        found.shift = float((y.mean() - x.mean()) / spread) if spread > 0 else None
    if x.size > 2 and x.std() > 0 and y.std() > 0:
        found.correlation = float(np.corrcoef(x, y)[0, 1])
    return found


def texts(first: pl.Series, second: pl.Series) -> ColumnComparison:
    """One column of texts or truths."""
    equal = int(first.eq_missing(second).sum())
    only_one = int((first.is_not_null() & second.is_null()).sum())
    only_two = int((first.is_null() & second.is_not_null()).sum())
    return ColumnComparison(len(first), equal, only_one, only_two)
