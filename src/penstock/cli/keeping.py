"""Which keys ``penstock live`` keeps in memory."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from penstock.core.errors import DefinitionError

MAGIC = b"SQLite format 3\0"

Ttl = Annotated[
    str | None,
    Parameter(
        help="Event time after which a silent key begins anew: 1h. By default it never does."
    ),
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Keeping:
    """Which keys stay in memory, and what becomes of the others."""

    ttl: Annotated[
        str | None,
        Parameter(
            help="Event time after which a silent key is evicted: 1h. Its next event finds a new key, or the old one "
            "where there is a --spill."
        ),
    ] = None
    maximum_keys: Annotated[int | None, Parameter(help="Keys in memory, at most.")] = None
    on_keys: Annotated[
        Literal["refuse", "evict"] | None,
        Parameter(
            help="Above that: refuse (the default: events of new keys are left out, and kept in the quarantine) or "
            "evict (the keys that were silent longest make room)."
        ),
    ] = None
    spill: Annotated[
        Path | None,
        Parameter(
            help="Keep the states of evicted keys in this file of SQLite until their next event; by default they are "
            "dropped. The file is scratch: --snapshot holds those keys too."
        ),
    ] = None

    def given(self) -> dict[str, Any]:
        """The options of `Live` that were given."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.spill is not None:
            found["spill"] = store(self.spill)
        return {name: value for name, value in found.items() if value is not None}

    def again(self) -> dict[str, Any]:
        """The options for doing a run again, with a store of its own."""
        return replace(self, spill=None).given() | ({} if self.spill is None else {"spill": {}})


ALL = Keeping()  # every key stays


def store(path: Path) -> Any:
    """A file as a store; another file than one of SQLite is left alone."""
    from penstock.engine import SqliteStore

    if path.exists():
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
        if head not in (b"", MAGIC):
            raise DefinitionError(
                f"--spill: a new file or one of SQLite is needed, got {path}, which is another"
            )
    return SqliteStore(path)
