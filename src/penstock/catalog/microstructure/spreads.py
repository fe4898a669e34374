"""Spreads, prices between bid and ask, and price impact."""

from penstock.catalog import refits
from penstock.declare import Feature
from penstock.formulas import depths, quotes, spreads

INFINITY = float("inf")

SPREADS = (
    Feature(
        "microstructure.bid_ask_spread",
        quotes.bid_ask_spread,
        says="Best ask less best bid; NaN while the book is crossed.",
        source="definition",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.relative_spread",
        quotes.relative_spread,
        says="Spread against the mid, in basis points; NaN while the book is crossed.",
        source="definition",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.effective_spread",
        spreads.effective_spread,
        says="Twice the signed distance of trades from the mid before them, weighted by size, in basis points.",
        source="Lee 1993; SEC 605",
    ),
    Feature(
        "microstructure.realized_spread",
        spreads.realized_spread,
        says="Twice the signed distance of trades from the mid some time after them, in basis points.",
        source="Huang-Stoll 1996",
    ),
    Feature(
        "microstructure.price_impact_spread",
        spreads.price_impact_spread,
        says="Twice the signed move of the mid in some time after trades, in basis points.",
        source="Huang-Stoll 1996",
    ),
    Feature(
        "microstructure.roll_spread",
        spreads.roll_spread,
        says="Spread implied by the bounce of trade prices; 0 where successive changes go together.",
        source="Roll 1984",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.corwin_schultz_spread",
        spreads.corwin_schultz_spread,
        says="Spread estimated from the highs and lows of successive bars, as a share of the price.",
        source="Corwin-Schultz 2012",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.abdi_ranaldo_spread",
        spreads.abdi_ranaldo_spread,
        says="Spread estimated from closes and the middles of successive bars, as a share of the price.",
        source="Abdi-Ranaldo 2017",
        range=(0.0, INFINITY),
    ),
)

PRICES = (
    Feature(
        "microstructure.mid_price",
        quotes.mid_price,
        says="Middle of the best bid and ask.",
        source="definition",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.weighted_mid_price",
        quotes.weighted_mid_price,
        says="Middle of the best bid and ask, leaning to the side with less size.",
        source="Gatheral-Oomen 2010; Stoikov 2018, eq. 2",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.microprice",
        refits.microprice,
        says="Mid plus what a fitted Markov chain of imbalance and spread expects it to move by.",
        source="Stoikov 2018",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.depth_weighted_mid",
        depths.depth_weighted_mid,
        says="Average prices of both sides' first L levels, weighted by the other side's size.",
        source="VAMP (practice)",
        range=(0.0, INFINITY),
    ),
)

IMPACT = (
    Feature(
        "microstructure.amihud_illiquidity",
        spreads.amihud_illiquidity,
        says="Absolute return per dollar traded, averaged over the bars that traded.",
        source="Amihud 2002",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.kyle_lambda",
        spreads.kyle_lambda,
        says="How far the mid moves per unit of net signed volume, by regression over w bars.",
        source="Kyle 1985; Breen-Hodrick-Korajczyk 2002",
    ),
    Feature(
        "microstructure.hasbrouck_lambda",
        spreads.hasbrouck_lambda,
        says="How far the mid's log moves per unit of signed root dollar volume, by regression over w bars.",
        source="Hasbrouck 2009",
    ),
)

FEATURES = (*SPREADS, *PRICES, *IMPACT)
