"""How much traded, and how volume goes with price."""

from penstock.declare import Feature
from penstock.formulas import bar_flow, volumes

INFINITY = float("inf")

FEATURES = (
    Feature(
        "volume.volume",
        volumes.volume,
        says="Size traded in a bar.",
        source="definition",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.dollar_volume",
        bar_flow.dollar_volume,
        says="Value traded in a bar, summed trade by trade.",
        source="definition",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.trade_count",
        bar_flow.trade_count,
        says="Number of trades in a bar.",
        source="definition",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.average_trade_size",
        bar_flow.average_trade_size,
        says="Volume per trade of a bar; NaN without trades.",
        source="definition",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.vwap",
        bar_flow.vwap,
        says="Average price of a bar's trades weighted by size; NaN without trades.",
        source="Berkowitz-Logue-Noser 1988",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.twap",
        volumes.twap,
        says="Trade price averaged over time, each price weighing as long as it was the last.",
        source="definition",
        range=(0.0, INFINITY),
        version=2,
    ),
    Feature(
        "volume.relative_volume",
        volumes.relative_volume,
        says="Volume of a bar against the mean of the w bars before it.",
        source="RVOL",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.volume_zscore",
        volumes.volume_zscore,
        says="Log volume in standard deviations from its mean over the last w bars.",
        source="definition",
    ),
    Feature(
        "volume.on_balance_volume",
        volumes.on_balance_volume,
        says="Running volume, added when the close rises and taken away when it falls; seeded with the first volume.",
        source="Granville 1963",
    ),
    Feature(
        "volume.accumulation_distribution",
        volumes.accumulation_distribution,
        says="Running volume weighted by where each bar closed in its range.",
        source="Chaikin",
    ),
    Feature(
        "volume.chaikin_money_flow",
        volumes.chaikin_money_flow,
        says="Volume weighted by where bars closed in their range, per volume, over w bars.",
        source="Chaikin",
        range=(-1.0, 1.0),
    ),
    Feature(
        "volume.money_flow_index",
        volumes.money_flow_index,
        says="Share of the money flow of w bars that came with a rising typical price, from 0 to 100.",
        source="Quong-Soudack 1989",
        range=(0.0, 100.0),
    ),
    Feature(
        "volume.force_index",
        volumes.force_index,
        says="Change of the close times volume, smoothed exponentially over w bars.",
        source="Elder 1993",
    ),
    Feature(
        "volume.volume_clustering_fano",
        volumes.volume_clustering_fano,
        says="Variance against mean of the volume in n consecutive slots of time: how bursty trading is.",
        source="Fano 1947 (volume clustering)",
        range=(0.0, INFINITY),
    ),
)
