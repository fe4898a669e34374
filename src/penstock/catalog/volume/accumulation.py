"""Volume that is added up with the sign or the size of a bar's move."""

from penstock.declare import Feature
from penstock.formulas import volumes
from penstock.formulas.volume import accumulation

INFINITY = float("inf")

FEATURES = (
    Feature(
        "volume.on_balance_volume",
        volumes.on_balance_volume,
        says="Running volume, added when the close rises and taken away when it falls; seeded with the first volume.",
        source="Granville 1963",
        oracle="talib.OBV",
    ),
    Feature(
        "volume.accumulation_distribution",
        volumes.accumulation_distribution,
        says="Running volume weighted by where each bar closed in its range.",
        source="Chaikin",
        oracle="talib.AD",
    ),
    Feature(
        "volume.chaikin_oscillator",
        accumulation.chaikin_oscillator,
        says="Fast less slow average of the accumulation/distribution line.",
        source="Chaikin",
        oracle="talib.ADOSC",
    ),
    Feature(
        "volume.chaikin_money_flow",
        volumes.chaikin_money_flow,
        says="Volume weighted by where bars closed in their range, per volume, over w bars.",
        source="Chaikin",
        oracle="talib.CMF",
        range=(-1.0, 1.0),
    ),
    Feature(
        "volume.money_flow_index",
        volumes.money_flow_index,
        says="Share of the money flow of w bars that came with a rising typical price, from 0 to 100.",
        source="Quong-Soudack 1989",
        oracle="talib.MFI",
        range=(0.0, 100.0),
    ),
    Feature(
        "volume.ease_of_movement",
        accumulation.ease_of_movement,
        says="How far the middle of a bar moved per volume and range, averaged over w bars.",
        source="Arms 1983",
        oracle="pandas rolling mean of the bars with volume",
    ),
    Feature(
        "volume.force_index",
        volumes.force_index,
        says="Change of the close times volume, smoothed exponentially over w bars.",
        source="Elder 1993",
        oracle="talib.EMA",
    ),
    Feature(
        "volume.price_volume_trend",
        accumulation.price_volume_trend,
        says="Running volume times the simple return.",
        source="Landsberg",
        oracle="talib.PVT",
    ),
    Feature(
        "volume.negative_volume_index",
        accumulation.negative_volume_index,
        says="An index that moves with the close at bars of less volume than the one before.",
        source="Dysart 1936; Fosback 1976",
        oracle="talib.NVI",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.positive_volume_index",
        accumulation.positive_volume_index,
        says="An index that moves with the close at bars of more volume than the one before.",
        source="Fosback 1976",
        oracle="talib.PVI",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volume.klinger_volume_oscillator",
        accumulation.klinger_volume_oscillator,
        says="Fast less slow average of volume with the sign of the trend, weighted by range.",
        source="Klinger 1997",
        oracle="brute force, talib.EMA",
    ),
    Feature(
        "volume.volume_flow_indicator",
        accumulation.volume_flow_indicator,
        says="Volume of w bars with the sign of moves that are big enough, in average volumes.",
        source="Katsanos 2004",
        oracle="pandas rolling",
    ),
    Feature(
        "volume.twiggs_money_flow",
        accumulation.twiggs_money_flow,
        says="Volume weighted by where bars closed in their true range, per volume, in Wilder's average.",
        source="Twiggs",
        oracle="brute force",
        range=(-1.0, 1.0),
    ),
    Feature(
        "volume.williams_accumulation_distribution",
        accumulation.williams_accumulation_distribution,
        says="Running distance of the close from the true low of rising bars and the true high of falling ones.",
        source="Williams 1972",
        oracle="talib.WAD",
    ),
    Feature(
        "volume.market_facilitation_index",
        accumulation.market_facilitation_index,
        says="Range of a bar per volume; NaN without volume.",
        source="Williams 1995",
        oracle="talib.MARKETFI",
        range=(0.0, INFINITY),
    ),
)
