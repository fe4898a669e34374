"""Compile a view as the demo does: both layouts and its readers, in two processes."""

import json
import sys

from penstock.bench.timing import figures, wall_seconds
from penstock.jobs.warm import of_view, warm


def main(on: str, *features: str) -> None:
    """Print the seconds that it takes, and how many entries were compiled."""
    todo = of_view(features, on, ("trade", "book"))
    entries: list[int] = []
    spent = wall_seconds(lambda: entries.append(warm(todo)))
    sys.stdout.write(json.dumps({"seconds": figures(spent), "entries": entries[0]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
