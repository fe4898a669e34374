"""Rows judged before they are kept: kinds, promises, infinities, nulls, rules, and what stands out."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.core.arrays import F8
from penstock.core.errors import DefinitionError, nearest
from penstock.declare import Schema
from penstock.declare.checks import FILLS
from penstock.jobs.feature_store.reference import Reference
from penstock.jobs.feature_store.rules import Rules

INFINITY = float("inf")
Counts = dict[tuple[str, str], int]  # by reason and column, or rule


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of some rows.

    Attributes
    ----------
    kept
        Which rows are kept.
    values
        The numbers of all rows, with what was filled or made null.
    reasons
        Of each row that is not kept, in order: the row's place, the reason, and the column or rule.
    flags
        How many values were flagged, by reason and column.
    """

    kept: np.ndarray
    values: F8
    reasons: tuple[tuple[int, str, str], ...]
    flags: Counts


class Validator:
    """Judges rows of a view by its `Checks` and by its features' promises; for any thread.

    Attributes
    ----------
    refused, flagged
        By reason and column or rule, how many rows were refused and how many values flagged, filled or made null.

    Examples
    --------
    >>> from penstock.declare import Checks, Field, Pushed, schema_of
    >>> view = Pushed("load", [Field("cpu", range=(0, 1)), Field("queue")], checks=Checks(outside="refuse"))
    >>> found = Validator(schema_of(view)).judge(np.array([[0.5, 3.0], [1.5, np.nan], [0.1, np.inf]]))
    >>> found.kept.tolist(), found.reasons
    ([True, False, False], ((1, 'outside', 'cpu'), (2, 'infinite', 'queue')))
    """

    def __init__(self, schema: Schema) -> None:
        self.schema, self.checks = schema, schema.checks
        self.refused: Counts = {}
        self.flagged: Counts = {}
        columns = schema.columns
        self._low = np.array([-INFINITY if c.low is None else c.low for c in columns])
        self._high = np.array([INFINITY if c.high is None else c.high for c in columns])
        self._numbers = np.array([c.kind in ("f8", "i8") for c in columns])
        self._rules = Rules(self.checks.rules, schema)
        self._reference = Reference(len(columns), self.checks.window)
        self._fills = fills(schema)
        self._lock = threading.Lock()

    def judge(self, values: F8, nulls: np.ndarray | None = None) -> Judged:
        """Judge rows, shape (rows, columns), in order: each is judged against the accepted rows before this call.

        Parameters
        ----------
        values
            Numbers of all columns; a null is NaN, and a text counts as 0.
        nulls
            Where values are null, if that is known already.
        """
        with self._lock:
            return self._judge(values, np.isnan(values) if nulls is None else nulls)

    def _judge(self, values: F8, missing: np.ndarray) -> Judged:
        flags: Counts = {}
        reasons: list[tuple[int, str, str]] = []
        kept = np.ones(len(values), np.bool_)
        if missing.any() and self._fills:
            values, missing = self._filled(values, missing, flags)
        values = self._apply(
            "infinite", np.isinf(values), self.checks.infinite, values, kept, reasons, flags
        )
        outside = (values < self._low) | (values > self._high)
        values = self._apply("outside", outside, self.checks.outside, values, kept, reasons, flags)
        if self.checks.nulls == "refuse":
            bad = np.isnan(values) | missing
            self._apply("null", bad, "refuse", values, kept, reasons, flags)
        if self._rules.texts:
            broken = self._rules.broken(values)
            for row, i in np.argwhere(broken).tolist():
                reasons.append((row, "rule", self._rules.texts[i]))
            kept &= ~broken.any(axis=1)
        self._outliers(values, kept, flags)
        for _, why, what in reasons:
            count(self.refused, (why, what))
        for name, found in flags.items():
            self.flagged[name] = self.flagged.get(name, 0) + found
        return Judged(kept, values, tuple(sorted(reasons)), flags)

    def _apply(  # noqa: PLR0913, PLR0917  (one step of the judgement)
        self,
        reason: str,
        bad: np.ndarray,
        policy: str,
        values: F8,
        kept: np.ndarray,
        reasons: list[tuple[int, str, str]],
        flags: Counts,
    ) -> F8:
        """What a policy does about values; returns the values after it."""
        if not bad.any():
            return values
        names = self.schema.names
        if policy == "refuse":
            reasons += [(row, reason, names[i]) for row, i in np.argwhere(bad).tolist()]
            kept &= ~bad.any(axis=1)
            return values
        for i in np.flatnonzero(bad.any(axis=0)).tolist():
            flags[reason, names[i]] = int(bad[:, i].sum())
        return np.where(bad, np.nan, values) if policy == "null" else values

    def _filled(self, values: F8, missing: np.ndarray, flags: Counts) -> tuple[F8, np.ndarray]:
        """The values with what the policy puts in place of nulls; a fill that is not known yet stays null."""
        values, missing = values.copy(), missing.copy()
        for i, how in self._fills.items():
            rows = missing[:, i].copy()
            if rows.any():
                fill = self._reference.value(how, i) if isinstance(how, str) else how
                if not np.isnan(fill):
                    values[rows, i] = fill
                    missing[rows, i] = False
                    flags["filled", self.schema.names[i]] = int(rows.sum())
        return values, missing

    def _outliers(self, values: F8, kept: np.ndarray, flags: Counts) -> None:
        """Flag what is far from the accepted rows, and accept the rows that are kept."""
        for name, far in (
            ("deviations", self._reference.deviations(values) > self.checks.deviations),
            ("robust", self._reference.robust(values) > self.checks.robust),
        ):
            if far.any():
                for i in np.flatnonzero((far & self._numbers).any(axis=0)).tolist():
                    flags[name, self.schema.names[i]] = int(far[:, i].sum())
        self._reference.accept(values[kept])


def fills(schema: Schema) -> dict[int, float | str]:
    """What stands in for nulls, by the column's place."""
    made: dict[int, float | str] = {}
    names = schema.names
    for name, how in schema.checks.fill.items():
        if name not in names:
            raise DefinitionError(
                f"Checks of {schema.view}: fill names a column, got {name!r}{nearest(name, names)}"
            )
        place = names.index(name)
        if schema.columns[place].kind == "str" or (isinstance(how, str) and how not in FILLS):
            raise DefinitionError(
                f"Checks of {schema.view}: fill of {name} must be a number or one of {', '.join(FILLS)}, got {how!r}"
            )
        made[place] = how if isinstance(how, str) else float(how)
    return made


def count(counts: Counts, name: tuple[str, str]) -> None:
    """One more."""
    counts[name] = counts.get(name, 0) + 1


def said(reasons: Sequence[tuple[int, str, str]], schema: Schema) -> dict[int, str]:
    """By row, why it was refused, for people."""
    words = {
        "outside": "{} is outside its promised range",
        "infinite": "{} is infinite",
        "null": "{} is null",
        "rule": "breaks the rule {}",
    }
    made: dict[int, str] = {}
    for row, why, what in reasons:
        text = words[why].format(what)
        made[row] = f"{made[row]}; {text}" if row in made else text
    return {row: f"{schema.id}: {text}" for row, text in made.items()}
