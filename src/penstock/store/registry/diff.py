"""What applying definitions would change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from penstock.declare import Schema
from penstock.store.registry.definitions import VERSIONED, Kept

CREATE, VERSION, METADATA, CHANGE, UNCHANGED, DELETE, KEEP = (
    "create", "new version", "metadata", "change", "unchanged", "delete", "keep",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one definition.

    Attributes
    ----------
    action
        ``create``, ``new version``, ``metadata`` (no new version), ``change`` (of a service or an entity),
        ``unchanged``, ``delete``, or ``keep``: it is only in the registry, and stays unless its deletion is asked for.
    version
        Of a view, the version that it has then.
    details
        What differs: columns ``added``, ``removed``, ``retyped`` and ``changed``; of metadata, the old and the new.
    """

    action: str
    kind: str
    name: str
    version: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        at = f"@v{self.version}" if self.version else ""
        what = "; ".join(f"{name}: {said(value)}" for name, value in self.details.items() if value)
        return f"{self.action} {self.kind} {self.name}{at}" + (f" ({what})" if what else "")


@dataclass(frozen=True, slots=True)
class Diff:
    """What applying definitions would change, and the revision of the registry that this was found at."""

    steps: tuple[Step, ...]
    revision: int

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that do something."""
        return tuple(step for step in self.steps if step.action not in (UNCHANGED, KEEP))

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps)) or "nothing is defined"


def said(value: Any) -> str:
    """A detail for people."""
    if isinstance(value, dict):
        return ", ".join(f"{k} {v[0]!r} -> {v[1]!r}" for k, v in value.items())
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)


def compare(given: Kept, there: Kept | None, latest: int, schema: Schema | None) -> Step:
    """What becomes of a definition, given what the registry has under its name."""
    if there is None:
        return Step(CREATE, given.kind, given.name, latest + 1 if given.kind in VERSIONED else None)
    about = changed(there.metadata, given.metadata)
    if given.kind in VERSIONED:
        if schema is None or given.schema is None or schema.fingerprint != given.fingerprint:
            details = columns(schema, given.schema) | ({"metadata": about} if about else {})
            if there.kind != given.kind:
                details |= {"kind": {"kind": (there.kind, given.kind)}}
            return Step(VERSION, given.kind, given.name, latest + 1, details)
        action = METADATA if about else UNCHANGED
        return Step(action, given.kind, given.name, latest, {"metadata": about} if about else {})
    body = changed(there.definition, given.definition)
    details = {name: d for name, d in (("definition", body), ("metadata", about)) if d}
    action = CHANGE if body else METADATA if about else UNCHANGED
    return Step(action, given.kind, given.name, None, details)


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The old and the new value of each entry that differs."""
    names = [*old, *(name for name in new if name not in old)]
    return {n: (old.get(n), new.get(n)) for n in names if old.get(n) != new.get(n)}


def columns(old: Schema | None, new: Schema | None) -> dict[str, Any]:
    """How the columns of two versions differ."""
    before = {c.name: c for c in old.columns} if old else {}
    after = {c.name: c for c in new.columns} if new else {}
    both = [name for name in after if name in before]
    retyped = [n for n in both if before[n].kind != after[n].kind]
    found: dict[str, Any] = {
        "added": [name for name in after if name not in before],
        "removed": [name for name in before if name not in after],
        "retyped": [f"{n} {before[n].kind} -> {after[n].kind}" for n in retyped],
        "changed": [n for n in both if n not in retyped and before[n] != after[n]],
    }
    if old and new and old.key != new.key:
        found["key"] = {"key": (list(old.key), list(new.key))}
    return {name: names for name, names in found.items() if names}


def left_over(
    there: Iterable[tuple[str, str]], given: Sequence[Kept], *, delete: bool
) -> list[Step]:
    """What is only in the registry: kept, or deleted where that is asked for."""
    named = {(kept.kind in VERSIONED, kept.name) for kept in given}
    return [
        Step(DELETE if delete else KEEP, kind, name)
        for kind, name in there
        if (kind in VERSIONED, name) not in named
    ]
