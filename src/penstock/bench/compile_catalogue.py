"""Compile every feature in both layouts from an empty cache, as ``penstock doctor --warm`` does."""

import json
import sys

from penstock.bench.timing import figures, wall_seconds
from penstock.jobs.warm import tasks, warm


def main(most: int | None) -> None:
    """Print the seconds that it takes, and how many entries were compiled."""
    todo = [task for task in tasks() if task.kind in ("engine", "family")][:most]
    entries: list[int] = []
    spent = wall_seconds(lambda: entries.append(warm(todo)))
    sys.stdout.write(json.dumps({"seconds": figures(spent), "entries": entries[0]}))


if __name__ == "__main__":
    main(1 if sys.argv[1:] == ["quick"] else None)
