"""What trades print, and what bars say of liquidity."""

from penstock.declare import Feature
from penstock.formulas.microstructure import bars, prints

INFINITY = float("inf")

PRINTS = (
    Feature(
        "microstructure.trade_duration_dispersion",
        prints.trade_duration_dispersion,
        says="Deviation of the times between trades by their mean; 1 where they come at random.",
        source="Engle-Russell 1998 overdispersion",
        oracle="numpy.std",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.round_size_share",
        prints.round_size_share,
        says="Share of the last w trades whose size is a multiple of a lot.",
        source="Hodrick-Moulton 2009",
        oracle="NumPy",
        range=(0.0, 1.0),
    ),
    Feature(
        "microstructure.odd_lot_share",
        prints.odd_lot_share,
        says="Share of the last w trades that are smaller than a lot.",
        source="O'Hara-Yao-Ye 2014",
        oracle="NumPy",
        range=(0.0, 1.0),
    ),
    Feature(
        "microstructure.price_clustering",
        prints.price_clustering,
        says="How unevenly the last digits of the last w prices are spread.",
        source="Harris 1991; Niederhoffer 1966",
        oracle="scipy.stats.chisquare",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.hidden_liquidity_ratio",
        prints.hidden_liquidity_ratio,
        says="Volume beyond what the touch showed by all volume of the last W: an inference.",
        source="Bessembinder-Panayides-Venkataraman 2009",
        oracle="brute force over trades and quotes",
        range=(0.0, 1.0),
    ),
    Feature(
        "microstructure.bid_ask_bounce_share",
        prints.bid_ask_bounce_share,
        says="Share of the last w changes of the trade price that went against the one before.",
        source="Blume-Stambaugh 1983",
        oracle="NumPy",
        range=(0.0, 1.0),
    ),
)

BARS = (
    Feature(
        "microstructure.zero_return_share",
        bars.zero_return_share,
        says="Share of the last w bars whose close is that of the bar before.",
        source="Lesmond-Ogden-Trzcinka 1999 (Zeros)",
        oracle="NumPy",
        range=(0.0, 1.0),
    ),
    Feature(
        "microstructure.amivest_liquidity",
        bars.amivest_liquidity,
        says="Value traded per unit of absolute return over w bars.",
        source="Cooper-Groth-Avera 1985",
        oracle="NumPy",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.liquidity_ratio_variance",
        bars.liquidity_ratio_variance,
        says="Variance of returns over q bars against q times that over one, less 1.",
        source="Hasbrouck-Schwartz 1988 market efficiency coefficient",
        oracle="arch.unitroot.VarianceRatio",
    ),
    Feature(
        "microstructure.turnover_liquidity_lix",
        bars.turnover_liquidity_lix,
        says="Log of the value that a bar traded per unit that its price ranged.",
        source="Danyliv-Bland-Nicholass 2014 LIX",
        oracle="numpy.log10",
    ),
    Feature(
        "microstructure.hui_heubel_ratio",
        bars.hui_heubel_ratio,
        says="Range of the price over w bars by the share of all units that was traded in them.",
        source="Hui-Heubel 1984",
        oracle="NumPy",
        range=(0.0, INFINITY),
    ),
)

FEATURES = (*PRINTS, *BARS)
