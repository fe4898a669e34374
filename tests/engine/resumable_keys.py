"""A live run whose keys come and go, spilled to a file, that can be killed anywhere: see ``resumable_live``."""

import sys
from pathlib import Path

from tests.engine.resumable_live import Run
from tests.engine.test_live_keys import ORDER, live

from penstock.engine import SqliteStore


class Spilling(Run):
    """Keys that were silent longest make room, and their states go to a file."""

    events = ORDER[:200]

    @staticmethod
    def engine(journal: Path, snapshot: bytes | None):
        store = SqliteStore(journal.with_name("spill"))
        given = {"maximum_keys": 3, "on_keys": "evict", "ttl": "20s", "spill": store}
        return live("second", journal=journal, snapshot=snapshot, **given)


if __name__ == "__main__":
    Spilling(Path(sys.argv[1]), int(sys.argv[2])).go()
