"""Volatility from the ranges of bars."""

from penstock.declare import Feature
from penstock.formulas.volatility import ranges

INFINITY = float("inf")

FEATURES = (
    Feature(
        "volatility.parkinson_volatility",
        ranges.parkinson_volatility,
        says="Volatility from the ranges of the last w bars.",
        source="Parkinson 1980",
        oracle="numpy expr",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.garman_klass_volatility",
        ranges.garman_klass_volatility,
        says="Volatility from the ranges and bodies of the last w bars.",
        source="Garman-Klass 1980",
        oracle="numpy expr",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.rogers_satchell_volatility",
        ranges.rogers_satchell_volatility,
        says="Volatility from the last w bars, free of their drift.",
        source="Rogers-Satchell 1991",
        oracle="numpy expr",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.gk_yang_zhang_volatility",
        ranges.gk_yang_zhang_volatility,
        says="Volatility between closes from the last w bars and the gaps before them.",
        source="Yang-Zhang ext. of GK 2000",
        oracle="numpy expr",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.yang_zhang_volatility",
        ranges.yang_zhang_volatility,
        says="Volatility between closes from the last w bars, free of drift, of least variance.",
        source="Yang-Zhang 2000",
        oracle="numpy expr",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.range_volatility_ratio_zero_drift",
        ranges.range_volatility_ratio_zero_drift,
        says="Variance that ranges say by that of returns; above 1, bars turn back.",
        source="Parkinson 1980 efficiency check",
        oracle="numpy expr",
        range=(0.0, INFINITY),
    ),
)
