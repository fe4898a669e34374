"""A live run out of order that can be killed anywhere: rows, a journal, and snapshots that are replaced whole.

``python -m tests.engine.resumable_live FOLDER DIES`` goes on from the folder's last snapshot and kills itself
(SIGKILL) at its step DIES, counting every event, every write of rows, and both halves of every write of a snapshot.
"""

import os
import signal
import sys
from pathlib import Path

from tests.engine.test_rebuild import VIEWS, disorder, live, said

EVENTS = disorder(11, 40.0)
EACH = 10  # events between two snapshots


class Run:
    """The run in a folder."""

    events = EVENTS

    @staticmethod
    def engine(journal: Path, snapshot: bytes | None):
        return live(VIEWS["every"], journal=journal, snapshot=snapshot, lateness="250ms")

    def __init__(self, folder: Path, dies: int) -> None:
        self.state, self.rows, self.left = folder / "state", folder / "rows", dies
        saved, size = None, 0
        if self.state.exists():
            whole = self.state.read_bytes()
            size, saved = int.from_bytes(whole[:8], "little"), whole[8:]
        elif (folder / "journal").exists():
            (folder / "journal").unlink()  # it died before there was a snapshot
        self.live = self.engine(folder / "journal", saved)
        self.rows.touch()
        os.truncate(self.rows, size)  # what came after the snapshot is made again

    def step(self) -> None:
        """One more place to die at."""
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self, rows: list) -> None:
        with self.rows.open("a") as file:
            file.writelines(f"{row!r}\n" for row in rows)
        self.step()

    def save(self) -> None:
        whole = self.rows.stat().st_size.to_bytes(8, "little") + self.live.snapshot()
        scratch = self.state.with_suffix(".new")
        with scratch.open("wb") as file:
            file.write(whole[: len(whole) // 2])
            file.flush()
            self.step()
            file.write(whole[len(whole) // 2 :])
        self.step()
        scratch.replace(self.state)

    def go(self) -> None:
        for event in self.events[self.live.offered :]:
            rows = said(self.live.offer(event))
            self.step()
            self.write(rows)
            if self.live.offered % EACH == 0:
                self.save()
        self.write(said(self.live.close()))


if __name__ == "__main__":
    Run(Path(sys.argv[1]), int(sys.argv[2])).go()
