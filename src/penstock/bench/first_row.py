"""A program as a user writes it: a live view of features, and its first row.

Run by its path (``python -P first_row.py [--cache DIR] CLOCK FEATURE ...``), so that it imports what such a
program imports and none of the suites.
"""

import json
import sys
from collections.abc import Iterator

import penstock as ps
from penstock.core.native import cache_counts
from penstock.core.schema import EventType
from penstock.events import Bar, Book, Trade

STREAMS: dict[str, tuple[EventType, ...]] = {"bar": (Bar,)}  # by the clock; else trades and books
BOOK = [value for n in range(10) for value in (100.0 - n, 5.0, 101.0 + n, 5.0)]


def feed(on: str) -> Iterator[ps.Event]:
    """A bar, or a book and a trade."""
    if on == "bar":
        yield ps.Event.of(
            Bar, time=1, open=100.0, high=101.0, low=99.0, close=100.5, volume=5.0, trades=2.0
        )
    yield ps.Event.of(Book, time=1, levels=BOOK)
    yield ps.Event.of(Trade, time=2, price=100.0, size=1.0, side=1)


def main(on: str, *features: str) -> None:
    """Print the first row as soon as it is there, then how many entries the cache had and lacked."""
    live = ps.Live(
        ps.View("first", features, on=on), feed(on), streams=STREAMS.get(on, (Trade, Book))
    )
    row = next(iter(live))
    sys.stdout.write(f"{json.dumps(row.values.tolist())}\n")
    sys.stdout.flush()
    sys.stdout.write(json.dumps(cache_counts()))


if __name__ == "__main__":
    given = sys.argv[1:]
    if given[0] == "--cache":
        ps.use_prebuilt(given[1])
        given = given[2:]
    main(*given)
