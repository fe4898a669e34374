"""Perpetual futures and what venues say of their traders; rates of exchange."""

from penstock.core.schema import EventType, Field

Funding = EventType(
    "funding",
    "A funding payment that was settled: what longs pay shorts, as a fraction of their position's value.",
    (
        Field("rate", "1"),  # of one interval, not of a year
        Field("interval", "ns", "i8"),  # that the rate is for; 0 where the source does not say
        Field("mark", "price"),  # that it was settled at; NaN where the source does not say
    ),
)

PredictedFunding = EventType(
    "predicted_funding",
    "What the venue expects the next funding rate to be.",
    (
        Field("rate", "1"),
        Field(
            "due", "ns", "i8"
        ),  # when it will be settled, ns UTC; 0 where the source does not say
        Field("premium", "1"),  # (mark - index) / index, averaged by the venue; NaN where unknown
    ),
)

OpenInterest = EventType(
    "open_interest",
    "What is open at a venue, in contracts and in money; a source that gives one leaves the other NaN.",
    (
        Field("contracts", "size"),
        Field("value", "price*size"),
    ),
)

Liquidation = EventType(
    "liquidation",
    "A forced order.",
    (
        Field("price", "price"),
        Field("size", "size"),
        Field("side", "sign", "i8"),  # of the forced order: -1 closes a long, +1 closes a short
    ),
)

MarkPrice = EventType(
    "mark_price", "The price that margins are reckoned at.", (Field("price", "price"),)
)

IndexPrice = EventType(
    "index_price",
    "The price of the underlying on the venues of an index.",
    (Field("price", "price"),),
)

ACCOUNTS, TOP_ACCOUNTS, TOP_POSITIONS, TAKERS = 1, 2, 3, 4

AccountRatio = EventType(
    "account_ratio",
    "Longs for each short.",
    (
        Field("ratio", "1"),
        Field(
            "long", "1"
        ),  # share or number of the longs; NaN where the source gives the ratio alone
        Field("short", "1"),
        Field("kind", "code", "i8"),  # 1 accounts, 2 top accounts, 3 top positions, 4 taker volume
    ),
)

InsuranceFund = EventType(
    "insurance_fund",
    "What a venue holds against losses of those it liquidates, in the fund's own currency.",
    (Field("balance", "money"),),
)

Fx = EventType(
    "fx",
    "A rate of exchange: units of the quote currency for one of the base.",
    # without a unit: money stays money; a source of one rate gives it as bid and as ask
    (Field("bid", "1"), Field("ask", "1")),
)
