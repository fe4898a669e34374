"""How quotes move, and how fast depth and spread recover."""

from penstock.declare import Feature
from penstock.formulas.microstructure import quote_moves, resilience

INFINITY = float("inf")

FEATURES = (
    Feature(
        "microstructure.log_quoted_spread",
        quote_moves.log_quoted_spread,
        says="Log of the best ask by the best bid; NaN while the book is crossed.",
        source="Hamao-Hasbrouck 1995",
        oracle="numpy.log",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.spread_in_ticks",
        quote_moves.spread_in_ticks,
        says="Best ask less best bid in steps of the price.",
        source="definition (large-tick regime)",
        oracle="NumPy",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.mid_change_rate",
        quote_moves.mid_change_rate,
        says="Changes of the mid per second over the last W.",
        source="definition",
        oracle="NumPy",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.quote_flicker_rate",
        quote_moves.quote_flicker_rate,
        says="Changes of a best price per second that its next change soon took back.",
        source="Hasbrouck-Saar 2009; Baruch-Glosten 2013",
        oracle="brute force over quotes",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.quote_age",
        quote_moves.quote_age,
        says="Seconds since the best bid or ask price changed last.",
        source="definition",
        oracle="NumPy",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.quote_volatility",
        quote_moves.quote_volatility,
        says="Deviation of the mid over the last W, weighted by time, by its mean.",
        source="Hasbrouck 2018",
        oracle="numpy.average",
        range=(0.0, INFINITY),
        version=2,
    ),
    Feature(
        "microstructure.crossed_locked_share",
        quote_moves.crossed_locked_share,
        says="Share of the last W for which the best bid was at or above the best ask.",
        source="Shkilko-VanNess-VanNess 2008",
        oracle="brute force over quotes",
        range=(0.0, 1.0),
    ),
    Feature(
        "microstructure.depth_resilience",
        resilience.depth_resilience,
        says="Mean time that the size at the touch takes to recover after a trade that depleted it.",
        source="Large 2007; Foucault-Kadan-Kandel 2005",
        oracle="brute force over trades and quotes",
    ),
    Feature(
        "microstructure.spread_mean_reversion_speed",
        quote_moves.spread_mean_reversion_speed,
        says="How fast the spread returns to its mean, per second.",
        source="OU discretisation",
        oracle="statsmodels.tsa.ar_model.AutoReg",
    ),
    Feature(
        "microstructure.quote_slope",
        quote_moves.quote_slope,
        says="Spread by the log sizes at the touch.",
        source="Hasbrouck-Seppi 2001",
        oracle="NumPy",
    ),
    Feature(
        "microstructure.market_depth_hasbrouck_seppi",
        quote_moves.market_depth_hasbrouck_seppi,
        says="Log sizes at the touch.",
        source="Hasbrouck-Seppi 2001",
        oracle="numpy.log",
    ),
)
