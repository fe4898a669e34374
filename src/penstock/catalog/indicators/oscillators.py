"""What a bar is against the bars before."""

from penstock.declare import Feature
from penstock.formulas.indicators import oscillators

FEATURES = (
    Feature(
        "indicators.cci",
        oscillators.cci,
        says="The typical price against its average, in mean deviations of 0.015.",
        source="Lambert 1980",
        oracle="talib.CCI",
    ),
    Feature(
        "indicators.awesome_oscillator",
        oscillators.awesome_oscillator,
        says="Quick average of the bars' middles less the slow one.",
        source="Williams 1998",
        oracle="talib.AO",
    ),
    Feature(
        "indicators.accelerator_oscillator",
        oscillators.accelerator_oscillator,
        says="The awesome oscillator less its average.",
        source="Williams 1998",
        oracle="talib.AC",
    ),
    Feature(
        "indicators.ultimate_oscillator",
        oscillators.ultimate_oscillator,
        says="Buying pressure as a share of true ranges over three spans, from 0 to 100.",
        source="Williams 1985",
        oracle="talib.ULTOSC",
        range=(0.0, 100.0),
    ),
    Feature(
        "indicators.relative_vigor_index",
        oscillators.relative_vigor_index,
        says="Smoothed bodies of the last bars against their smoothed ranges.",
        source="Ehlers 2002",
        oracle="brute force",
    ),
    Feature(
        "indicators.elder_bull_power",
        oscillators.elder_bull_power,
        says="The high less the exponential average of the close.",
        source="Elder 1989",
        oracle="talib.ERI",
    ),
    Feature(
        "indicators.elder_bear_power",
        oscillators.elder_bear_power,
        says="The low less the exponential average of the close.",
        source="Elder 1989",
        oracle="talib.ERI",
    ),
    Feature(
        "indicators.balance_of_power",
        oscillators.balance_of_power,
        says="The body of the bar as a share of its range, from -1 to 1.",
        source="Livshin 2001",
        oracle="talib.BOP",
        range=(-1.0, 1.0),
    ),
    Feature(
        "indicators.pretty_good_oscillator",
        oscillators.pretty_good_oscillator,
        says="Distance of the close to its average, in averaged true ranges.",
        source="Johnson",
        oracle="brute force",
    ),
    Feature(
        "indicators.ease_squeeze_on",
        oscillators.ease_squeeze_on,
        says="1 while Bollinger's bands lie inside Keltner's channel.",
        source="Carter 2005",
        oracle="brute force",
        range=(0.0, 1.0),
    ),
    Feature(
        "indicators.squeeze_momentum",
        oscillators.squeeze_momentum,
        says="Where the line through the distances of the close to the middle of its channel ends.",
        source="Carter 2005",
        oracle="talib.LINEARREG",
    ),
)
