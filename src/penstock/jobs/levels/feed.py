"""What a feed gives, and what becomes of events that come out of order."""

from dataclasses import dataclass

from penstock.core.errors import DefinitionError, nearest
from penstock.jobs.levels.day import ROLES

FUTURES = ("trade", "book", "mbo")
USUAL = ("trade", "book", "option_trade", "quote")


@dataclass(frozen=True)
class Feed:
    """A feed of a date's events.

    Parameters
    ----------
    types
        Names of event types. Without quotes of the underlying the ratio is the static one; of orders (``mbo``) books
        and trades are built where the feed does not give them.
    contract
        The futures contract that counts; that of the first event of the futures where it is empty.
    lateness, idle_after
        As in `Live`.
    on_late
        ``count`` or ``error``.
    """

    types: tuple[str, ...] = USUAL
    contract: str = ""
    lateness: str | int = 0
    idle_after: str | None = None
    on_late: str = "count"

    def __post_init__(self) -> None:
        known = list(dict.fromkeys(stream.type.name for stream in ROLES.values()))
        for name in self.types:
            if name not in known:
                raise DefinitionError(
                    f"Feed: a type must be one of {', '.join(known)}, got {name!r}{nearest(name, known)}"
                )
        if not {"book", "mbo"}.intersection(self.types):
            raise DefinitionError(
                f"Feed: book or mbo is needed, the order book of the futures, got {', '.join(self.types)}"
            )
        if not {"trade", "mbo"}.intersection(self.types):
            raise DefinitionError(
                f"Feed: trade or mbo is needed, the trades of the futures, got {', '.join(self.types)}"
            )
        if self.on_late not in ("count", "error"):
            raise DefinitionError(
                f"Feed: on_late must be count or error, since a touch is said once, got {self.on_late!r}"
            )
