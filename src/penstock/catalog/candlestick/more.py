"""Patterns of four and five candles, and false breaks that a later candle confirms."""

from penstock.declare import Feature
from penstock.formulas.candles import more

FEATURES = (
    Feature(
        "candlestick.cdl_three_line_strike",
        more.three_line_strike,
        says="Three advancing candles of one colour, and one of the other that takes all of it back.",
        source="TA-Lib",
        oracle="talib.CDL3LINESTRIKE",
        range=(-100.0, 100.0),
    ),
    Feature(
        "candlestick.cdl_conceal_baby_swallow",
        more.conceal_baby_swallow,
        says="Two black marubozu, a black candle below with an upper shadow into their range, and one around it.",
        source="TA-Lib",
        oracle="talib.CDLCONCEALBABYSWALL",
        range=(0.0, 100.0),
    ),
    Feature(
        "candlestick.cdl_breakaway",
        more.breakaway,
        says="Long candle, a gap, two that go on, and one of the other colour that closes in the gap.",
        source="TA-Lib",
        oracle="talib.CDLBREAKAWAY",
        range=(-100.0, 100.0),
    ),
    Feature(
        "candlestick.cdl_ladder_bottom",
        more.ladder_bottom,
        says="Three falling black candles, a black one with an upper shadow, and a white one that closes above it.",
        source="TA-Lib",
        oracle="talib.CDLLADDERBOTTOM",
        range=(0.0, 100.0),
    ),
    Feature(
        "candlestick.cdl_rise_fall_three_methods",
        more.rise_fall_three_methods,
        says="Long candle, three short ones against it within its range, and a long one that goes on.",
        source="TA-Lib",
        oracle="talib.CDLRISEFALL3METHODS",
        range=(-100.0, 100.0),
    ),
    Feature(
        "candlestick.cdl_hikkake",
        more.hikkake,
        says="Inside candle and a false break out of it; 200 where one of the next three confirms it.",
        source="Chesler 2003; TA-Lib",
        oracle="talib.CDLHIKKAKE",
        range=(-200.0, 200.0),
    ),
    Feature(
        "candlestick.cdl_hikkake_modified",
        more.hikkake_modified,
        says="Hikkake after an inside candle that closed near its end; 200 where it is confirmed.",
        source="TA-Lib",
        oracle="talib.CDLHIKKAKEMOD",
        range=(-200.0, 200.0),
    ),
)
