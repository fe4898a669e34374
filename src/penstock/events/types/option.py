"""Options: the contract stands in the event, since the key is the underlying."""

from penstock.core.schema import EventType, Field

_CONTRACT = (
    Field("strike", "price"),
    Field("expiry", "ns", "i8"),  # the moment after which it is gone, ns UTC
    Field("right", "sign", "i8"),  # +1 call, -1 put
)

OptionTrade = EventType(
    "option_trade",
    "An execution of an option.",
    (
        Field("price", "price"),
        Field("size", "size"),  # contracts
        Field("side", "sign", "i8"),  # aggressor: +1 buyer, -1 seller, 0 unknown
        *_CONTRACT,
        Field("underlying", "price"),  # price of the underlying then; NaN where unknown
        Field("iv", "1"),  # per square root of a year, 0.2 for 20 %; NaN where unknown
        Field("mid", "price"),  # middle of the bid and ask that it met; NaN where unknown
    ),
)

OptionInterest = EventType(
    "option_interest",
    "How many contracts of an option are open, as its venue or clearing house published it.",
    (
        Field("contracts", "size"),
        *_CONTRACT,
    ),
)

OptionQuote = EventType(
    "option_quote",
    "The best bid and ask of an option, and what its venue says of it (NaN where it does not).",
    (
        Field("bid_price", "price"),
        Field("bid_size", "size"),
        Field("ask_price", "price"),
        Field("ask_size", "size"),
        *_CONTRACT,
        Field("underlying", "price"),
        Field("mark", "price"),  # the venue's own value of it, or its close
        Field("volume", "size"),  # of the session so far
        Field("open_interest", "size"),
        Field("iv", "1"),  # at the mark, per square root of a year
        Field("delta", "1"),
        Field("gamma", "price^-1"),
        Field("vega", "price"),  # for 1.00 of iv, not for 0.01
        Field("theta", "price"),  # for one calendar day
    ),
)
