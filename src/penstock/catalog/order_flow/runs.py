"""Runs and sweeps of trades, and one-sided volume."""

from penstock.declare import Feature
from penstock.formulas.order_flow import footprints, sweeps, toxicity

INFINITY = float("inf")
BRUTE = "brute force over trades and quotes"

RUNS = (
    Feature(
        "order_flow.signed_run_volume",
        sweeps.signed_run_volume,
        says="Volume of the current run of trades of one sign, with the sign.",
        source="Lopez de Prado 2018 run bars",
        oracle=BRUTE,
    ),
    Feature(
        "order_flow.tick_imbalance_theta",
        sweeps.tick_imbalance_theta,
        says="How far the signs of trades have gone towards the next tick-imbalance bar, which ends at 1.",
        source="Lopez de Prado 2018 ch.2",
        oracle=BRUTE,
        range=(0.0, INFINITY),
    ),
    Feature(
        "order_flow.sweep_flag",
        sweeps.sweep_flag,
        says="Direction of the sweep through several prices that a trade is part of, or 0.",
        source="Reg NMS ISO practice",
        oracle=BRUTE,
        range=(-1.0, 1.0),
    ),
    Feature(
        "order_flow.sweep_levels",
        sweeps.sweep_levels,
        says="Number of prices that the current sweep has taken so far.",
        source="practice",
        oracle=BRUTE,
        range=(0.0, INFINITY),
    ),
    Feature(
        "order_flow.sweep_notional_rate",
        sweeps.sweep_notional_rate,
        says="Bought less sold value of the sweeps of the last W, by the value of all trades.",
        source="practice",
        oracle=BRUTE,
        range=(-1.0, 1.0),
    ),
    Feature(
        "order_flow.depth_consumption_ratio",
        sweeps.depth_consumption_ratio,
        says="Largest order of the last W against the size at the touch that it met.",
        source="Bouchaud-Farmer-Lillo 2009",
        oracle=BRUTE,
        range=(0.0, INFINITY),
    ),
    Feature(
        "order_flow.propagator_impact",
        sweeps.propagator_impact,
        says="Impact that the last N trades should still have, if it fades as a power of their number.",
        source="Bouchaud-Gefen-Potters-Wyart 2004",
        oracle="numpy.convolve",
    ),
    Feature(
        "order_flow.vpin",
        toxicity.vpin,
        says="How one-sided the last n buckets of equal volume were, from 0 to 1.",
        source="Easley-Lopez de Prado-O'Hara 2012",
        oracle="numpy.interp of cumulative volume",
        range=(0.0, 1.0),
    ),
    Feature(
        "order_flow.stacked_imbalance_count",
        footprints.stacked_imbalance_count,
        says="Longest run of prices of the last bar at which one side outweighs the other, with its sign.",
        source="footprint practice",
        oracle=BRUTE,
    ),
)

FEATURES = RUNS
