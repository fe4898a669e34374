"""The quoted spread over time, and spreads that are estimated from prices."""

from penstock.declare import Feature
from penstock.formulas.microstructure import estimated_spreads

INFINITY = float("inf")

FEATURES = (
    Feature(
        "microstructure.time_weighted_spread",
        estimated_spreads.time_weighted_spread,
        says="Spread against the mid over the last W, each counting as long as it stood, in basis points.",
        source="SEC Rule 605 style",
        oracle="numpy.average",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.edge_spread",
        estimated_spreads.edge_spread,
        says="Spread by the moments of open, high, low and close that estimate it best.",
        source="Ardia-Guidotti-Kroencke 2024",
        oracle="bidask.edge",
    ),
    Feature(
        "microstructure.effective_tick",
        estimated_spreads.effective_tick,
        says="Spread by how trade prices cluster on coarser grids, as a share of the price.",
        source="Holden 2009; Goyenko-Holden-Trzcinka 2009",
        oracle="brute force over trades",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.fht_spread",
        estimated_spreads.fht_spread,
        says="Spread that would leave as many returns at 0 as there were.",
        source="Fong-Holden-Trzcinka 2017",
        oracle="scipy.stats.norm",
        range=(0.0, INFINITY),
    ),
)
