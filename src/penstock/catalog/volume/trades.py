"""What traded, at what average price, in what rhythm."""

from penstock.declare import Feature
from penstock.formulas import bar_flow, volumes
from penstock.formulas.volume import averages, clocks, statistics

INFINITY = float("inf")

FEATURES = (
    Feature(
        "volume.volume",
        volumes.volume,
        says="Size traded in a bar.",
        source="definition",
        oracle="the bars themselves",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.dollar_volume",
        bar_flow.dollar_volume,
        says="Value traded in a bar, summed trade by trade.",
        source="definition",
        oracle="pandas groupby by row",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.trade_count",
        bar_flow.trade_count,
        says="Number of trades in a bar.",
        source="definition",
        oracle="pandas groupby by row",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.average_trade_size",
        bar_flow.average_trade_size,
        says="Volume per trade of a bar; NaN without trades.",
        source="definition",
        oracle="pandas groupby by row",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.vwap",
        bar_flow.vwap,
        says="Average price of a bar's trades weighted by size; NaN without trades.",
        source="Berkowitz-Logue-Noser 1988",
        oracle="numpy.average",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.twap",
        volumes.twap,
        says="Trade price averaged over time, each price weighing as long as it was the last.",
        source="definition",
        oracle="numpy.average of durations",
        range=(0.0, INFINITY),
        version=2,
    ),
    Feature(
        "volume.volume_weighted_std",
        averages.volume_weighted_std,
        says="Standard deviation of trade prices weighted by size.",
        source="West 1979 (VWAP bands)",
        oracle="numpy.average",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.vwap_band_position",
        averages.vwap_band_position,
        says="Trade price in standard deviations from the volume-weighted average price.",
        source="definition (VWAP bands)",
        oracle="numpy.average",
    ),
    Feature(
        "volume.volume_clustering_fano",
        volumes.volume_clustering_fano,
        says="Variance against mean of the volume in n consecutive slots of time: how bursty trading is.",
        source="Fano 1947 (volume clustering)",
        oracle="numpy.var of slots by brute force",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.volume_burst_flag",
        statistics.volume_burst_flag,
        says="1 while the fast rate of volume is above k times the slow one, else 0.",
        source="definition",
        oracle="brute force",
        range=(0.0, 1.0),
    ),
    Feature(
        "volume.volume_synchronized_return",
        clocks.volume_synchronized_return,
        says="Log return over the last full bucket of volume.",
        source="Easley-Lopez de Prado-O'Hara 2012; Clark 1973",
        oracle="brute force",
    ),
    Feature(
        "volume.dollar_bar_duration",
        clocks.dollar_bar_duration,
        says="Seconds that the last full bucket of traded value took to fill.",
        source="Lopez de Prado 2018, ch. 2",
        oracle="brute force",
        range=(0.0, INFINITY),
    ),
)
