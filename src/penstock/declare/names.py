"""What an expression that is written as text may name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from penstock.core.model import Model
from penstock.events import EVENT_TYPES
from penstock.expr import VIEW, Expr, Operator, Timeframe, When
from penstock.fits import (
    ACD,
    APARCH,
    DFA,
    EGARCH,
    GARCH,
    GJR,
    HAWKES,
    PIN,
    SIDES,
    STUDENT,
    figarch,
    har,
)
from penstock.fits.autoregression import autoregression
from penstock.fits.kmeans import kmeans
from penstock.fits.microprice import microprice
from penstock.fits.order_flow import component
from penstock.fits.price_discovery import price_discovery
from penstock.fits.principal import principal
from penstock.fits.ridge import ridge
from penstock.fits.trade_impact import (
    PRICE_REVISION,
    QUOTE_REVISION,
    SPREAD_PARTS,
    impact_response,
)
from penstock.ops import OPERATORS
from penstock.streams import NEVER, Clock, Stream

NUMBERS = {"nan": float("nan"), "inf": float("inf")}
CLOCKS = {"view": VIEW, "never": NEVER}
# models with parameters of their own
MODELS = (
    GARCH, GJR, APARCH, EGARCH, STUDENT, HAWKES, SIDES, DFA, PIN, ACD, SPREAD_PARTS, QUOTE_REVISION, PRICE_REVISION,
    har(),
)  # fmt: skip
CALLS = {
    "microprice": microprice,
    "autoregression": autoregression,
    "component": component,
    "price_discovery": price_discovery,
    "figarch": figarch,
    "kmeans": kmeans,
    "ridge": ridge,
    "principal": principal,
    "impact_response": impact_response,
}


def kinds_of(root: type[Clock]) -> dict[str, type[Clock]]:
    """Every kind of clock, by name."""
    found: dict[str, type[Clock]] = {}
    for cls in root.__subclasses__():
        if cls not in (Stream, type(VIEW), type(NEVER)):
            found[cls.__name__] = cls
        found |= kinds_of(cls)
    return found


@dataclass
class Names:
    """The names: operators, kinds of clocks, streams, models, and columns defined before.

    Parameters
    ----------
    roles
        Streams by role, those of a role that has several by role and type: ``a.trade``.
    modules
        Modules whose operators and models may be named too.
    """

    roles: Mapping[str, Stream] = field(default_factory=dict)
    modules: Iterable[ModuleType] = ()
    operators: dict[str, type[Operator]] = field(init=False)
    streams: dict[str, Stream] = field(init=False)
    models: dict[str, Model] = field(init=False)
    columns: dict[str, Expr] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.operators = {cls.__name__: cls for cls in OPERATORS}
        self.streams = {type_.name: Stream(type_) for type_ in EVENT_TYPES} | dict(self.roles)
        self.models = {model.name: model for model in MODELS}
        for module in self.modules:
            for value in vars(module).values():
                if isinstance(value, Model):
                    self.models[value.name] = value
                elif own(value, module):
                    self.operators[value.__name__] = value

    @property
    def calls(self) -> dict[str, Any]:
        """What may be called, by name."""
        return {**kinds_of(Clock), "When": When, "Timeframe": Timeframe, **CALLS, **self.operators}

    @property
    def values(self) -> dict[str, Any]:
        """What may stand alone, by name; a column of the file hides the rest."""
        return {**NUMBERS, **CLOCKS, **self.streams, **self.columns}


def own(value: object, module: ModuleType) -> bool:
    """Whether a value is an operator that a module defines."""
    return (
        isinstance(value, type)
        and issubclass(value, Operator)
        and value.__module__ == module.__name__
        and hasattr(value, "kernel")
    )
