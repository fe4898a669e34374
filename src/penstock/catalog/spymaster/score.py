"""How likely a touched level was to break, and what lies beyond."""

from penstock.declare import Feature
from penstock.formulas.levels import touch_judged

INFINITY = float("inf")

FEATURES = (
    Feature(
        "spymaster.liquidity_score",
        touch_judged.liquidity_score,
        says="Points of the barrier's state: how weak the level's defence is.",
        source="spymaster score S_L; PLAN 5.4.1",
        oracle="closed form",
        range=(0.0, 100.0),
    ),
    Feature(
        "spymaster.hedge_score",
        touch_judged.hedge_score,
        says="Points of what hedging does to a move.",
        source="spymaster score S_H; PLAN 5.4.1",
        oracle="closed form",
        range=(0.0, 100.0),
    ),
    Feature(
        "spymaster.tape_score",
        touch_judged.tape_score,
        says="Points of the tape: how fast and how one-sided it runs into the level.",
        source="spymaster score S_T; PLAN 5.4.1 (mode plan_v1: 0-50)",
        oracle="closed form",
        range=(0.0, 100.0),
    ),
    Feature(
        "spymaster.break_score_raw",
        touch_judged.break_score_raw,
        says="How likely the level is to break, from 0 to 100.",
        source="spymaster score; PLAN 5.4.2",
        oracle="closed form",
        range=(0.0, 100.0),
    ),
    Feature(
        "spymaster.break_score_smooth",
        touch_judged.break_score_smooth,
        says="The score smoothed while the price is near the level.",
        source="spymaster score; PLAN 5.6",
        oracle="pandas.Series.ewm (irregular brute force)",
        range=(0.0, 100.0),
    ),
    Feature(
        "spymaster.signal",
        touch_judged.signal,
        says="What the smooth score says, with hold and release.",
        source="spymaster score; PLAN 5.4.3",
        oracle="brute force",
        range=(0.0, 3.0),
    ),
    Feature(
        "spymaster.confidence",
        touch_judged.confidence,
        says="How much there was to judge by: 2 much, 1 some, 0 little.",
        source="spymaster score; public code",
        oracle="closed form",
        range=(0.0, 2.0),
    ),
    Feature(
        "spymaster.runway_direction",
        touch_judged.runway_direction,
        says="Where the price is expected to go: 1 up, -1 down.",
        source="spymaster runway; PLAN 5.5",
        oracle="closed form",
        range=(-1.0, 1.0),
    ),
    Feature(
        "spymaster.runway_next_level_price",
        touch_judged.runway_next_level_price,
        says="The next strong level in that direction.",
        source="spymaster runway",
        oracle="brute force",
        range=(0.0, INFINITY),
    ),
    Feature(
        "spymaster.runway_distance",
        touch_judged.runway_distance,
        says="Distance of the level and the next strong one.",
        source="spymaster runway",
        oracle="closed form",
        range=(0.0, INFINITY),
    ),
    Feature(
        "spymaster.runway_quality",
        touch_judged.runway_quality,
        says="1 where the way to the next strong level is obstructed, 0 where it is clear.",
        source="spymaster runway",
        oracle="brute force",
        range=(0.0, 1.0),
    ),
)
