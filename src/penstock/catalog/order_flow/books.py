"""Trades against quotes, and what quotes and books add and lose."""

from penstock.declare import Feature
from penstock.formulas.order_flow import depth_flow, icebergs, quotes

INFINITY = float("inf")
NUMPY = "NumPy"
BRUTE = "brute force over trades and books"

QUOTES = (
    Feature(
        "order_flow.trade_aggression_ratio",
        quotes.trade_aggression_ratio,
        says="Share of the volume of the last W that traded at the touch or beyond.",
        source="definition",
        oracle=NUMPY,
        range=(0.0, 1.0),
    ),
    Feature(
        "order_flow.price_improvement_share",
        quotes.price_improvement_share,
        says="Share of the volume of the last W that traded inside the spread.",
        source="SEC 605",
        oracle=BRUTE,
        range=(0.0, 1.0),
    ),
    Feature(
        "order_flow.trade_through_share",
        quotes.trade_through_share,
        says="Share of the volume of the last W that traded outside the quote before it.",
        source="Reg NMS 611",
        oracle=BRUTE,
        range=(0.0, 1.0),
    ),
    Feature(
        "order_flow.absorption_ratio_flow",
        quotes.absorption_ratio_flow,
        says="Net volume traded in the last W per tick that the mid moved.",
        source="absorption practice",
        oracle=BRUTE,
        range=(0.0, INFINITY),
    ),
    Feature(
        "order_flow.order_flow_imbalance",
        quotes.order_flow_imbalance,
        says="Net size added to the best bid and taken from the best ask in the last W.",
        source="Cont-Kukanov-Stoikov 2014",
        oracle=BRUTE,
    ),
    Feature(
        "order_flow.normalized_ofi",
        quotes.normalized_ofi,
        says="Order flow imbalance of the last W by the mean size at the touch.",
        source="Cont-Kukanov-Stoikov 2014 (depth scaling)",
        oracle=BRUTE,
    ),
    Feature(
        "order_flow.multi_level_ofi",
        quotes.multi_level_ofi,
        says="Order flow imbalance of one level of the book over the last W.",
        source="Xu-Gould-Howison 2018",
        oracle=BRUTE,
    ),
    Feature(
        "order_flow.ofi_price_beta",
        quotes.ofi_price_beta,
        says="Ticks that the mid moves per unit of order flow imbalance, by regression over slots of time.",
        source="Cont-Kukanov-Stoikov 2014",
        oracle="scipy.stats.linregress",
    ),
    Feature(
        "order_flow.book_snapshot_toxicity_seed001",
        quotes.book_snapshot_toxicity_seed001,
        says="Twice the absolute return of the mid between quotes, which one system calls vpin.",
        source="requirement 001, simplified",
        oracle="closed form",
        range=(0.0, INFINITY),
    ),
)

DEPTH = (
    Feature(
        "order_flow.limit_add_rate",
        depth_flow.limit_add_rate,
        says="Size per second added to the first L levels in the last W, as far as books show it.",
        source="Smith-Farmer-Gillemot-Krishnamurthy 2003",
        oracle=BRUTE,
        range=(0.0, INFINITY),
    ),
    Feature(
        "order_flow.cancel_rate",
        depth_flow.cancel_rate,
        says="Size per second that left the first L levels in the last W without having traded.",
        source="Cont-Stoikov-Talreja 2010",
        oracle=BRUTE,
        range=(0.0, INFINITY),
    ),
    Feature(
        "order_flow.cancel_to_trade_ratio",
        depth_flow.cancel_to_trade_ratio,
        says="Size cancelled on the first L levels in the last W by the size traded.",
        source="Hagstromer-Norden 2013",
        oracle=BRUTE,
        range=(0.0, INFINITY),
    ),
    Feature(
        "order_flow.add_cancel_imbalance",
        depth_flow.add_cancel_imbalance,
        says="What was added less cancelled on the bids against the asks in the last W, from -1 to 1.",
        source="definition",
        oracle=BRUTE,
        range=(-1.0, 1.0),
    ),
)

ICEBERGS = (
    Feature(
        "order_flow.iceberg_score",
        icebergs.iceberg_score,
        says="Most that traded at one price in the last W by the most shown there: above 1 it was refilled.",
        source="Frey-Sandas 2017",
        oracle=BRUTE,
        range=(0.0, INFINITY),
        version=3,
    ),
    Feature(
        "order_flow.iceberg_refill_count",
        icebergs.iceberg_refill_count,
        says="How often in the last W the size at a traded price fell and was soon back: an inference.",
        source="Hautsch-Huang 2012; Frey-Sandas 2017",
        oracle=BRUTE,
        range=(0.0, INFINITY),
    ),
)

FEATURES = (*QUOTES, *DEPTH, *ICEBERGS)
