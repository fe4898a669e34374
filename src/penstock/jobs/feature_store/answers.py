"""The answer to an online read, as Feast shapes it: feature by feature, one value for each entity."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from penstock.core.time import iso_text
from penstock.store.status import NULL_VALUE, PRESENT, STATUSES

INFINITY = float("inf")


@dataclass(slots=True)
class Answer:
    """Values of features for entities.

    Attributes
    ----------
    entities
        The rows that were asked for.
    names
        The features' names, in order.
    values, statuses, stamps
        Of each feature, one for each entity; a stamp is the event time in ns, None where nothing was found. A value is
        None unless its status is PRESENT.
    """

    entities: Sequence[dict[str, Any]]
    names: list[str] = field(default_factory=list)
    values: list[list[Any]] = field(default_factory=list)
    statuses: list[list[str]] = field(default_factory=list)
    stamps: list[list[int | None]] = field(default_factory=list)

    def add(self, name: str, values: list[Any], stamps: list[int | None], ages: list[str]) -> None:
        """Add a feature: its values, and what each entity's row is (PRESENT, NOT_FOUND or OUTSIDE_MAX_AGE)."""
        statuses = [
            NULL_VALUE if status == PRESENT and null(value) else status
            for value, status in zip(values, ages, strict=True)
        ]
        self.names.append(name)
        self.values.append(
            [v if s == PRESENT else None for v, s in zip(values, statuses, strict=True)]
        )
        self.statuses.append(statuses)
        self.stamps.append(stamps)

    def to_dict(self) -> dict[str, list[Any]]:
        """Columns by name: the entities' and the features'."""
        names = dict.fromkeys(name for row in self.entities for name in row)
        found = {name: [row.get(name) for row in self.entities] for name in names}
        return found | dict(zip(self.names, self.values, strict=True))

    def to_df(self) -> pl.DataFrame:
        """The same columns as a Polars frame."""
        return pl.DataFrame(self.to_dict(), strict=False)

    def to_json(self) -> dict[str, Any]:
        """What the server answers."""
        results = [
            {
                "values": [plain(value) for value in values],
                "statuses": statuses,
                "event_timestamps": [None if at is None else iso_text(at) for at in stamps],
            }
            for values, statuses, stamps in zip(
                self.values, self.statuses, self.stamps, strict=True
            )
        ]
        return {"metadata": {"feature_names": self.names}, "results": results}

    @property
    def counts(self) -> dict[str, int]:
        """How many values there are of each status."""
        made: dict[str, int] = dict.fromkeys(STATUSES, 0)
        for statuses in self.statuses:
            for status in statuses:
                made[status] += 1
        return made


def null(value: object) -> bool:
    """Whether a value is none."""
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124  (not a number)


def plain(value: Any) -> Any:
    """A value as JSON knows it; an infinity as the JSON mapping of protocol buffers spells it."""
    if isinstance(value, float) and abs(value) == INFINITY:
        return "Infinity" if value > 0 else "-Infinity"
    return value
