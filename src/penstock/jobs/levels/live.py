"""A date's touches as they happen: the files of a date replayed, one event at a time."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from penstock.events import Event, Quarantine
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.day import ready
from penstock.jobs.levels.inputs import Inputs
from penstock.jobs.levels.live_touches import LiveTouches, Said
from penstock.streams.merge import merge


@dataclass
class LiveDay:
    """A date, event by event; iterate `events` for what there is to say.

    Parameters
    ----------
    inputs, parameters, carried
        As a run has them.
    clock
        A monotonic clock in ns, by which touches are timed from their event.
    wait
        Called with the time of an event before it is taken.
    labels
        Whether labels follow, once they are known.

    Attributes
    ----------
    quarantine
        What was kept aside.
    count, passed
        Events so far, and those of them that passed by, by why: of files there are none.
    """

    inputs: Inputs
    parameters: Parameters
    carried: Carry
    clock: Callable[[], int]
    wait: Callable[[int], None] = lambda _: None
    labels: bool = False
    quarantine: Quarantine = field(default_factory=Quarantine)
    count: int = 0
    passed: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.parameters, self._sources = ready(self.inputs, self.parameters, self.carried)
        self.touches = LiveTouches(
            self.inputs.date, self.parameters, self.carried, self.clock, labels=self.labels
        )

    def events(self, until: int | None = None) -> Iterator[list[Said]]:
        """What each event has to say, to its end or up to a time; most have nothing."""
        touches = self.touches
        made = touches.made
        for merged in merge(made.ranked(self._sources), made.keys, self.quarantine):
            blocks = merged.blocks
            columns = {stream: block.columns["time"] for stream, block in blocks.items()}
            for stream, row in zip(merged.streams.tolist(), merged.rows.tolist(), strict=True):
                now = int(columns[stream][row])
                if until is not None and now > until:
                    yield touches.end(until)
                    return
                if now > touches.since:  # what is carried over is the past
                    self.wait(now)
                self.count += 1
                yield touches.take(Event(blocks[stream], row), stream)
        yield touches.end(touches.close)
