"""Distances to levels: extremes, round numbers, pivots, openings."""

from penstock.declare import Feature
from penstock.formulas import ranges, volumes
from penstock.formulas.price import openings, pivots

INFINITY = float("inf")

FEATURES = (
    Feature(
        "price.distance_to_high",
        ranges.distance_to_high,
        says="Close against the highest high of the last w bars.",
        source="George-Hwang 2004 (52-week high)",
        oracle="pandas rolling max",
        range=(-1.0, 0.0),
    ),
    Feature(
        "price.distance_to_low",
        ranges.distance_to_low,
        says="Close against the lowest low of the last w bars.",
        source="George-Hwang 2004 mirror",
        oracle="pandas rolling min",
        range=(0.0, INFINITY),
    ),
    Feature(
        "price.distance_to_round_number",
        ranges.distance_to_round_number,
        says="Signed distance of the mid to the nearest multiple of step, in steps.",
        source="Osler 2003",
        oracle="numpy.round",
        range=(-0.5, 0.5),
    ),
    Feature(
        "price.n_bar_breakout",
        ranges.n_bar_breakout,
        says="1 for a close above all highs of the w bars before, -1 below all their lows, else 0.",
        source="Donchian 1960",
        oracle="pandas rolling max and min",
        range=(-1.0, 1.0),
    ),
    Feature(
        "price.pivot_point_classic",
        pivots.pivot_point_classic,
        says="Close against a pivot of the last completed session, in average true ranges.",
        version=2,
        source="floor-trader pivots",
        oracle="pandas groupby by day, talib.ATR",
    ),
    Feature(
        "price.pivot_point_woodie",
        pivots.pivot_point_woodie,
        says="Close against Woodie's pivot of the last session's range and this one's open, in average true ranges.",
        source="Woodie CCI club",
        oracle="pandas groupby by day, talib.ATR",
    ),
    Feature(
        "price.pivot_point_camarilla",
        pivots.pivot_point_camarilla,
        says="Close against a Camarilla level of the last completed session, in average true ranges.",
        source="Stott 1989",
        oracle="pandas groupby by day, talib.ATR",
    ),
    Feature(
        "price.pivot_point_demark",
        pivots.pivot_point_demark,
        says="Close against DeMark's projection from the last completed session, in average true ranges.",
        source="DeMark 1994",
        oracle="pandas groupby by day, talib.ATR",
    ),
    Feature(
        "price.pivot_point_fibonacci",
        pivots.pivot_point_fibonacci,
        says="Close against a pivot moved by a Fibonacci share of the last session's range, in average true ranges.",
        source="floor-trader pivots",
        oracle="pandas groupby by day, talib.ATR",
    ),
    Feature(
        "price.central_pivot_range_width",
        pivots.central_pivot_range_width,
        says="Width of the central pivot range of the last completed session against its pivot.",
        source="Ochoa 2010",
        oracle="pandas groupby by day",
        range=(0.0, INFINITY),
    ),
    Feature(
        "price.running_session_high_distance",
        openings.running_session_high_distance,
        says="How far the session's highest price before this trade is above it, against its price.",
        source="definition",
        oracle="pandas groupby, cummax",
    ),
    Feature(
        "price.opening_range_position",
        openings.opening_range_position,
        says="Where the close is in the range of the session's first minutes, from 0 at its low to 1 at its high.",
        source="Crabel 1990",
        oracle="pandas groupby by day",
    ),
    Feature(
        "price.anchored_vwap_distance",
        volumes.anchored_vwap_distance,
        says="Trade price against the volume-weighted average of all trades since the anchor.",
        source="Berkowitz-Logue-Noser 1988",
        oracle="pandas groupby, cumsum",
        range=(-1.0, INFINITY),
    ),
)
