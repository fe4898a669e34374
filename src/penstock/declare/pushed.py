"""A view whose values are computed elsewhere and pushed into the store."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from penstock.core.errors import DefinitionError, nearest
from penstock.core.time import Duration, duration
from penstock.declare.checks import Checks

INFINITY = float("inf")
Kind = Literal["f8", "i8", "bool", "str"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a pushed view: a float64 (``f8``), an int64 (``i8``), a ``bool`` or a ``str``."""

    name: str
    kind: Kind = "f8"
    unit: str = "1"
    range: tuple[float, float] = (-INFINITY, INFINITY)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise DefinitionError(
                f"Field {self.name}: a kind must be one of {', '.join(KINDS)}, got {self.kind!r}"
                f"{nearest(self.kind, KINDS)}"
            )
        if not self.name or not self.range[0] <= self.range[1]:
            raise DefinitionError(
                f"Field {self.name}: a name and a range (low, high) are needed, got {self.range}"
            )


@dataclass(frozen=True, eq=False)
class Pushed:
    """Columns of one entity that somebody else computes: Feast's FeatureView over a PushSource.

    Stores and servers treat it as a view; only its rows come by ``push`` or ``write``. ``ttl``, ``retention`` and what
    says whose it is are as of a `View`.

    Examples
    --------
    >>> view = Pushed("driver", (Field("rating"), Field("trips", "i8")), key="driver_id", ttl="1d")
    >>> view.key, view.ttl, [f.name for f in view.fields]
    (('driver_id',), 86400000000000, ['rating', 'trips'])
    """

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ("symbol",)
    ttl: Duration | None = field(default=None, kw_only=True)
    retention: Duration | None = field(default=None, kw_only=True)
    owner: str = field(default="", kw_only=True)
    tags: tuple[str, ...] = field(default=(), kw_only=True)
    says: str = field(default="", kw_only=True)
    checks: Checks = field(default=Checks(), kw_only=True)

    def __post_init__(self) -> None:
        settle = object.__setattr__
        settle(self, "fields", tuple(self.fields))
        settle(self, "key", (self.key,) if isinstance(self.key, str) else tuple(self.key))
        settle(self, "ttl", None if self.ttl is None else duration(self.ttl))
        settle(self, "retention", kept_for(self.retention, f"Pushed {self.name}"))
        settle(self, "tags", tuple(self.tags))
        names = [*self.key, "ts", *(f.name for f in self.fields)]
        if not self.name or not self.fields or not self.key:
            raise DefinitionError(
                f"Pushed {self.name}: a name, a field and a key column are needed, got {names}"
            )
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise DefinitionError(
                f"Pushed {self.name}: each column needs a name of its own, got {twice!r} twice"
            )


def kept_for(value: Duration | int | str | None, thing: str) -> Duration | None:
    """How long history is kept: a duration above zero; None leaves it to the store.

    Examples
    --------
    >>> kept_for("30d", "View v"), kept_for(None, "View v")
    (2592000000000000, None)
    """
    found = None if value is None else duration(value)
    if found is not None and found <= 0:
        raise DefinitionError(f"{thing}: a retention must be above zero, got {value!r}")
    return found
