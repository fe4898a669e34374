"""Technical indicators of bars: averages, lines, channels, trends."""

from penstock.catalog.indicators import averages, momentum
from penstock.declare import Feature

FEATURES: tuple[Feature, ...] = (*averages.FEATURES, *momentum.FEATURES)
