"""What a venue says of its instruments: their terms, states, statistics and auctions."""

from penstock.core.schema import EventType, Field

Instrument = EventType(
    "instrument",
    "The terms of an instrument from here on; what a source does not say is NaN, or 0 where it is whole.",
    (
        Field("tick", "price"),  # smallest step of a price
        Field("lot", "size"),  # smallest step of a size
        Field("multiplier", "1"),  # of the underlying in one contract
        Field("initial_margin", "1"),  # fraction of a position's value
        Field("maintenance_margin", "1"),
        Field("maker_fee", "1"),  # fraction of a trade's value; below 0 for a rebate
        Field("taker_fee", "1"),
        Field("supply", "size"),  # units in circulation, for a market capitalisation
        Field("expiry", "ns", "i8"),  # ns UTC
        Field("strike", "price"),
        Field("right", "sign", "i8"),  # +1 call, -1 put, 0 no option
    ),
)

Status = EventType(
    "status",
    "A change of an instrument's trading state.",
    (
        Field(
            "state", "code", "i8"
        ),  # Databento's: 1 pre-open, 7 trading, 8 halt, 9 pause, 12 close
        Field("reason", "code", "i8"),  # Databento's; 0 none
        Field("event", "code", "i8"),  # Databento's trading event; 0 none
        Field("trading", "sign", "i8"),  # +1 yes, -1 no, 0 not said
        Field("quoting", "sign", "i8"),
        Field("short_restricted", "sign", "i8"),
    ),
)

Statistic = EventType(
    "statistic",
    "A number that the venue publishes: a settlement, a session's high, a cleared volume, an open interest.",
    (
        Field("kind", "code", "i8"),  # Databento's: 1 open, 3 settlement, 6 volume, 9 open interest
        Field("price", "price"),  # NaN for a quantity
        Field("quantity", "size"),  # NaN for a price
        Field("reference", "ns", "i8"),  # what time it is of, ns UTC; 0 where not said
        Field("action", "code", "i8"),  # 1 new, 2 taken back
        Field("flags", "bits", "i8"),  # of a settlement: 1 final, 2 actual, 4 at a tick, 8 intraday
    ),
)

Imbalance = EventType(
    "imbalance",
    "An auction as it stands: what would trade, at which price, and what would be left.",
    (
        Field("reference_price", "price"),
        Field("continuous_price", "price"),  # where the auction and the book together would clear
        Field("auction_price", "price"),  # where the auction's orders alone would clear
        Field("match_price", "price"),  # the venue's indication
        Field("paired", "size"),
        Field("imbalance", "size"),  # shares left over at the reference price
        Field("side", "sign", "i8"),  # of what is left: +1 buy, -1 sell, 0 none
        Field("auction", "code", "i8"),  # ASCII: O open, C close, H halt or new issue
        Field("due", "ns", "i8"),  # when it is held, ns UTC; 0 where not said
    ),
)
