"""``penstock levels live --feed``: events of a date as they come."""

import datetime as dt
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

from cyclopts import Parameter

from penstock.cli.inputs import policy_of
from penstock.cli.live_run import STDIN
from penstock.cli.options import Aside, IdleAfter, Input, Lateness, Policy
from penstock.core.errors import DataError, DefinitionError

if TYPE_CHECKING:
    from penstock.jobs.levels.dates import Job
    from penstock.jobs.levels.feed import Feed
    from penstock.jobs.levels.followed import FollowedDay
    from penstock.jobs.levels.live_touches import Said


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Feeding:
    """Where events come from, if not from a date's files, and what is done about bad and late ones."""

    feed: Annotated[
        str | None,
        Parameter(
            help="Follow a feed in place of the date's files: - is standard input, as penstock live has it. Its types "
            "are trade and book (or mbo) of the futures, option_trade, and quote of the underlying."
        ),
    ] = None
    type: Annotated[
        str | None,
        Parameter(
            help="What the feed gives: trade,book,option_trade,quote by default. Without quote the ratio is the static "
            "one; of mbo books and trades are built."
        ),
    ] = None
    map: Annotated[
        list[str] | None,
        Parameter(
            consume_multiple=True,
            negative="",
            help="COLUMN=FIELD for each column that is not named as its field, as penstock live has it.",
        ),
    ] = None
    contract: Annotated[
        str | None,
        Parameter(
            help="The futures contract that counts; that of the feed's first event of the futures if left out."
        ),
    ] = None
    lateness: Lateness = None
    idle_after: IdleAfter = None
    on_late: Annotated[
        Literal["count", "error"],
        Parameter(
            help="What an event that comes too late does: count (it is left out, and kept in the quarantine) or error."
        ),
    ] = "count"
    journal: Annotated[
        Path | None,
        Parameter(
            help="Record what was admitted, in order, in this file. A run that was killed does it again when it is "
            "started with the same one, and goes on: the feed may begin anew, or go on too."
        ),
    ] = None
    quarantine: Aside = None
    policy: Policy = "count"

    def asked(self, speed: str) -> "Feed | None":
        """The feed as jobs know it; None where the date's files are replayed."""
        if self.feed is None:
            given = [
                f"--{name.replace('_', '-')}"
                for name, value in vars(self).items()
                if value != getattr(NONE, name)
            ]
            if given:
                raise DefinitionError(f"{', '.join(given)}: a --feed is needed, got none")
            return None
        if self.feed != STDIN:
            raise DefinitionError(
                f"--feed: - (standard input) is needed, got {self.feed}; to follow a file: tail -f {self.feed} | "
                "penstock levels live --feed -"
            )
        if speed != "max":
            raise DefinitionError("--speed: files are needed, got a --feed, which has its own pace")
        from penstock.jobs.levels.feed import USUAL, Feed

        types = tuple(name.strip() for name in (self.type or "").split(",") if name.strip())
        given = Feed(
            types or USUAL, self.contract or "", on_late=self.on_late, idle_after=self.idle_after
        )
        return given if self.lateness is None else replace(given, lateness=self.lateness)

    def today(self, zone: str) -> str:
        """The date at the exchange."""
        return str(
            dt.datetime.fromtimestamp(time.time_ns() // 1_000_000_000, ZoneInfo(zone)).date()
        )

    def lines(self, made: "FollowedDay", until: int | None) -> "Iterator[list[Said]]":
        """What the journal has to say, then what each event of the feed has."""
        from penstock.cli.feed import NAME, StdinFeed

        yield from made.again()
        options = Input(source=[STDIN], type=",".join(made.feed.types), map=self.map, crossed=True)
        yield from made.events(StdinFeed(options, made.quarantine).events(made.keys), until)
        if not made.count and not made.quarantine.total:
            raise DataError(f"{NAME}: a feed must hold events, got none")


NONE = Feeding()


@contextmanager
def followed(
    given: Feeding, feed: "Feed", job: "Job", until: int | None, labels: bool
) -> "Generator[tuple[FollowedDay, Iterator[list[Said]]]]":
    """A date of a feed, and what each event of it has to say; its journal and its quarantine are closed in the end."""
    from penstock.events import Quarantine
    from penstock.jobs.levels.followed import FollowedDay

    with Quarantine(given.quarantine, policy_of(given.policy)) as aside:  # type: ignore[arg-type]
        made = FollowedDay(
            job.inputs.date, job.parameters, job.carry, feed, time.perf_counter_ns,
            labels=labels, journal=given.journal, quarantine=aside,
        )  # fmt: skip
        try:
            yield made, given.lines(made, until)
        finally:
            made.close()
