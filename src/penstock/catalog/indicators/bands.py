"""Bands and channels, and how far prices range."""

from penstock.declare import Feature
from penstock.formulas import ranges
from penstock.formulas.indicators import bands

INFINITY = float("inf")

FEATURES = (
    Feature(
        "indicators.bollinger_percent_b",
        bands.bollinger_percent_b,
        says="Where the close is between Bollinger's bands, 0 on the lower and 1 on the upper.",
        source="Bollinger 1983",
        oracle="talib.BBANDS",
    ),
    Feature(
        "indicators.bollinger_bandwidth",
        bands.bollinger_bandwidth,
        says="Width of Bollinger's bands as a share of the middle one.",
        source="Bollinger 1983",
        oracle="talib.BBANDS",
        range=(0.0, INFINITY),
    ),
    Feature(
        "indicators.keltner_position",
        bands.keltner_position,
        says="Where the close is in a Keltner channel, 1 and -1 at its edges.",
        source="Keltner 1960",
        oracle="talib.KC",
    ),
    Feature(
        "indicators.keltner_width",
        bands.keltner_width,
        says="Width of a Keltner channel as a share of its middle.",
        source="Keltner 1960",
        oracle="talib.KC",
        range=(0.0, INFINITY),
    ),
    Feature(
        "indicators.donchian_width",
        bands.donchian_width,
        says="Range of the last bars as a share of the close.",
        source="Donchian 1960",
        oracle="talib.DONCHIAN",
        range=(0.0, INFINITY),
    ),
    Feature(
        "indicators.acceleration_bands_position",
        bands.acceleration_bands_position,
        says="Where the close is between Headley's acceleration bands, 0 on the lower and 1 on the upper.",
        source="Headley 2002",
        oracle="talib.ACCBANDS",
    ),
    Feature(
        "indicators.atr",
        ranges.average_true_range,
        says="Wilder's average of the true range.",
        source="Wilder 1978",
        oracle="talib.ATR",
        range=(0.0, INFINITY),
    ),
    Feature(
        "indicators.natr",
        bands.natr,
        says="Average true range in percent of the close.",
        source="Forman 2006",
        oracle="talib.NATR",
        range=(0.0, INFINITY),
    ),
    Feature(
        "indicators.chaikin_volatility",
        bands.chaikin_volatility,
        says="Change of the average range of bars over some bars, in percent.",
        source="Chaikin",
        oracle="talib.CVI",
    ),
    Feature(
        "indicators.ulcer_index",
        bands.ulcer_index,
        says="Root mean square of falls from the highest close, in percent.",
        source="Martin-McCann 1989",
        oracle="NumPy windows",
        range=(0.0, 100.0),
    ),
    Feature(
        "indicators.average_deviation",
        bands.average_deviation,
        says="Mean distance of the last closes to their mean.",
        source="TA-Lib",
        oracle="talib.AVGDEV",
        range=(0.0, INFINITY),
    ),
    Feature(
        "indicators.average_day_range",
        bands.average_day_range,
        says="Mean range of the last finished sessions.",
        source="definition",
        oracle="talib.ADR",
        range=(0.0, INFINITY),
    ),
)
