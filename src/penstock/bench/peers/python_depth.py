"""A book in Python beside ours: sorted dictionaries (sortedcontainers) of parsed messages, the ten best each time."""

import gzip
import json
import sys
from itertools import islice
from pathlib import Path

from sortedcontainers import SortedDict

from penstock.bench.timing import figures, repeated

REPEATS = 3
LEVELS = 10


def messages(path: Path) -> list[tuple[list[tuple[float, float]], list[tuple[float, float]]]]:
    """The snapshot and the changes of depth of a capture, parsed."""
    found = []
    with gzip.open(path) as file:
        for line in file:
            if b"depthUpdate" in line or b"lastUpdateId" in line:
                message = json.loads(line.partition(b" ")[2])
                data = message.get("data", message)
                sides = data.get("b", data.get("bids")), data.get("a", data.get("asks"))
                found.append(tuple([(float(p), float(q)) for p, q in side] for side in sides))
    return found


def build(found: list[tuple[list[tuple[float, float]], ...]]) -> list[tuple[float, ...]]:
    """The best levels after each message."""
    books = SortedDict(), SortedDict()
    shown = []
    for sides in found:
        for book, levels, sign in zip(books, sides, (-1.0, 1.0), strict=True):
            for price, size in levels:
                if size:
                    book[sign * price] = size
                else:
                    book.pop(sign * price, None)
        shown.append(
            tuple(islice(books[0].items(), LEVELS)) + tuple(islice(books[1].items(), LEVELS))
        )
    return shown


def measure(path: Path) -> dict[str, float]:
    """Messages a second of processor time, parsing left out."""
    found = messages(path)
    spent = repeated(lambda: build(found), REPEATS)  # processor time, as ours
    return {"sortedcontainers_messages_per_s": figures(len(found) / spent)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]))))
