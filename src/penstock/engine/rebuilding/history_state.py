"""Histories in a snapshot: of each key the first point, the events and rows after it."""

import itertools
from typing import Any

import numpy as np

from penstock.engine.kept import read_kept, save_kept
from penstock.engine.rebuilding.history import History, Point
from penstock.engine.rebuilding.rebuild import Rebuild

KEY = slice(16, 24)  # the cell of the key in a record


def pack_histories(rebuild: Rebuild) -> tuple[dict[str, Any], bytes]:
    """A description as JSON knows it, and the bytes that it describes."""
    points = {key: history.points[0] for key, history in rebuild.histories.items()}
    kept = {key: point.kept for key, point in points.items() if point.kept is not None}
    states = save_kept(rebuild.engine.registry, kept)
    described, parts = [], [states]
    for key, history in rebuild.histories.items():
        point = points[key]
        described.append(
            {
                "key": key,
                "point": [point.last, point.latest, point.spot, point.kept is not None],
                "last": history.last,
                "spot": history.spot,
                "bytes": sum(map(len, history.records)),
                "events": len(history.records),
                "rows": len(history.spots),
            }
        )
        withdrawn = [value is None for value in history.values]
        parts += [
            np.array(history.places, np.int64).tobytes(),
            b"".join(history.records),
            np.array(history.spots, np.int64).tobytes(),
            np.array(history.revisions, np.int64).tobytes(),
            np.array(withdrawn, np.int64).tobytes(),
            b"".join(value for value in history.values if value is not None),
        ]
    about = {"until": rebuild.until, "states": len(states), "histories": described}
    return about, b"".join(parts)


def read_histories(
    rebuild: Rebuild, about: dict[str, Any], data: memoryview, numbers: list[int]
) -> None:
    """Take over histories; ``numbers`` says which number a key has here that had another."""
    reader = Reader(data)
    kept = read_kept(rebuild.engine.registry, bytes(reader.take(about["states"])))
    sizes = [stream.type.dtype().itemsize for stream in rebuild.engine.plan.streams]
    rebuild.until = about["until"]
    for one in about["histories"]:
        key = numbers[one["key"]] if one["key"] < len(numbers) else one["key"]
        last, latest, spot, known = one["point"]
        point = Point(
            0, (last[0], last[1]), latest, (spot[0], spot[1]), kept[key] if known else None
        )
        history = History([point])
        fill(history, one, reader, sizes, key, 8 * len(rebuild.engine.names))
        rebuild.put(key, history)


class Reader:
    """Takes bytes from the front."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.start = data, 0

    def take(self, size: int) -> memoryview:
        """The next bytes."""
        self.start += size
        return self.data[self.start - size : self.start]

    def numbers(self, count: int, width: int = 1) -> list[Any]:
        """The next integers, in rows where they are several."""
        found = np.frombuffer(self.take(8 * count * width), np.int64)
        return found.tolist() if width == 1 else list(map(tuple, found.reshape(-1, width).tolist()))


def fill(
    history: History, one: dict[str, Any], reader: Reader, sizes: list[int], key: int, width: int
) -> None:
    """Read a history's events and rows."""
    number = key.to_bytes(8, "little")
    places = reader.numbers(one["events"], 2)
    records = reader.take(one["bytes"])
    cuts = [0, *itertools.accumulate(sizes[rank] for _, rank in places)]
    for place, (start, stop) in zip(places, itertools.pairwise(cuts), strict=True):
        record = bytes(records[start:stop])
        history.event(place, record[: KEY.start] + number + record[KEY.stop :])
    spots, revisions = reader.numbers(one["rows"], 2), reader.numbers(one["rows"])
    withdrawn = reader.numbers(one["rows"])
    values = [None if gone else bytes(reader.take(width)) for gone in withdrawn]
    history.stand(spots, values, revisions)
    history.last, history.spot = (*one["last"],), (*one["spot"],)
