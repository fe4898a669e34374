"""How much rests in the book, and where."""

from penstock.declare import Feature
from penstock.formulas import depths, quotes

INFINITY = float("inf")

DEPTH = (
    Feature(
        "microstructure.queue_imbalance",
        quotes.queue_imbalance,
        says="Size at the best bid against the best ask, from -1 to 1.",
        source="Gould-Bonart 2016",
        range=(-1.0, 1.0),
    ),
    Feature(
        "microstructure.depth_imbalance",
        depths.depth_imbalance,
        says="Size of the first L bids against asks, from -1 to 1; NaN while a level is missing.",
        source="Cao-Hansch-Wang 2009",
        range=(-1.0, 1.0),
    ),
    Feature(
        "microstructure.distance_weighted_imbalance",
        depths.distance_weighted_imbalance,
        says="Imbalance of the first L levels, deeper ones weighing less.",
        source="Lipton-Pesavento-Sotiropoulos 2013 weighted",
        range=(-1.0, 1.0),
    ),
    Feature(
        "microstructure.depth_within_bps",
        depths.depth_within_bps,
        says="Notional resting within some basis points of the mid on one side, as far as the book is seen.",
        source="Kaiko / practice",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.total_depth",
        depths.total_depth,
        says="Size resting on the first L levels.",
        source="definition",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.order_book_slope",
        depths.order_book_slope,
        says="How fast resting size grows with distance from the mid.",
        source="Naes-Skjeltorp 2006",
    ),
    Feature(
        "microstructure.order_book_entropy",
        depths.order_book_entropy,
        says="How evenly size is spread over the first L levels of both sides, from 0 to 1.",
        source="Shannon 1948",
        range=(0.0, 1.0),
    ),
    Feature(
        "microstructure.cost_of_round_trip",
        depths.cost_of_round_trip,
        says="Cost of buying and selling a notional at once, in basis points; NaN where the book is too thin.",
        source="Irvine-Benston-Kandel 2000; XLM Gomber 2015",
        range=(0.0, INFINITY),
    ),
)

FEATURES = DEPTH
