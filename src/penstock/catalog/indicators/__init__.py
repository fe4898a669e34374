"""Technical indicators of bars: averages, lines, channels, trends."""

from penstock.catalog.indicators import averages
from penstock.declare import Feature

FEATURES: tuple[Feature, ...] = (*averages.FEATURES,)
