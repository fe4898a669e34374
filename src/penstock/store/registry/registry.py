"""The registry: definitions under immutable versions, applied in one transaction, with a log of changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
import sqlalchemy.exc

from penstock.core.errors import DefinitionError, StoreError
from penstock.store.registry.api_keys import ApiKey, new_key
from penstock.store.registry.contents import Contents
from penstock.store.registry.database import engine_of, migrate
from penstock.store.registry.definitions import VERSIONED, Defined, Kept, kept
from penstock.store.registry.diff import CREATE, DELETE, Diff, Step
from penstock.store.registry.records import diff, lock, log, read, risen, write
from penstock.store.registry.tables import (
    CHANGES,
    KEYS,
    REVISION,
    SPLITS,
)

T = TypeVar("T")
CHANGE = ("at", "by", "action", "kind", "name", "details")


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the log."""

    at: int
    by: str
    action: str
    kind: str
    name: str
    details: Mapping[str, Any]


class Registry:
    """What is defined; for any thread and for several processes.

    Parameters
    ----------
    url
        ``sqlite:///FILE`` or a URL of PostgreSQL.

    Raises
    ------
    StoreError
        From each method: the database cannot be reached, or is newer than this code.
    """

    def __init__(self, url: str) -> None:
        self._engine = engine_of(url)
        try:
            migrate(self._engine)
        except BaseException:
            self._engine.dispose()
            raise
        self._contents: Contents | None = None

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def revision(self) -> int:
        """A number that rises with every change."""
        return self._do(lambda c: c.execute(sa.select(REVISION.c.number)).scalar_one())

    def contents(self) -> Contents:
        """What the registry holds now; read anew only where it has changed."""
        if self._contents is None or self._contents.revision != self.revision():
            self._contents = self._do(read)
        return self._contents

    def plan(self, defined: Sequence[Defined], *, delete: bool = False) -> Diff:
        """What applying definitions would change; ``delete`` also removes what they leave out."""
        given = checked(defined)
        return self._do(lambda c: diff(read(c), given, delete=delete))

    def apply(self, defined: Sequence[Defined], *, by: str, at: int, delete: bool = False) -> Diff:
        """Make the registry say what definitions say, in one transaction.

        Parameters
        ----------
        defined
            Views, on-demand views, services and entities.
        by, at
            Who, and when in ns, for the log.
        delete
            Whether what is not among them is deleted.

        Returns
        -------
        Diff
            What was changed: nothing where it said so already.
        """
        given = checked(defined)

        def do(connection: sa.Connection) -> Diff:
            lock(connection)
            found = diff(read(connection), given, delete=delete)
            by_name = {(k.kind in VERSIONED, k.name): k for k in given}
            for step in found.changes:
                write(connection, step, by_name.get((step.kind in VERSIONED, step.name)), by, at)
            if found.changes:
                risen(connection)
            return found

        return self._do(do)

    def delete(self, kind: str, name: str, *, by: str, at: int) -> None:
        """Delete a definition with all its versions; what services still name stays."""

        def do(connection: sa.Connection) -> None:
            lock(connection)
            there = read(connection)
            known = name in there.views if kind in VERSIONED else (kind, name) in there.objects
            if not known:
                raise DefinitionError(f"{kind}: something defined is needed, got {name!r}")
            if kind in VERSIONED:
                there.deletable(name)
            write(connection, Step(DELETE, kind, name), None, by, at)
            risen(connection)

        self._do(do)

    def changelog(self, name: str | None = None, limit: int = 100) -> list[Change]:
        """The latest changes, of everything or of one name, newest first."""
        query = sa.select(CHANGES).order_by(CHANGES.c.id.desc()).limit(limit)
        if name is not None:
            query = query.where(CHANGES.c.name == name)
        rows = self._do(lambda c: [dict(row) for row in c.execute(query).mappings()])
        return [Change(*(row[name] for name in CHANGE)) for row in rows]

    def split(self, view: str, shares: Mapping[int, float], *, by: str, at: int) -> None:
        """Split a view's reads between versions by the hash of the entity; ``{}`` sends all to the latest.

        Parameters
        ----------
        view
            Its name.
        shares
            Percent by version; together 100.
        """
        known = self.contents().view(view)
        for number in shares:
            known.schema(number)
        if shares and (abs(sum(shares.values()) - 100) > 1e-9 or min(shares.values()) < 0):
            raise DefinitionError(
                f"{view}: shares must be percents that add up to 100, got {dict(shares)}"
            )
        self._set_shares(view, {str(n): float(p) for n, p in shares.items()}, "split", by, at)

    def rollback(self, view: str, *, by: str, at: int) -> Mapping[int, float]:
        """Bring back the shares from before the last split; those that hold now."""
        query = sa.select(SPLITS.c.before).where(SPLITS.c.view == view)
        before = self._do(lambda c: c.execute(query).scalar_one_or_none())
        if before is None:
            raise DefinitionError(f"{view}: a split is needed to roll back, got none")
        self._set_shares(view, before, "rollback", by, at)
        return {int(n): p for n, p in before.items()}

    def _set_shares(
        self, view: str, shares: Mapping[str, float], why: str, by: str, at: int
    ) -> None:
        def do(connection: sa.Connection) -> None:
            lock(connection)
            query = sa.select(SPLITS.c.shares).where(SPLITS.c.view == view)
            before = connection.execute(query).scalar_one_or_none() or {}
            connection.execute(sa.delete(SPLITS).where(SPLITS.c.view == view))
            connection.execute(sa.insert(SPLITS).values(view=view, shares=shares, before=before))
            log(connection, Step(why, "split", view, None, {"shares": dict(shares)}), by, at)
            risen(connection)

        self._do(do)

    def make_key(self, scopes: Sequence[str], *, says: str, by: str, at: int) -> str:
        """A new API key; it is shown this once."""
        name, text, hashed = new_key(scopes)

        def do(connection: sa.Connection) -> None:
            row = {
                "id": name,
                "says": says,
                "digest": hashed,
                "scopes": list(scopes),
                "created": at,
            }
            connection.execute(sa.insert(KEYS).values(**row, revoked=None))
            log(connection, Step(CREATE, "api key", name, None, {"scopes": list(scopes)}), by, at)
            risen(connection)

        self._do(do)
        return text

    def revoke_key(self, name: str, *, by: str, at: int) -> None:
        """End a key, by its id."""

        def do(connection: sa.Connection) -> None:
            found = connection.execute(
                sa.update(KEYS)
                .where(KEYS.c.id == name, KEYS.c.revoked.is_(None))
                .values(revoked=at)
            )
            if not found.rowcount:
                raise DefinitionError(f"API key: the id of one that holds is needed, got {name!r}")
            log(connection, Step("revoke", "api key", name), by, at)
            risen(connection)

        self._do(do)

    def api_keys(self) -> dict[str, ApiKey]:
        """The keys by id."""
        rows: list[dict[str, Any]] = self._do(
            lambda c: [dict(row) for row in c.execute(sa.select(KEYS)).mappings()]
        )
        return {
            row["id"]: ApiKey(**{**row, "scopes": tuple(row["scopes"])})  # type: ignore[arg-type]
            for row in rows
        }

    def _do(self, work: Callable[[sa.Connection], T]) -> T:
        """What some work gives, in a transaction."""
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError) as error:
            raise StoreError(
                f"Registry: its database must be reachable, got {error.orig}"
            ) from error


def checked(defined: Sequence[Defined]) -> list[Kept]:
    """Definitions as the registry keeps them, with the views that services name among them."""
    found: dict[tuple[bool, str], Kept] = {}
    for one in map(kept, with_views(defined)):
        name = one.kind in VERSIONED, one.name
        if name in found and found[name] != one:
            raise DefinitionError(
                f"{one.name}: each definition needs a name of its own, got {one.kind} twice"
            )
        found[name] = one
    return list(found.values())


def with_views(defined: Sequence[Defined]) -> list[Defined]:
    """Definitions, with the views of services."""
    every: dict[int, Defined] = {id(one): one for one in defined}
    for one in defined:
        every |= {id(view): view for view in getattr(one, "views", ())}
    return list(every.values())
