"""All that the registry holds, in memory: what reads are resolved with, without a query."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from penstock.core.errors import DefinitionError, nearest
from penstock.declare import Schema
from penstock.store.registry.definitions import ENTITY, ON_DEMAND, SERVICE

SHARES = 10_000  # parts that traffic is split in


@dataclass(frozen=True, slots=True)
class ViewEntry:
    """A view: its kind, what may change without a version, its versions, and what each is defined as."""

    name: str
    kind: str
    metadata: Mapping[str, Any]
    latest: int
    versions: Mapping[int, Schema]
    definitions: Mapping[int, Mapping[str, Any]]
    shares: Mapping[int, float] = field(
        default_factory=dict
    )  # percent by version, where traffic is split

    def schema(self, number: int | None = None) -> Schema:
        """A version; the latest by default."""
        found = self.versions.get(self.latest if number is None else number)
        if found is None:
            known = ", ".join(f"v{n}" for n in self.versions)
            raise DefinitionError(f"{self.name}: a version must be one of {known}, got v{number}")
        return found

    def version_for(self, key: bytes) -> int:
        """The version that an entity reads: always the same one while the shares stand."""
        if not self.shares:
            return self.latest
        digest = hashlib.blake2b(key, digest_size=8, person=self.name.encode()[:16]).digest()
        place, upto = int.from_bytes(digest) % SHARES, 0.0
        for number, percent in sorted(self.shares.items()):
            upto += percent * SHARES / 100
            if place < upto:
                return number
        return self.latest


@dataclass(frozen=True, slots=True)
class Choice:
    """One view of a read: the columns that are asked for, and what answers call them.

    Attributes
    ----------
    pinned
        The version, where the request or the service names one.
    """

    view: ViewEntry
    pinned: int | None
    columns: tuple[str, ...]
    names: tuple[str, ...]

    def schema(self, key: bytes) -> Schema:
        """The version that an entity reads."""
        return self.view.schema(self.view.version_for(key) if self.pinned is None else self.pinned)

    @property
    def split(self) -> bool:
        """Whether entities read several versions."""
        return self.pinned is None and bool(self.view.shares)

    @property
    def schemas(self) -> tuple[Schema, ...]:
        """Every version that an entity may read."""
        if not self.split:
            return (self.view.schema(self.pinned),)
        return tuple(self.view.schema(n) for n, share in self.view.shares.items() if share > 0)


@dataclass(frozen=True, slots=True)
class Contents:
    """What the registry held at a revision.

    Attributes
    ----------
    retired
        The last version of each view that was deleted: a number is never given twice, as rows may be stored under it.
    """

    revision: int
    views: Mapping[str, ViewEntry]
    objects: Mapping[tuple[str, str], tuple[Mapping[str, Any], Mapping[str, Any]]]
    retired: Mapping[str, int] = field(default_factory=dict)

    def view(self, name: str) -> ViewEntry:
        """A view by name."""
        if name not in self.views:
            if not self.views:
                raise DefinitionError(
                    f"View: one that is registered is needed, got {name!r} and none is: penstock apply FILES"
                )
            known = ", ".join(self.views)
            raise DefinitionError(
                f"View: one of {known} is needed, got {name!r}{nearest(name, self.views)}"
            )
        return self.views[name]

    def schema(self, ref: str) -> Schema:
        """The schema of ``view`` or ``view@v2``."""
        name, number = version_of(ref)
        return self.view(name).schema(number)

    def service(self, name: str) -> Mapping[str, Any]:
        """The views of a service, and the versions that it pins."""
        found = self.objects.get((SERVICE, name))
        if found is None:
            known = [n for kind, n in self.objects if kind == SERVICE]
            raise DefinitionError(
                f"Service: one of {', '.join(known) or 'none: apply one'} is needed, got {name!r}{nearest(name, known)}"
            )
        return found[1]

    def names(self, kind: str) -> list[str]:
        """What there is of a kind."""
        if kind in (SERVICE, ENTITY):
            return [name for found, name in self.objects if found == kind]
        return [view.name for view in self.views.values() if view.kind == kind]

    def choices(
        self, features: Sequence[str] | str, *, full_feature_names: bool = False
    ) -> tuple[Choice, ...]:
        """What a request reads, view by view.

        Parameters
        ----------
        features
            ``view:feature`` and ``view@v2:feature``; ``view:*`` is all of a view; or the name of a service.
        full_feature_names
            Whether answers say ``view__feature``.

        Raises
        ------
        DefinitionError
            Something named is not there, or two features have one name and full names are not asked for.
        """
        asked = self._of_service(features) if isinstance(features, str) else self._of_list(features)
        made: list[Choice] = []
        for (name, pinned), columns in asked.items():
            view = self.view(name)
            known = {c for schema in Choice(view, pinned, (), ()).schemas for c in schema.names}
            for column in columns:
                if column not in known:
                    raise DefinitionError(
                        f"{name}: a feature must be one of its columns, got {column!r}{nearest(column, known)}"
                    )
            names = tuple(f"{name}__{c}" if full_feature_names else c for c in columns)
            made.append(Choice(view, pinned, tuple(columns), names))
        every = [name for choice in made for name in choice.names]
        twice = next((name for name in every if every.count(name) > 1), None)
        if twice is not None:
            raise DefinitionError(
                f"Features: each needs a name of its own, got {twice!r} twice; ask for full_feature_names"
            )
        if not every:
            raise DefinitionError("Features: at least one view:feature is needed, got none")
        return tuple(made)

    def _of_service(self, name: str) -> dict[tuple[str, int | None], list[str]]:
        found = self.service(name)
        asked: dict[tuple[str, int | None], list[str]] = {}
        for view in found["views"]:
            pinned = found["pins"].get(view)
            asked[view, pinned] = list(self.view(view).schema(pinned).names)
        return asked

    def _of_list(self, features: Sequence[str]) -> dict[tuple[str, int | None], list[str]]:
        asked: dict[tuple[str, int | None], list[str]] = {}
        for text in features:
            ref, colon, column = text.partition(":")
            if not colon or not column:
                raise DefinitionError(
                    f"Features: view:feature or view@v2:feature is needed, got {text!r}"
                )
            name, number = version_of(ref)
            columns = asked.setdefault((name, number), [])
            every = self.view(name).schema(number).names if column == "*" else (column,)
            columns += [c for c in every if c not in columns]
        return asked

    def uses(self, what: str) -> dict[str, list[str]]:
        """What uses something: a column of events such as ``trade.price``, a feature, a view or ``view:feature``.

        Returns
        -------
        dict
            ``columns`` (as ``view:feature``) that are computed from it, the ``on_demand`` views that read them, and the
            ``services`` that have any of these views.
        """
        columns = [
            f"{view.name}:{column.name}"
            for view in self.views.values()
            for column in view.schema().columns
            if what
            in (view.name, f"{view.name}:{column.name}", column.name, column.feature, *column.reads)
            or any(read.partition(".")[0] == what for read in column.reads)
        ]
        demand = [
            view.name
            for view in self.views.values()
            if view.kind == ON_DEMAND
            and set(columns) & set(view.definitions[view.latest]["reads"].values())
        ]
        views = {ref.partition(":")[0] for ref in columns} | set(demand)
        services = [n for n in self.names(SERVICE) if views & set(self.service(n)["views"])]
        return {"columns": columns, "on_demand": demand, "services": services}

    def deletable(self, name: str) -> None:
        """Refuse to delete a view that services have."""
        users = self.uses(name)["services"]
        if users:
            raise DefinitionError(
                f"{name}: a view that no service has can be deleted, got one of {', '.join(users)}"
            )

    def lineage(self, ref: str) -> dict[str, Any]:
        """Where a view's columns come from, and which services have it."""
        schema = self.schema(ref)
        view = self.view(schema.view)
        columns = {
            c.name: {"feature": c.feature, "reads": list(c.reads), "fingerprint": c.fingerprint}
            for c in schema.columns
        }
        if view.kind == ON_DEMAND:
            reads = list(view.definitions[schema.version]["reads"].values())
            columns = {name: {**column, "reads": reads} for name, column in columns.items()}
        services = [n for n in self.names(SERVICE) if view.name in self.service(n)["views"]]
        return {
            "view": schema.id,
            "key": list(schema.key),
            "columns": columns,
            "services": services,
        }


def version_of(ref: str) -> tuple[str, int | None]:
    """A view's name and the version that a reference names, if it does.

    Examples
    --------
    >>> version_of("quotes@v2"), version_of("quotes")
    (('quotes', 2), ('quotes', None))
    """
    name, at, number = ref.partition("@")
    if not at:
        return name, None
    if not number.startswith("v") or not number[1:].isdigit():
        raise DefinitionError(f"View: a version is written view@v2, got {ref!r}")
    return name, int(number[1:])
