"""What is held of one key so that it can be rebuilt: events in order, rows as they stand, and kept points.

An event's place is its time and its stream's rank; of one place, what came first stands first. A row's spot is its
time and its number among the key's rows of that time.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from penstock.engine.kept import Kept

BEGINNING = -(1 << 63)
RECORD, ROW, POINT = 200, 250, 500  # bytes that Python takes for one, about, besides its content

Place = tuple[int, int]
Spot = tuple[int, int]
NOWHERE: Place = (BEGINNING, 0)
NO_ROW: Spot = (BEGINNING, -1)


@dataclass(slots=True)
class Point:
    """A state of the key: ``index`` held events stand before it, and the row at ``spot`` was the last."""

    index: int
    last: Place
    latest: int
    spot: Spot
    kept: Kept | None

    @property
    def size(self) -> int:
        """Bytes, about."""
        return POINT + (0 if self.kept is None else self.kept.size)


@dataclass(slots=True)
class Change:
    """A row that is new or has other bits than it had; without values it is withdrawn."""

    spot: Spot
    revision: int
    values: np.ndarray | None


@dataclass(slots=True)
class History:
    """The events, rows and points of one key; the first point stands before all of them.

    Attributes
    ----------
    fresh
        Rows since the last point.
    held
        Bytes, about.
    """

    points: list[Point]
    places: list[Place] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    values: list[bytes | None] = field(default_factory=list)
    revisions: list[int] = field(default_factory=list)
    last: Place = NOWHERE  # the place of the newest event
    spot: Spot = NO_ROW  # of the newest row
    fresh: int = 0
    held: int = 0

    def __post_init__(self) -> None:
        first = self.points[0]
        self.last, self.spot = first.last, first.spot
        self.held = first.size

    def event(self, place: Place, record: bytes) -> None:
        """Note the newest event."""
        self.places.append(place)
        self.records.append(record)
        self.last = place
        self.held += RECORD + len(record)

    def insert(self, place: Place, record: bytes) -> None:
        """Note an event among others."""
        index = bisect_right(self.places, place)
        self.places.insert(index, place)
        self.records.insert(index, record)
        self.last = self.places[-1]
        self.held += RECORD + len(record)

    def row(self, ts: int, values: bytes) -> tuple[Spot, int]:
        """Note the newest row; returns its spot and its revision: above 0 where one was withdrawn from there."""
        spot = (ts, self.spot[1] + 1 if ts == self.spot[0] else 0)
        self.spot = spot
        self.fresh += 1
        if self.spots and self.spots[-1] >= spot:
            index = bisect_left(self.spots, spot)
            self.revisions[index] += 1
            self.values[index] = values
            self.held += len(values)
            return spot, self.revisions[index]
        self._append(spot, values, 0)
        self.held += ROW + len(values)
        return spot, 0

    def stand(self, spots: list[Spot], values: list[bytes | None], revisions: list[int]) -> None:
        """Note rows as they stand."""
        self.spots, self.values, self.revisions = spots, values, revisions
        self.held += sum(ROW + len(value or b"") for value in values)

    def before(self, place: Place) -> Point | None:
        """The latest point that stands before an event."""
        index = len(self.points)
        while index and not (
            self.points[index - 1].last <= place and self.points[index - 1].latest <= place[0]
        ):
            index -= 1
        return self.points[index - 1] if index else None

    def forget_after(self, point: Point) -> None:
        """Drop the points after one."""
        index = self.points.index(point) + 1
        self.held -= sum(gone.size for gone in self.points[index:])
        del self.points[index:]

    def keep(self, point: Point) -> None:
        """Add a point after all others."""
        self.points.append(point)
        self.fresh = 0
        self.held += point.size

    def drop_first(self) -> None:
        """Forget what stands before the second point."""
        gone, first = self.points[0], self.points[1]
        cut, rows = first.index, bisect_right(self.spots, first.spot)
        self.held -= gone.size + sum(RECORD + len(x) for x in self.records[:cut])
        self.held -= sum(ROW + len(x or b"") for x in self.values[:rows])
        del self.points[0], self.places[:cut], self.records[:cut]
        del self.spots[:rows], self.values[:rows], self.revisions[:rows]
        for point in self.points:
            point.index -= cut

    def replace_rows(self, after: Spot, new: dict[Spot, bytes]) -> list[Change]:
        """Put rows in place of those after a spot; returns those that are new, differ or are no more."""
        first = bisect_right(self.spots, after)
        old = dict(
            zip(
                self.spots[first:],
                zip(self.values[first:], self.revisions[first:], strict=True),
                strict=True,
            )
        )
        self.held -= sum(ROW + len(x or b"") for x in self.values[first:])
        del self.spots[first:], self.values[first:], self.revisions[first:]
        self.spot = max(new, default=after)
        differ, changes = differing(old, new), []
        for spot in sorted({*old, *new}):
            value = new.get(spot)
            before, revision = old.get(spot, (None, -1))
            if spot not in old or spot in differ or (before is None) != (value is None):
                revision += 1
                changes.append(Change(spot, revision, None if value is None else floats(value)))
            self._append(spot, value, revision)
            self.held += ROW + len(value or b"")
        return changes

    def _append(self, spot: Spot, value: bytes | None, revision: int) -> None:
        self.spots.append(spot)
        self.values.append(value)
        self.revisions.append(revision)


def numbered(times: Iterable[int], after: Spot) -> list[Spot]:
    """The spots of rows that follow one."""
    spots, (last, number) = [], after
    for time in times:
        number = number + 1 if time == last else 0
        last = time
        spots.append((time, number))
    return spots


def packed(table: np.ndarray) -> list[bytes]:
    """The bytes of each row."""
    data, width = np.ascontiguousarray(table).tobytes(), 8 * table.shape[1]
    return [data[start : start + width] for start in range(0, len(data), width)]


def floats(value: bytes) -> np.ndarray:
    """The values of a row."""
    return np.frombuffer(value, np.float64)


def differing(old: dict[Spot, tuple[bytes | None, int]], new: dict[Spot, bytes]) -> set[Spot]:
    """The spots of rows in both whose bits are not the same; all NaN are one."""
    both = [(spot, old[spot][0], value) for spot, value in new.items() if spot in old]
    pairs = [(spot, one, two) for spot, one, two in both if one is not None and one != two]
    if not pairs:
        return set()
    x = floats(b"".join([one for _, one, _ in pairs]))
    y = floats(b"".join([two for _, _, two in pairs]))
    same = (x.view(np.int64) == y.view(np.int64)) | (np.isnan(x) & np.isnan(y))
    rows = np.flatnonzero(~same.reshape(len(pairs), -1).all(axis=1))
    return {pairs[i][0] for i in rows.tolist()}
