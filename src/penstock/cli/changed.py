"""A view's file that changes while ``penstock live`` runs: the running view takes it up between two events."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.cli.inputs import read_file
from penstock.cli.quality import COUNT
from penstock.cli.watch import Watch
from penstock.core.errors import PenstockError
from penstock.jobs.quality.problems import Problem

if TYPE_CHECKING:
    from penstock.declare import View
    from penstock.declare.view_parts import ViewFile
    from penstock.jobs.live import Live, Row
    from penstock.jobs.wiring import Sources

EVERY, SECONDS = 1_000, 1.0  # between two looks at the file: events, or time, whichever is sooner
BEGINS = "a column of a changed view goes on where the old one had what it rests on"
STAYS = "sources, roles and quality of a running view are those that it began with"

Stamp = tuple[int, int, int] | None  # when a file was written, its size, which file it is


class ViewFileWatch:
    """Looks at a view's file every so many events or seconds, and knows when another version is there.

    Parameters
    ----------
    path
        The file; None where there is none to look at.
    now
        A monotonic clock in seconds.
    """

    def __init__(self, path: Path | None, now: Callable[[], float] = time.monotonic) -> None:
        self.path, self.now = path, now
        self._events, self._looked = 0, now()
        self._seen = self._stamp()

    def changed(self) -> bool:
        """Whether a version is there that was not there before; to be asked at each event."""
        if self.path is None:
            return False
        self._events += 1
        if self._events < EVERY and self.now() - self._looked < SECONDS:
            return False
        self._events, self._looked = 0, self.now()
        before, self._seen = self._seen, self._stamp()
        return self._seen != before

    def _stamp(self) -> Stamp:
        try:
            found = None if self.path is None else self.path.stat()
        except OSError:
            return None
        return None if found is None else (found.st_mtime_ns, found.st_size, found.st_ino)


class Reloader:
    """Lets a live view go on with what its file says now; a file that breaks a rule is told, and changes nothing.

    Parameters
    ----------
    engine
        The live view.
    file
        The watch over the file.
    watch
        Whose log is told.
    ranges
        The option that stands above the file's, where it is not the default; so do ``routes``.
    history
        The files that the feed is read from, for what is new; None for a feed that nobody can read again.
    """

    def __init__(
        self,
        engine: "Live",
        file: ViewFileWatch,
        watch: Watch,
        ranges: str = COUNT,
        history: "Callable[[], Sources] | None" = None,
        routes: Sequence[str] | None = None,
    ) -> None:
        self.engine, self.file, self.watch, self.history = engine, file, watch, history
        self.ranges, self.routes = ranges, routes
        self._rest = None if file.path is None else rest(read_file(file.path, routes))

    def look(self) -> "list[Row] | None":
        """Rows of the old view that were due, where another one goes on from here; else None."""
        if not self.file.changed() or self.file.path is None:
            return None
        try:
            found = read_file(self.file.path, self.routes)
            view = found.view if self.ranges == COUNT else replace(found.view, ranges=self.ranges)
            made = None if same(view, self.engine.view) else self._reload(view)
        except PenstockError as error:
            self._tell(str(error))
            return None
        if rest(found) != self._rest:
            self.watch.problems.note(str(self.file.path), STAYS, "others: begin anew for them")
        return made

    def _reload(self, view: "View") -> "list[Row]":
        self.watch.update()  # what the old view counted
        live, before = self.engine, dict(self.engine.engine.origins)
        try:
            past = None if self.history is None else self.history()
            rows = live.reload(view, past, seen=live.offered)
        except (PenstockError, OSError):
            rows = live.reload(view)  # raises again where it was not history that was at fault
        for column, since in live.engine.origins.items():
            if before.get(column) != since:
                self.watch.problems.note(column, BEGINS, "it begins anew", at=since)
        self.watch.log.info("reloaded", view=view.name, columns=list(live.engine.names))
        return rows

    def _tell(self, said: str) -> None:
        """Tell of a version that cannot be taken up: file and line, rule, value."""
        head, colon, text = said.partition(": ")
        if not head.startswith(str(self.file.path)) or not colon:
            head, text = str(self.file.path), said
        rule, _, value = text.rpartition(", got ")
        self.watch.log.problem(Problem(head, rule or text, value, 1))


def same(one: "View", other: "View") -> bool:
    """Whether two views say the same: columns in order, clock, ranges."""
    return (
        list(one.columns().items()) == list(other.columns().items())
        and (one.key, one.on, one.ranges, one.routes)
        == (other.key, other.on, other.ranges, other.routes)
        and [item.feature for item in one.definitions]
        == [item.feature for item in other.definitions]
    )


def rest(file: "ViewFile") -> Any:
    """What a file says beside its view."""
    return file.sources, file.quality, file.roles
