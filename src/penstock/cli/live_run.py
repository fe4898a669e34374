"""A live run: events taken, rows shown, stored and proved."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.cli.changed import Reloader
from penstock.cli.console import ERR
from penstock.cli.inputs import prepare
from penstock.cli.interrupts import Interrupts
from penstock.cli.live_rows import Print, stamp
from penstock.cli.options import Input
from penstock.cli.run import reasons, unread
from penstock.cli.saver import Saver

if TYPE_CHECKING:
    from penstock.declare import View
    from penstock.events import Quarantine
    from penstock.jobs.feature_store.sink import Sink
    from penstock.jobs.live import Live
    from penstock.jobs.live.parity import Parity
    from penstock.jobs.live.replay import InRole, Pace

STDIN = "/dev/stdin"  # what main makes of -
SHOWN = 1_000  # events between two looks at the progress

Look = Callable[[int, int, str], None]


@contextmanager
def sink_of(store: Path | None, view: "View") -> "Generator[Sink | None]":
    """Where rows are stored, if they are."""
    if store is None:
        yield None
        return
    from penstock.jobs.backfill import registered
    from penstock.jobs.feature_store import FeatureStore
    from penstock.jobs.feature_store.sink import Sink

    with FeatureStore(store) as opened:
        sink = Sink(opened, registered(opened, view))
        try:
            yield sink
        finally:
            sink.close()


def summary(engine: "Live", quarantine: "Quarantine", sink: "Sink | None") -> str:
    """What a run did, in a line."""
    says = [f"{engine.offered:,} events, {engine.late:,} late"]
    if engine.rebuild is not None:
        held = f"{engine.rebuild.held / 1e6:,.1f} MB held for it"
        says.append(f"{engine.rebuilt:,} put in their place ({held})")
    if sink is not None:
        refused = f", {sink.rejected:,} refused" if sink.rejected else ""
        says.append(f"{sink.accepted:,} rows stored{refused}")
    line = ", ".join([*says, f"quarantined: {reasons(by_reason(quarantine))}"])
    columns = {source: names for source, names in quarantine.unread.items() if names}
    return f"{line}\ncolumns not read: {unread(columns)}" if columns else line


class Run:
    """A run that somebody may stop, and that can prove what it gave out."""

    def __init__(
        self,
        engine: "Live",
        saver: Saver,
        pace: "Pace",
        reloader: Reloader,
        sink: "Sink | None",
        *,
        verify: bool,
    ) -> None:
        from penstock.jobs.live.parity import Heard

        self.engine, self.saver, self.pace, self.rows = engine, saver, pace, 0
        self.reloader, self.sink = reloader, sink
        # a journal that is gone on with holds rows that this process has not given out
        self.heard = Heard() if verify and not engine.offered else None

    def follow(self, events: "Iterator[InRole]", show: Print, look: Look | None) -> None:
        """Push events until the feed ends or somebody stops it."""
        engine, saver = self.engine, self.saver
        with Interrupts() as interrupts:
            held = interrupts.held
            try:
                for role, event in events:
                    with held:
                        self._take_up(show)
                        self._give(engine.offer(event, role), show)
                        saver.saw(engine)
                    if look is not None and (self.pace.speed or engine.offered % SHOWN == 0):
                        look(engine.offered, self.rows, self._pace_note())
                with held:
                    self._give(engine.close(), show)
            finally:
                # also after Ctrl-C: a live feed seldom ends otherwise
                with held:
                    saver.save(engine)

    def verified(self, options: Input, view: "View", journal: Path, given: dict[str, Any]) -> int:
        """Compare with history and say what was found; returns the exit status."""
        from penstock.jobs.live.parity import parity

        sources = None if STDIN in options.source else prepare(options, "live")[0]
        found: Parity = parity(view, journal, sources, **given)
        same = self.heard is None or self.heard.digest == found.given_out
        ERR.print(str(found), markup=False, soft_wrap=True)
        if not same:
            ERR.print("the rows that were given out are not those of the journal", markup=False)
        return 0 if found and same else 1

    def _pace_note(self) -> str:
        """Where a paced replay is, and how far behind."""
        if self.pace.speed is None or self.engine.admission.latest is None:
            return ""
        return f", at {stamp(self.engine.admission.latest)}, {self.pace.behind:.1f} s behind"

    def _take_up(self, show: Print) -> None:
        """Go on with another view where its file has changed."""
        rows = self.reloader.look()
        if rows is not None:
            self._give(rows, show)
            show.columns(self.engine.engine.names)

    def _give(self, rows: "list[Any]", show: Print) -> None:
        self.rows += len(rows)
        for row in rows:
            if self.heard is not None:
                self.heard.row(row)
            if self.sink is not None:
                self.sink.add(row.key, row.ts, row.values)
            show(row)


def by_reason(quarantine: "Quarantine") -> dict[str, int]:
    """Bad rows by reason."""
    found: dict[str, int] = {}
    for (_, reason), count in quarantine.counts.items():
        found[reason] = found.get(reason, 0) + count
    return found
