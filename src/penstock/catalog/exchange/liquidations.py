"""Forced orders: what was liquidated, and where more would be."""

from penstock.declare import Feature
from penstock.formulas.exchange import liquidations

INFINITY = float("inf")

FEATURES = (
    Feature(
        "exchange.long_liquidation_notional",
        liquidations.long_liquidation_notional,
        says="Value of the longs that were liquidated in the last W, a lower bound.",
        source="exchange forceOrder feed",
        oracle="numpy.sum",
        range=(0.0, INFINITY),
    ),
    Feature(
        "exchange.short_liquidation_notional",
        liquidations.short_liquidation_notional,
        says="Value of the shorts that were liquidated in the last W, a lower bound.",
        source="exchange forceOrder feed",
        oracle="numpy.sum",
        range=(0.0, INFINITY),
    ),
    Feature(
        "exchange.liquidation_imbalance",
        liquidations.liquidation_imbalance,
        says="Shorts less longs that were liquidated in the last W, by their sum.",
        source="definition",
        oracle="numpy expr",
        range=(-1.0, 1.0),
    ),
    Feature(
        "exchange.liquidation_intensity",
        liquidations.liquidation_intensity,
        says="Value that is liquidated a second against the value that is traded a day.",
        source="definition",
        oracle="brute force",
        range=(0.0, INFINITY),
    ),
    Feature(
        "exchange.liquidation_cascade_flag",
        liquidations.liquidation_cascade_flag,
        says="1 where shorts and -1 where longs are liquidated at an unusual pace, else 0.",
        source="practice",
        oracle="brute force",
        range=(-1.0, 1.0),
    ),
    Feature(
        "exchange.liquidation_to_volume_share",
        liquidations.liquidation_to_volume_share,
        says="Value that was liquidated in the last W against the value that was traded.",
        source="definition",
        oracle="numpy expr",
        range=(0.0, INFINITY),
    ),
    Feature(
        "exchange.estimated_long_liquidation_price",
        liquidations.estimated_long_liquidation_price,
        says="Where longs opened over the last w bars would be liquidated, a model.",
        source="exchange margin rule",
        oracle="closed form",
        range=(0.0, INFINITY),
    ),
    Feature(
        "exchange.estimated_short_liquidation_price",
        liquidations.estimated_short_liquidation_price,
        says="Where shorts opened over the last w bars would be liquidated, a model.",
        source="exchange margin rule",
        oracle="closed form",
        range=(0.0, INFINITY),
    ),
)
