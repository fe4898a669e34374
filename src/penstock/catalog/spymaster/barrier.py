"""What the book did near a touched level."""

from penstock.declare import Feature
from penstock.formulas.levels import touch_barrier

INFINITY = float("inf")

FEATURES = (
    Feature(
        "spymaster.barrier_state",
        touch_barrier.barrier_state,
        says="What the side of the book that defends the level does.",
        source="spymaster barrier; spymaster PLAN 5.1",
        oracle="brute force",
        range=(0.0, 5.0),
        version=3,
    ),
    Feature(
        "spymaster.barrier_delta_liq",
        touch_barrier.barrier_delta_liq,
        says="Size added less cancelled less filled near the level.",
        source="spymaster barrier",
        oracle="brute force",
        version=3,
    ),
    Feature(
        "spymaster.barrier_replenishment_ratio",
        touch_barrier.barrier_replenishment_ratio,
        says="Size added against size cancelled and filled near the level.",
        source="spymaster barrier",
        oracle="brute force",
        range=(0.0, 10.0),
        version=3,
    ),
    Feature(
        "spymaster.barrier_added",
        touch_barrier.barrier_added,
        says="Size added near the level.",
        source="spymaster barrier; PLAN 5.1.1 with conservation",
        oracle="brute force",
        range=(0.0, INFINITY),
        version=3,
    ),
    Feature(
        "spymaster.barrier_canceled",
        touch_barrier.barrier_canceled,
        says="Size cancelled near the level.",
        source="spymaster barrier",
        oracle="brute force",
        range=(0.0, INFINITY),
        version=3,
    ),
    Feature(
        "spymaster.barrier_filled",
        touch_barrier.barrier_filled,
        says="Size executed near the level, by aggressors against its side.",
        source="spymaster barrier",
        oracle="brute force",
        range=(0.0, INFINITY),
        version=3,
    ),
    Feature(
        "spymaster.wall_ratio",
        touch_barrier.wall_ratio,
        says="Size displayed in the zone against the usual size at as many prices.",
        source="spymaster barrier",
        oracle="brute force",
        range=(0.0, INFINITY),
        version=3,
    ),
    Feature(
        "spymaster.depth_in_zone",
        touch_barrier.depth_in_zone,
        says="Size displayed near the level.",
        source="spymaster barrier",
        oracle="brute force",
        range=(0.0, INFINITY),
        version=3,
    ),
    Feature(
        "spymaster.churn",
        touch_barrier.churn,
        says="Size added, cancelled and filled near the level.",
        source="spymaster barrier",
        oracle="closed form",
        range=(0.0, INFINITY),
        version=3,
    ),
)
