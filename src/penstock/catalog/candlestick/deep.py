"""Patterns that close deep inside the first body."""

from penstock.declare import Feature
from penstock.formulas.candles import deep

FEATURES = (
    Feature(
        "candlestick.cdl_abandoned_baby",
        deep.abandoned_baby,
        says="Long body, a doji with gaps on both sides, and a body back into the first, signed by the last.",
        source="TA-Lib",
        oracle="talib.CDLABANDONEDBABY",
        range=(-100.0, 100.0),
    ),
    Feature(
        "candlestick.cdl_dark_cloud_cover",
        deep.dark_cloud_cover,
        says="Long white candle, and a black one from above its high that closes deep in its body.",
        source="TA-Lib",
        oracle="talib.CDLDARKCLOUDCOVER",
        range=(-100.0, 0.0),
    ),
    Feature(
        "candlestick.cdl_evening_doji_star",
        deep.evening_doji_star,
        says="Long white body, a doji above it, and a black body that closes deep in the first.",
        source="TA-Lib",
        oracle="talib.CDLEVENINGDOJISTAR",
        range=(-100.0, 0.0),
    ),
    Feature(
        "candlestick.cdl_evening_star",
        deep.evening_star,
        says="Long white body, a short one above it, and a black body that closes deep in the first.",
        source="TA-Lib",
        oracle="talib.CDLEVENINGSTAR",
        range=(-100.0, 0.0),
    ),
    Feature(
        "candlestick.cdl_mat_hold",
        deep.mat_hold,
        says="Long white candle, a gap up, three short falling bodies held in it, and a close above all of them.",
        source="TA-Lib",
        oracle="talib.CDLMATHOLD",
        range=(0.0, 100.0),
    ),
    Feature(
        "candlestick.cdl_morning_doji_star",
        deep.morning_doji_star,
        says="Long black body, a doji below it, and a white body that closes deep in the first.",
        source="TA-Lib",
        oracle="talib.CDLMORNINGDOJISTAR",
        range=(0.0, 100.0),
    ),
    Feature(
        "candlestick.cdl_morning_star",
        deep.morning_star,
        says="Long black body, a short one below it, and a white body that closes deep in the first.",
        source="TA-Lib",
        oracle="talib.CDLMORNINGSTAR",
        range=(0.0, 100.0),
    ),
)
