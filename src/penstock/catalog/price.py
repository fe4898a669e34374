"""What a price did: returns, ranges, distances to levels."""

from penstock.declare import Feature
from penstock.formulas import ranges, returns, volumes

INFINITY = float("inf")

FEATURES = (
    Feature(
        "price.simple_return",
        returns.simple_return,
        says="Simple return of the close over k bars; NaN unless both prices are positive.",
        source="definition",
        range=(-1.0, INFINITY),
    ),
    Feature(
        "price.log_return",
        returns.log_return,
        says="Log return of the close over k bars; NaN unless both prices are positive.",
        source="definition",
    ),
    Feature(
        "price.overnight_return",
        returns.overnight_return,
        says="Log return from the previous session's close to this session's open; days begin at 00:00 UTC.",
        source="Lou-Polk-Skouras 2019",
    ),
    Feature(
        "price.intraday_return",
        returns.intraday_return,
        says="Log return since the session's open.",
        source="Lou-Polk-Skouras 2019",
    ),
    Feature(
        "price.open_gap",
        returns.open_gap,
        says="Open of a bar against the close of the one before.",
        source="definition",
        range=(-1.0, INFINITY),
    ),
    Feature(
        "price.cumulative_return",
        returns.cumulative_return,
        says="Compounded simple return since the session began or another anchor.",
        source="definition",
        range=(-1.0, INFINITY),
    ),
    Feature(
        "price.typical_price",
        ranges.typical_price,
        says="Mean of high, low and close.",
        source="TA-Lib",
        range=(0.0, INFINITY),
    ),
    Feature(
        "price.true_range",
        ranges.true_range,
        says="Range of a bar including the gap from the previous close.",
        version=2,
        source="Wilder 1978",
        range=(0.0, INFINITY),
    ),
    Feature(
        "price.close_location_value",
        ranges.close_location_value,
        says="Where in its range a bar closed, from -1 at the low to 1 at the high.",
        source="Chaikin",
        range=(-1.0, 1.0),
    ),
    Feature(
        "price.distance_to_high",
        ranges.distance_to_high,
        says="Close against the highest high of the last w bars.",
        source="George-Hwang 2004 (52-week high)",
        range=(-1.0, 0.0),
    ),
    Feature(
        "price.distance_to_low",
        ranges.distance_to_low,
        says="Close against the lowest low of the last w bars.",
        source="George-Hwang 2004 mirror",
        range=(0.0, INFINITY),
    ),
    Feature(
        "price.distance_to_round_number",
        ranges.distance_to_round_number,
        says="Signed distance of the mid to the nearest multiple of step, in steps.",
        source="Osler 2003",
        range=(-0.5, 0.5),
    ),
    Feature(
        "price.n_bar_breakout",
        ranges.n_bar_breakout,
        says="1 for a close above all highs of the w bars before, -1 below all their lows, else 0.",
        source="Donchian 1960",
        range=(-1.0, 1.0),
    ),
    Feature(
        "price.pivot_point_classic",
        ranges.pivot_point_classic,
        says="Close against a pivot of the last completed session, in average true ranges.",
        version=2,
        source="floor-trader pivots",
    ),
    Feature(
        "price.anchored_vwap_distance",
        volumes.anchored_vwap_distance,
        says="Trade price against the volume-weighted average of all trades since the anchor.",
        source="Berkowitz-Logue-Noser 1988",
        range=(-1.0, INFINITY),
    ),
)
