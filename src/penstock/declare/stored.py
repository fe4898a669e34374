"""What stores and servers keep of a view: its columns, its key and its age, under an immutable version."""

import hashlib

import msgspec

from penstock.core.time import Duration
from penstock.declare import facts
from penstock.declare.checks import Checks
from penstock.declare.pushed import Kind, Pushed
from penstock.declare.route_text import route_texts
from penstock.declare.view import View
from penstock.expr.expression import canonical

INFINITY = float("inf")


class StoredColumn(msgspec.Struct, frozen=True):
    """One column of a stored view.

    Attributes
    ----------
    kind
        What a value is: a float64, an int64, a truth or a text.
    low, high
        What its feature promises; None stands for no bound, since JSON has no infinity.
    fingerprint
        The identity of its definition; empty where values are pushed.
    reads
        The columns of events that it is computed from, such as ``trade.price``.
    """

    name: str
    kind: Kind = "f8"
    unit: str = "1"
    low: float | None = None
    high: float | None = None
    fingerprint: str = ""
    feature: str = ""
    reads: tuple[str, ...] = ()


class Schema(msgspec.Struct, frozen=True):
    """A version of a view, as stores know it.

    ``ttl`` is the view's maximum age in ns, None for ever; ``retention`` how long its history is kept in ns, None as
    the store says. These and ``checks`` are no part of what values mean, so they may change without a new version.
    """

    view: str
    version: int
    key: tuple[str, ...]
    columns: tuple[StoredColumn, ...]
    fingerprint: str
    ttl: int | None = None
    checks: Checks = Checks()
    retention: int | None = None

    @property
    def id(self) -> str:
        """The name and the version, as requests spell them: ``view@v2``."""
        return f"{self.view}@v{self.version}"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)


def schema_of(view: View | Pushed, version: int = 1) -> Schema:
    """The schema of a view's version.

    Examples
    --------
    >>> from penstock.declare.pushed import Field
    >>> made = schema_of(Pushed("driver", (Field("trips", "i8"),), key="driver_id"), version=2)
    >>> made.id, made.names, made.key
    ('driver@v2', ('trips',), ('driver_id',))
    """
    columns = pushed_columns(view) if isinstance(view, Pushed) else computed_columns(view)
    ttl, retention = (None if age is None else int(age) for age in (view.ttl, view.retention))
    named = view.name, version, view.key, columns, view_fingerprint(view)
    return Schema(*named, ttl, view.checks, retention)


def computed_columns(view: View) -> tuple[StoredColumn, ...]:
    """The columns of a view that the engine computes."""
    made = []
    for item in view.definitions:
        low, high = item.feature.range if item.feature else (-INFINITY, INFINITY)
        made.append(
            StoredColumn(
                item.column,
                unit=item.expr.unit,
                low=bound(low),
                high=bound(high),
                fingerprint=item.expr.fingerprint,
                feature=item.feature.name if item.feature else "",
                reads=facts.inputs(item.expr),
            )
        )
    return tuple(made)


def pushed_columns(view: Pushed) -> tuple[StoredColumn, ...]:
    """The columns of a view that is pushed."""
    return tuple(
        StoredColumn(f.name, f.kind, f.unit, bound(f.range[0]), bound(f.range[1]))
        for f in view.fields
    )


def bound(value: float) -> float | None:
    """A bound, None where it is infinite."""
    return None if abs(value) == INFINITY else float(value)


def view_fingerprint(view: View | Pushed) -> str:
    """The identity of what a view's values mean: columns, key and clock, and no metadata."""
    if isinstance(view, Pushed):
        parts = [
            "pushed",
            *view.key,
            *(f"{f.name} {f.kind} {f.unit} {f.range}" for f in view.fields),
        ]
    else:
        on = view.on if isinstance(view.on, str) else canonical(view.on)
        columns = [f"{item.column} {item.expr.fingerprint}" for item in view.definitions]
        nulls = ["ranges=null"] if view.ranges == "null" else []
        parts = ["view", *view.key, on, *columns, *route_texts(view.routes), *nulls]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def outside_age(ttl: Duration | int | None, event_ts: int, now: int) -> bool:
    """Whether a value of that time is older than its view allows; exactly that old it is still good."""
    return ttl is not None and now - event_ts > ttl
