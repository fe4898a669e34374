"""Views, entities and services, named as in Feast."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from penstock.core.errors import DefinitionError, nearest
from penstock.core.time import Duration, duration
from penstock.declare.checks import Checks
from penstock.declare.clock_text import parse_clock
from penstock.declare.feature import Feature, parse_request
from penstock.declare.pushed import Pushed, kept_for
from penstock.expr import Expr, as_expr
from penstock.streams import Clock, Route

RESERVED = ("ts",)
RANGES = ("count", "null", "stop")


@dataclass(frozen=True, slots=True)
class Definition:
    """One column of a view: its name, its expression, and the feature and parameters it was asked for with."""

    column: str
    expr: Expr
    feature: Feature | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entity:
    """What features are about, and the columns that name one."""

    name: str
    join_keys: tuple[str, ...] = ("symbol",)
    says: str = ""


@dataclass(frozen=True, eq=False)
class View:
    """Features of one entity, sampled on one clock.

    Parameters
    ----------
    name
        How stores and servers call it.
    features
        Features, requests such as ``"price.simple_return(k=5)"``, or pairs of a column name and an expression; a
        dict of such pairs will do.
    key
        The columns that name the entity.
    on
        The clock whose ticks give rows, or its text such as ``"every:1s"``.
    ttl
        How long a value stays valid in a store; None for ever.
    retention
        How long a store keeps its history, such as ``"30d"``; None as long as the store says, 90 days by default.
    ranges
        What a value outside its feature's promised range does: it is counted (``count``), made NaN in the row that
        is handed out (``null``), or stops the run (``stop``).
    owner, tags, says
        Who answers for it, words to find it by, and one sentence.
    checks
        What a store checks of a row before it keeps it.
    served
        Whether rows are served as they come: then no row is ever revised.
    routes
        Keys whose events others see in a role: ``benchmark("SPY")``, ``pair("ES", "NQ")``, or several added up.

    Examples
    --------
    >>> import penstock.catalog
    >>> view = View("returns", ["price.log_return", "price.log_return(k=5)"], on="bar:1m")
    >>> list(view.columns()), view.on
    (['price.log_return', 'price.log_return(k=5)'], bar:1m(trade))
    """

    name: str
    features: tuple[Feature | str | tuple[str, Expr], ...] | Mapping[str, Expr]
    key: tuple[str, ...] = ("symbol",)
    on: Clock | str = field(kw_only=True)
    ttl: Duration | None = field(default=None, kw_only=True)
    retention: Duration | None = field(default=None, kw_only=True)
    ranges: str = field(default="count", kw_only=True)
    owner: str = field(default="", kw_only=True)
    tags: tuple[str, ...] = field(default=(), kw_only=True)
    says: str = field(default="", kw_only=True)
    checks: Checks = field(default=Checks(), kw_only=True)
    served: bool = field(default=False, kw_only=True)
    routes: tuple[Route, ...] = field(default=(), kw_only=True)
    definitions: tuple[Definition, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.name:
            raise DefinitionError("View: a name is needed, got none")
        if isinstance(self.features, str | Feature):
            raise DefinitionError(
                f"View {self.name}: features must be a list, got {self.features!r}"
            )
        settle = object.__setattr__
        named = self.features.items() if isinstance(self.features, Mapping) else self.features
        settle(self, "features", tuple(named))
        settle(self, "key", (self.key,) if isinstance(self.key, str) else tuple(self.key))
        settle(self, "on", parse_clock(self.on) if isinstance(self.on, str) else self.on)
        settle(self, "ttl", None if self.ttl is None else duration(self.ttl))
        settle(self, "retention", kept_for(self.retention, f"View {self.name}"))
        settle(self, "tags", tuple(self.tags))
        settle(self, "routes", tuple(self.routes))
        settle(self, "definitions", tuple(define(item, self.name) for item in self.features))
        self.check()

    def check(self) -> None:
        """Refuse a view without columns or keys, or with a column's name twice."""
        if not self.definitions or not self.key:
            raise DefinitionError(
                f"View {self.name}: at least one feature and one key column are needed, got none"
            )
        if self.ranges not in RANGES:
            raise DefinitionError(
                f"View {self.name}: ranges must be one of {', '.join(RANGES)}, "
                f"got {self.ranges!r}{nearest(self.ranges, RANGES)}"
            )
        for route in self.routes:
            if len(route.source) != len(self.key):
                raise DefinitionError(
                    f"View {self.name}: the key of a route must have the columns {', '.join(self.key)}, "
                    f"got {route.source} for {route.role!r}"
                )
        names = [*self.key, *RESERVED, *(item.column for item in self.definitions)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise DefinitionError(
                f"View {self.name}: each column needs a name of its own, got {twice!r} twice"
            )

    def columns(self) -> dict[str, Expr]:
        """The expression of each column by its name, in order."""
        return {item.column: item.expr for item in self.definitions}


@dataclass(frozen=True, eq=False)
class Service:
    """The views that one consumer reads together.

    ``pins`` names the version of a view that the service reads, whatever the newest is: ``{"quotes": 2}``.
    """

    name: str
    views: tuple[View | Pushed, ...]
    owner: str = field(default="", kw_only=True)
    tags: tuple[str, ...] = field(default=(), kw_only=True)
    says: str = field(default="", kw_only=True)
    pins: Mapping[str, int] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "views", tuple(self.views))
        names = [view.name for view in self.views]
        if not names or len(set(names)) < len(names):
            raise DefinitionError(
                f"Service {self.name}: views with names of their own are needed, got {names}"
            )
        for pinned in self.pins:
            if pinned not in names:
                raise DefinitionError(
                    f"Service {self.name}: a pin must name one of {', '.join(names)}, got {pinned!r}"
                    f"{nearest(pinned, names)}"
                )


def define(item: object, view: str) -> Definition:
    """A column from a feature, a request or a pair."""
    if isinstance(item, Feature):
        return Definition(item.name, item.expr(), item)
    if isinstance(item, str):
        feature, params, column = parse_request(item)
        return Definition(column, feature.expr(**params), feature, params)
    if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str):
        return Definition(item[0], as_expr(item[1], f"View {view}: column {item[0]!r}"))
    raise DefinitionError(
        f"View {view}: a feature, a request or a pair of a name and an expression is needed, got {item!r}"
    )
