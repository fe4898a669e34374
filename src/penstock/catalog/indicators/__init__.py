"""Technical indicators of bars: averages, lines, channels, trends."""

from penstock.catalog.indicators import averages, lines, momentum
from penstock.declare import Feature

FEATURES: tuple[Feature, ...] = (*averages.FEATURES, *lines.FEATURES, *momentum.FEATURES)
