"""Options: what traded at each strike, and the levels that it makes."""

from penstock.core.schema import EventType, Field
from penstock.expr import Column
from penstock.streams import Stream

STRIKES = 8  # cells of examples
WIDE = ("strikes", "values", "positions", "sigmas", "levels")
NARROW = ("strike", "price", "mid", "size", "spot", "sigma", "gamma", "years")
WHOLE = ("expiry", "right", "side")
FREE = Stream(
    EventType(
        "options",
        "Options of an example.",
        tuple(Field(name, name, width=STRIKES + 1) for name in WIDE)
        + tuple(Field(name, name) for name in NARROW)
        + tuple(Field(name, name, "i8") for name in WHOLE),
    )
)
COLUMNS = {name: Column(FREE, name) for name in (*WIDE, *NARROW, *WHOLE)}
SHARES = 100.0  # of a contract
