"""Open interest, and on which side accounts are."""

from penstock.declare import Feature
from penstock.formulas.exchange import interest

INFINITY = float("inf")

FEATURES = (
    Feature(
        "exchange.open_interest",
        interest.open_interest_at,
        says="What is open now.",
        source="definition",
        oracle="closed form (lookup)",
        range=(0.0, INFINITY),
    ),
    Feature(
        "exchange.open_interest_change",
        interest.open_interest_change,
        says="Log change of open contracts over W.",
        source="Bessembinder-Seguin 1993",
        oracle="numpy.log",
    ),
    Feature(
        "exchange.oi_price_quadrant",
        interest.oi_price_quadrant,
        says="What the last W built: longs, covers of shorts, shorts, or unwinds of longs.",
        source="futures practice",
        oracle="closed form",
        range=(0.0, 4.0),
    ),
    Feature(
        "exchange.open_interest_to_market_cap",
        interest.open_interest_to_market_cap,
        says="Open contracts against the units in circulation.",
        source="leverage proxy (CryptoQuant ELR analogue)",
        oracle="closed form",
        range=(0.0, INFINITY),
    ),
    Feature(
        "exchange.long_short_account_ratio",
        interest.long_short_account_ratio,
        says="Accounts that are long for each that is short, logged.",
        source="Binance globalLongShortAccountRatio",
        oracle="numpy.log",
    ),
    Feature(
        "exchange.top_trader_position_ratio",
        interest.top_trader_position_ratio,
        says="Longs for each short among the positions of the largest accounts, logged.",
        source="Binance topLongShortPositionRatio",
        oracle="numpy.log",
    ),
    Feature(
        "exchange.insurance_fund_change",
        interest.insurance_fund_change,
        says="Log change of a venue's insurance fund over W.",
        source="exchange disclosure",
        oracle="numpy.log",
    ),
)
