"""A date's touches as they happen: a feed followed, one event at a time.

1. An event of another contract, or of no stream that levels read, passes by and is counted; so does one that the
   journal holds already, where a feed begins anew after a kill (`SentAgain`).
2. Of a feed of orders the book and the trades are built, message by message (`Books`).
3. `Admission` says what may enter: what is older than what has entered is late, counted and kept aside (`Late`).
4. What enters is noted in the journal, all that one event brought in one frame, and then goes through the engines
   (`LiveTouches`). Whatever is said is of events that the journal holds, so that a run that was killed does the journal
   again and says the same.

The order of arrival is the order in which events enter: two of one time enter by the rank of their streams, as those of
files do, only where `lateness` lets them wait for each other.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from penstock.core.errors import DataError, DefinitionError
from penstock.core.time import NANOSECONDS, iso_text
from penstock.events import Book, Event, Keys, Mbo, Quarantine, Quote, Trade
from penstock.events.books.builder import Books
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.as_run import of_streams
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.day import ROLES
from penstock.jobs.levels.feed import FUTURES, Feed
from penstock.jobs.levels.feeds import Renamed, left
from penstock.jobs.levels.live_touches import LiveTouches, Said
from penstock.jobs.levels.sent_again import SentAgain
from penstock.jobs.live.late import Late
from penstock.streams.admission import BEGINNING, Admission
from penstock.streams.journal import Journal, read_journal, whole
from penstock.streams.merge import merge

KEY = slice(16, 24)  # of an event's record, after its time and its time of receipt
BATCH = 1 << 20  # records of a frame: those of one event of the feed
OTHER_CONTRACT, OTHER_SYMBOL, UNREAD, AGAIN = (
    "of other contracts", "of other symbols", "of types that are not followed", "sent again",
)  # fmt: skip


class FollowedDay:
    """A date of a feed; iterate `again`, then `events`, for what there is to say.

    Parameters
    ----------
    date, parameters, carried
        As a run has them.
    feed
        What the feed gives.
    clock
        A monotonic clock in ns, by which touches are timed from their event.
    labels
        Whether labels follow, once they are known.
    journal
        A file that takes what entered and what was late; one that is there is gone on with.
    quarantine
        Where late events go.

    Attributes
    ----------
    keys
        The numbers of the feed's symbols.
    count, passed
        Events so far, and those of them that passed by, by why.
    """

    def __init__(  # noqa: PLR0913  (keyword options)
        self,
        date: dt.date,
        parameters: Parameters,
        carried: Carry,
        feed: Feed,
        clock: Callable[[], int],
        *,
        labels: bool = False,
        journal: Path | None = None,
        quarantine: Quarantine | None = None,
    ) -> None:
        if parameters.spot_source == "own":
            raise DefinitionError(
                "Feed: futures are needed, got spot_source='own', the underlying's own prices alone"
            )
        self.feed, self.carried, self.contract = feed, carried, feed.contract
        quoted, orders = "quote" in feed.types, "mbo" in feed.types
        self.parameters = of_streams(parameters, carried.gamma, ratio=quoted, orders=orders)
        self.touches = LiveTouches(date, self.parameters, carried, clock, labels=labels)
        self.streams = self.touches.made.streams
        self.keys, self.count, self.passed = Keys(), 0, Counter[str]()
        self.quarantine = Quarantine() if quarantine is None else quarantine
        self.late = Late(feed.on_late, self.quarantine, self.keys)
        self._places = {stream.type.name: place for place, stream in enumerate(self.streams)}
        given = [stream.type.name for stream in self.streams]
        self._built = [n for n in ("trade", "book") if orders and n not in feed.types]
        self._books = Books("books of the feed", crossed="keep") if self._built else None
        silent = [feed.idle_after] * len(given)
        self.admission = Admission(len(given), feed.lateness, silent)
        for place, name in enumerate(given):
            if name not in (*feed.types, *self._built):
                self.admission.idle(place)
        number = self.touches.made.keys.number((parameters.symbol,))
        self._number = number.to_bytes(8, "little", signed=True)
        self._held: list[tuple[str, Event]] | None = []  # until the contract is known
        self._last, self._sent = BEGINNING, SentAgain()
        self._path, self._journal = journal, None
        self._days = _span(date, parameters)

    def again(self) -> Iterator[list[Said]]:
        """What the journal has to say of the events that it holds, and from then on it is written.

        Raises
        ------
        DataError
            The journal is of another date or of another contract.
        """
        if self._path is None:
            return
        types, position = [stream.type for stream in self.streams], None
        if self._path.exists() and not self._path.stat().st_size:
            self._path.unlink()  # nothing had been written when the run was killed
        if self._path.exists():
            for entry in read_journal(self._path, types, self.keys):
                if entry.event is not None:
                    self._own(entry.event)
                    yield self._once_more(entry.kind, entry.stream, entry.event)
            position = whole(self._path, len(self.keys))
            self._sent.begin()
        self._journal = Journal(self._path, types, self.keys, batch=BATCH, position=position)

    def events(self, feed: Iterable[Event], until: int | None = None) -> Iterator[list[Said]]:
        """What each event has to say, to the end of the feed or of the date, or up to a time; most have nothing.

        Raises
        ------
        DataError
            The feed is of an earlier date.
        """
        for event in feed:
            time = int(event["time"])
            if until is not None and time > until:
                yield self._closed()
                yield self.touches.end(until)
                return
            if time >= self._days[1]:
                break
            if time < self._days[0] and not self.count:
                raise DataError(
                    f"feed: events of {self.touches.date} or of the evening before are needed, got one of "
                    f"{iso_text(time)}; name its date"
                )
            yield self.offer(event)
        yield self._closed()
        close = self.touches.close
        if close is not None and self._last >= close:  # else more may come, after the next start
            yield self.touches.end(close)

    def offer(self, event: Event) -> list[Said]:
        """Take an event of the feed in; what it has to say."""
        self.count += 1
        name, symbol = event.type.name, self.keys.names[int(event["key"])][0]
        why = self._foreign(name, symbol)
        if why:
            self.passed[why] += 1
            return []
        if self._held is None:
            said = self._take(name, event)
        elif name in FUTURES:
            held, self._held = self._held, None
            self._begin(symbol)
            said = [row for one in (*held, (name, event)) for row in self._take(*one)]
        else:
            self._held.append((name, event))
            said = []
        if self._journal is not None:
            self._journal.write()
        return said

    def close(self) -> None:
        """End the journal."""
        if self._journal is not None:
            self._journal.close()

    def _foreign(self, name: str, symbol: str) -> str:
        """Why an event is none of those that levels are of; empty where it is one."""
        if name not in self.feed.types:
            return UNREAD
        if name in FUTURES:
            return OTHER_CONTRACT if self.contract and symbol != self.contract else ""
        return OTHER_SYMBOL if name == Quote.name and symbol != self.parameters.symbol else ""

    def _begin(self, contract: str) -> None:
        """Take in what earlier dates leave."""
        self.contract = contract
        made = self.touches.made
        given, before = (
            {*self.feed.types, *self._built},
            left(self.parameters, self.carried, contract),
        )
        carried = [
            Renamed({stream.type: role}, (), self.parameters.symbol, "", before)
            for role, stream in ROLES.items()
            if stream.type.name in given
        ]
        for merged in merge(made.ranked(carried), made.keys, Quarantine()):
            for stream, row in zip(merged.streams.tolist(), merged.rows.tolist(), strict=True):
                self.touches.take(Event(merged.blocks[stream], row), stream)
        self._last = max(self._last, self.touches.since)

    def _take(self, name: str, event: Event) -> list[Said]:
        place = self._places[name]
        if self._sent.holds(place, event):
            self.passed[AGAIN] += 1
            return []
        said: list[Said] = []
        for at, one in self._with_books(place, event):
            ready = self.admission.offer(at, one)
            if ready is None:
                self._refuse(at, one)
            for entering, known in ready or ():
                said += self._admit(entering, known)
        return said

    def _with_books(self, place: int, event: Event) -> list[tuple[int, Event]]:
        """An event, after what is built of it where it is an order's message."""
        if self._books is None or event.type is not Mbo:
            return [(place, event)]
        block = event.block.take(slice(event.row, event.row + 1))
        made = self._books.apply(block, self.quarantine)
        wanted = {Trade: Trade.name in self._built, Book: Book.name in self._built}
        return [
            *((self._places[b.type.name], one) for b in made if wanted[b.type] for one in b),
            (place, event),
        ]

    def _admit(self, place: int, event: Event) -> list[Said]:
        time = int(event["time"])
        if time < self._last:
            self._refuse(place, event)
            return []
        self._last = time
        if self._journal is not None:
            self._journal.event(place, event)
        return self._enter(place, event)

    def _enter(self, place: int, event: Event) -> list[Said]:
        """Put an event through the engines, which know one key."""
        record = event.record()
        own = record[: KEY.start] + self._number + record[KEY.stop :]
        return self.touches.take(Event.of_record(event.type, own), place)

    def _refuse(self, place: int, event: Event) -> None:
        self.late.refuse(event, self.count)
        if self._journal is not None:
            self._journal.event(place, event, "late")

    def _own(self, event: Event) -> None:
        """Refuse a journal of another date or of another contract."""
        first, end = self._days
        time, symbol = int(event["time"]), self.keys.names[int(event["key"])][0]
        other = event.type.name in FUTURES and self.contract not in ("", symbol)
        if other or not first <= time < end:
            raise DataError(
                f"{self._path}: a journal of {self.touches.date} and of {self.contract or 'one contract'} is needed, "
                f"got one with {symbol} at {iso_text(time)}; name a new one"
            )

    def _once_more(self, kind: str, place: int, event: Event) -> list[Said]:
        """Do what a journal says was done."""
        self.count += 1
        if self._held is not None and event.type.name in FUTURES:
            self._held = None
            self._begin(self.keys.names[int(event["key"])][0])
        if self._books is not None and event.type is Mbo:
            self._books.apply(event.block, Quarantine())
        if kind == "late":
            self.late.refuse(event, self.count)
            return []
        self._last = int(event["time"])
        self._sent.saw(place, event)
        return self._enter(place, event)

    def _closed(self) -> list[Said]:
        """What waited for stragglers enters."""
        said = [row for place, event in self.admission.close() for row in self._admit(place, event)]
        if self._journal is not None:
            self._journal.write()
        return said


def _span(date: dt.date, parameters: Parameters) -> tuple[int, int]:
    """The first instants of the local day before a date, whose evening belongs to it, and of the day after."""
    zone, day = ZoneInfo(parameters.zone), dt.timedelta(days=1)
    before, after = (
        round(dt.datetime.combine(each, dt.time(), zone).timestamp()) * NANOSECONDS["s"]
        for each in (date - day, date + day)
    )
    return before, after
