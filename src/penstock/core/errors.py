"""The errors that Penstock raises.

PenstockError
├── DefinitionError     a feature, view or plan that breaks a rule; raised where it is written
│   └── LawError        an operator that breaks a law
├── DataError           input that the declared policy does not accept
│   └── LateEvent       an event older than what was admitted, under ``on_late="error"``
├── SnapshotError       a snapshot that this plan cannot restore; the message says what differs
├── FitError            a refit found no parameters; the old ones stand and the failure is counted
├── StoreError          a store or one of its tiers cannot answer; what is asked may be asked again
│   ├── StoreFull       it has no room for a write; reads go on
│   └── StorePartlyAway some parts of a tier do not answer; what the others said is in the error
└── CapacityError       a declared maximum was reached
"""

import difflib
from collections.abc import Iterable
from typing import Any


class PenstockError(Exception):
    """The root of the tree."""


class DefinitionError(PenstockError):
    """A definition breaks a rule; the message is ``Thing: rule, got value``."""


class LawError(DefinitionError):
    """An operator breaks a law; the message is ``Operator: law, got value``."""


class DataError(PenstockError):
    """Input that the declared policy does not accept."""


class LateEvent(DataError):
    """An event older than what was admitted, under ``on_late="error"``."""


class SnapshotError(PenstockError):
    """A snapshot that this plan cannot restore."""


class FitError(PenstockError):
    """A refit found no parameters."""


class StoreError(PenstockError):
    """A store, or one of its tiers, cannot answer now."""


class StoreFull(StoreError):
    """A store, or one of its tiers, has no room for a write; reads go on."""


class StorePartlyAway(StoreError):
    """Some parts of a tier do not answer, such as a node of a cluster.

    Attributes
    ----------
    found
        What the others said, one for each row that was asked for or written; None for those of the parts.
    lost
        The places of the rows of these parts.
    parts
        The parts, with those that fail with them.
    full
        Whether they had no room.
    """

    def __init__(
        self, message: str, found: list[Any], lost: Iterable[int], parts: frozenset[int], *, full: bool = False
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.found, self.lost, self.parts, self.full = found, list(lost), parts, full


class CapacityError(PenstockError):
    """A declared maximum was reached; ``rows`` are those of what was in all the same, ``left`` the events left out."""

    def __init__(self, message: str, rows: Any = None) -> None:
        super().__init__(message)
        self.rows, self.left = rows, 0


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name a mistyped one is nearest to.

    Examples
    --------
    >>> nearest("pric", ["price", "size"])
    "; did you mean 'price'?"
    >>> nearest("xyz", ["price"])
    ''
    """
    found = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""
