"""Spreads, depth, price impact and the rhythm of quotes and trades."""

from penstock.catalog import refits
from penstock.declare import Feature
from penstock.formulas import depths, quotes, sizes, spreads

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

DEPTH = (
    Feature(
        "microstructure.queue_imbalance",
        quotes.queue_imbalance,
        says="Size at the best bid against the best ask, from -1 to 1.",
        source="Gould-Bonart 2016",
        range=(-1.0, 1.0),
    ),
    Feature(
        "microstructure.depth_imbalance",
        depths.depth_imbalance,
        says="Size of the first L bids against asks, from -1 to 1; NaN while a level is missing.",
        source="Cao-Hansch-Wang 2009",
        range=(-1.0, 1.0),
    ),
    Feature(
        "microstructure.distance_weighted_imbalance",
        depths.distance_weighted_imbalance,
        says="Imbalance of the first L levels, deeper ones weighing less.",
        source="Lipton-Pesavento-Sotiropoulos 2013 weighted",
        range=(-1.0, 1.0),
    ),
    Feature(
        "microstructure.depth_within_bps",
        depths.depth_within_bps,
        says="Notional resting within some basis points of the mid on one side, as far as the book is seen.",
        source="Kaiko / practice",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.total_depth",
        depths.total_depth,
        says="Size resting on the first L levels.",
        source="definition",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.order_book_slope",
        depths.order_book_slope,
        says="How fast resting size grows with distance from the mid.",
        source="Naes-Skjeltorp 2006",
    ),
    Feature(
        "microstructure.order_book_entropy",
        depths.order_book_entropy,
        says="How evenly size is spread over the first L levels of both sides, from 0 to 1.",
        source="Shannon 1948",
        range=(0.0, 1.0),
    ),
    Feature(
        "microstructure.cost_of_round_trip",
        depths.cost_of_round_trip,
        says="Cost of buying and selling a notional at once, in basis points; NaN where the book is too thin.",
        source="Irvine-Benston-Kandel 2000; XLM Gomber 2015",
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

RHYTHM = (
    Feature(
        "microstructure.quote_intensity",
        quotes.quote_intensity,
        says="Updates of the best bid and ask per second, with memory that halves every halflife.",
        source="definition",
        range=(0.0, INFINITY),
        version=2,
    ),
    Feature(
        "microstructure.quote_to_trade_ratio",
        quotes.quote_to_trade_ratio,
        says="Updates of the best bid and ask per trade in the last W; NaN without trades.",
        source="Friederich-Payne 2015",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.trade_duration_mean",
        sizes.trade_duration_mean,
        says="Mean time between trades over the last w gaps, in seconds; trades of one time count once.",
        source="Engle-Russell 1998",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.hawkes_intensity",
        refits.hawkes_intensity,
        says="Trades expected per second by a fitted process in which each makes others more likely.",
        source="Hawkes 1971; Bacry-Mastromatteo-Muzy 2015",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.trade_size_mean_log",
        sizes.trade_size_mean_log,
        says="Mean log size of the last w trades.",
        source="definition",
    ),
    Feature(
        "microstructure.trade_size_skewness",
        sizes.trade_size_skewness,
        says="Adjusted skewness of the log size of the last w trades.",
        source="definition",
    ),
    Feature(
        "microstructure.trade_size_tail_index",
        sizes.trade_size_tail_index,
        says="Hill's tail index of the largest sizes of the last w trades.",
        source="Gopikrishnan 2000; Hill 1975",
        range=(0.0, INFINITY),
        version=2,
    ),
    Feature(
        "microstructure.trade_size_entropy",
        sizes.trade_size_entropy,
        says="Entropy of the sizes of the last w trades in powers of two, as a share of the maximum.",
        source="Shannon 1948",
        range=(0.0, 1.0),
    ),
    Feature(
        "microstructure.trade_size_clustering",
        sizes.trade_size_clustering,
        says="How much of the last w trades falls on the commonest sizes, beyond what equal shares would give.",
        source="Alexander-Peterson 2007",
        range=(0.0, 1.0),
    ),
)

FEATURES = (*SPREADS, *PRICES, *DEPTH, *IMPACT, *RHYTHM)
