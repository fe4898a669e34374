"""Several venues of one symbol."""

from penstock.declare import Feature
from penstock.formulas.exchange import venues

INFINITY = float("inf")

FEATURES = (
    Feature(
        "exchange.funding_spread_cross_exchange",
        venues.funding_spread_cross_exchange,
        says="One venue's funding against another's, both for a year.",
        source="definition",
        oracle="closed form",
    ),
    Feature(
        "exchange.oi_weighted_funding",
        venues.oi_weighted_funding,
        says="Funding for a year over venues, by what is open there.",
        source="Coinglass convention",
        oracle="numpy.average",
    ),
    Feature(
        "exchange.cross_exchange_spread",
        venues.cross_exchange_spread,
        says="One venue's middle price against another's.",
        source="Makarov-Schoar 2020",
        oracle="numpy.log",
    ),
    Feature(
        "exchange.cross_exchange_arbitrage_edge",
        venues.cross_exchange_arbitrage_edge,
        says="What buying at one venue and selling at another would leave after fees.",
        source="Makarov-Schoar 2020",
        oracle="closed form",
    ),
    Feature(
        "exchange.arbitrage_index",
        venues.arbitrage_index,
        says="The dearest venue against the cheapest.",
        source="Makarov-Schoar 2020",
        oracle="numpy expr",
        range=(1.0, INFINITY),
    ),
    Feature(
        "exchange.regional_premium",
        venues.regional_premium,
        says="What is paid at one venue above another, in one currency.",
        source="Choi-Lehar-Stauffer 2022",
        oracle="numpy expr",
    ),
    Feature(
        "exchange.stablecoin_premium",
        venues.stablecoin_premium,
        says="A coin's middle price in the money that it stands for, less 1.",
        source="Lyons-Viswanath-Natraj 2023",
        oracle="numpy expr",
    ),
    Feature(
        "exchange.venue_volume_share",
        venues.venue_volume_share,
        says="One venue's share of the volume of the last W.",
        source="definition",
        oracle="numpy expr",
        range=(0.0, 1.0),
    ),
    Feature(
        "exchange.venue_volume_hhi",
        venues.venue_volume_hhi,
        says="How concentrated the volume of the last W is on venues.",
        source="Herfindahl",
        oracle="numpy expr",
        range=(0.0, 1.0),
    ),
    Feature(
        "exchange.maker_presence_score",
        venues.maker_presence_score,
        says="Share of the last W in which both sides of the book had enough near the mid.",
        source="MM obligation uptime (MiFID II RTS 8)",
        oracle="brute force",
        range=(0.0, 1.0),
    ),
    Feature(
        "exchange.quote_symmetry_score",
        venues.quote_symmetry_score,
        says="How even both sides of the book were over the last W.",
        source="practice",
        oracle="brute force",
        range=(0.0, 1.0),
    ),
)
