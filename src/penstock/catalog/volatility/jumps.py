"""Single jumps, how often they come and how large they are."""

from penstock.declare import Feature
from penstock.formulas.volatility import jumps

INFINITY = float("inf")

FEATURES = (
    Feature(
        "volatility.lee_mykland_statistic",
        jumps.lee_mykland_statistic,
        says="A return by the volatility of the bars before it, which jumps do not enter.",
        source="Lee-Mykland 2008",
        oracle="brute force",
    ),
    Feature(
        "volatility.jump_flag_lee_mykland",
        jumps.jump_flag_lee_mykland,
        says="1 for a jump up, -1 for one down, else 0.",
        source="Lee-Mykland 2008",
        oracle="brute force",
        range=(-1.0, 1.0),
    ),
    Feature(
        "volatility.jump_intensity",
        jumps.jump_intensity,
        says="Jumps a day among the last w bars.",
        source="Lee-Mykland 2008",
        oracle="brute force",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.average_jump_size",
        jumps.average_jump_size,
        says="Mean size of the jumps among the last w bars.",
        source="Lee-Mykland 2008",
        oracle="brute force",
        range=(0.0, INFINITY),
    ),
)
