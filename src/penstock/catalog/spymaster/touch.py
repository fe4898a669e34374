"""Which level was touched, and where the price stood."""

from penstock.declare import Feature
from penstock.formulas.levels import touch_itself

INFINITY = float("inf")

FEATURES = (
    Feature(
        "spymaster.level_price",
        touch_itself.level_price,
        says="The price of the level that was touched.",
        source="spymaster level",
        oracle="closed form",
        range=(0.0, INFINITY),
    ),
    Feature(
        "spymaster.level_kind",
        touch_itself.level_kind,
        says="The kind of the level that was touched.",
        source="spymaster level",
        oracle="closed form",
        range=(0.0, 13.0),
    ),
    Feature(
        "spymaster.direction",
        touch_itself.direction,
        says="1 where the price came from below, -1 where it came from above.",
        source="spymaster level (approach side)",
        oracle="brute force",
        range=(-1.0, 1.0),
    ),
    Feature(
        "spymaster.distance",
        touch_itself.distance,
        says="Distance of the price and the level.",
        source="spymaster level",
        oracle="closed form",
        range=(0.0, 0.3),
    ),
    Feature(
        "spymaster.spot",
        touch_itself.spot,
        says="The price of the underlying, from the last trade of the future.",
        source="spymaster context",
        oracle="closed form",
        range=(0.0, INFINITY),
    ),
    Feature(
        "spymaster.is_first_15m",
        touch_itself.is_first_15m,
        says="Whether the touch fell in the first quarter of an hour.",
        source="spymaster context",
        oracle="closed form",
        range=(0.0, 1.0),
    ),
    Feature(
        "spymaster.is_opening_range",
        touch_itself.is_opening_range,
        says="Whether the touch fell in the opening range.",
        source="spymaster context",
        oracle="closed form",
        range=(0.0, 1.0),
    ),
    Feature(
        "spymaster.dist_to_sma_200",
        touch_itself.dist_to_sma_200,
        says="The price less the mean of 200 closes of two minutes.",
        source="spymaster context",
        oracle="closed form",
    ),
    Feature(
        "spymaster.dist_to_sma_400",
        touch_itself.dist_to_sma_400,
        says="The price less the mean of 400 closes of two minutes.",
        source="spymaster context",
        oracle="closed form",
    ),
    Feature(
        "spymaster.dist_to_vwap",
        touch_itself.dist_to_vwap,
        says="The price less the session's volume-weighted mean price.",
        source="spymaster context",
        oracle="closed form",
    ),
    Feature(
        "spymaster.session_position",
        touch_itself.session_position,
        says="Place of the price in the session's range so far.",
        source="spymaster context table (omitted in its schema)",
        oracle="closed form",
        range=(0.0, 1.0),
    ),
)
