"""The shape of the book."""

from penstock.declare import Feature
from penstock.formulas.microstructure import book_shape

INFINITY = float("inf")

FEATURES = (
    Feature(
        "microstructure.order_book_convexity",
        book_shape.order_book_convexity,
        says="How cumulative depth bends with distance in ticks, asks less bids.",
        source="practice (Malo-Pennanen 2012 shape)",
        oracle="numpy.polyfit",
    ),
    Feature(
        "microstructure.order_book_center_of_mass",
        book_shape.order_book_center_of_mass,
        says="Distance of the average price of all that rests from the mid, in spreads.",
        source="definition",
        oracle="numpy.average",
    ),
    Feature(
        "microstructure.depth_concentration_hhi",
        book_shape.depth_concentration_hhi,
        says="How much of the size lies on few of the first L levels of both sides.",
        source="Herfindahl 1950",
        oracle="NumPy",
        range=(0.0, 1.0),
    ),
    Feature(
        "microstructure.book_gap_average",
        book_shape.book_gap_average,
        says="Mean distance between successive levels of both sides, in ticks.",
        source="Farmer-Gillemot-Lillo-Mike-Sen 2004",
        oracle="numpy.diff",
        range=(1.0, INFINITY),
    ),
    Feature(
        "microstructure.first_gap_size",
        book_shape.first_gap_size,
        says="Distance of the second level of a side from its best, in ticks.",
        source="Farmer et al 2004",
        oracle="NumPy",
        range=(1.0, INFINITY),
    ),
)
