"""What Binance sends, under the exchange's own names."""

import msgspec

from penstock.events.readers.captures.batch import Id, Milliseconds

NOTHING = msgspec.Raw(b"")


class Envelope(msgspec.Struct, gc=False):
    """A message of several streams, a bare message or an answer."""

    stream: str = ""
    data: msgspec.Raw = NOTHING
    e: str = ""  # the kind, where streams are recorded bare
    lastUpdateId: Id = -1  # noqa: N815  (the exchange's name)
    id: msgspec.Raw = NOTHING  # a reply's
    result: msgspec.Raw = NOTHING
    error: msgspec.Raw = NOTHING


class Trade(msgspec.Struct, gc=False):
    """A trade, or the trades of one order at one price."""

    s: str
    p: float
    q: float
    T: Milliseconds
    m: bool  # the buyer is the maker
    X: str = "MARKET"


class Ticker(msgspec.Struct, gc=False):
    """The best bid and ask."""

    s: str
    u: Id
    b: float
    B: float
    a: float
    A: float
    T: Milliseconds = 0


class SpotDiff(msgspec.Struct, gc=False):
    """Levels that changed, on spot."""

    s: str
    E: Milliseconds
    U: Id
    u: Id
    b: msgspec.Raw
    a: msgspec.Raw
    pu: Id = -1


class Diff(msgspec.Struct, gc=False):
    """Levels that changed, on futures."""

    s: str
    T: Milliseconds
    U: Id
    u: Id
    pu: Id
    b: msgspec.Raw
    a: msgspec.Raw


class Snapshot(msgspec.Struct, gc=False):
    """An answer with the book."""

    lastUpdateId: Id  # noqa: N815
    bids: msgspec.Raw
    asks: msgspec.Raw
    T: Milliseconds = 0


class Mark(msgspec.Struct, gc=False):
    """A mark price."""

    s: str
    E: Milliseconds
    p: float
    i: float
    r: float
    T: Milliseconds  # of the next funding


class Order(msgspec.Struct, gc=False):
    """A forced order."""

    s: str
    S: str
    ap: float
    z: float
    T: Milliseconds


class Forced(msgspec.Struct, gc=False):
    """The message of a forced order."""

    o: Order
