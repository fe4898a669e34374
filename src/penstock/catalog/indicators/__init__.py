"""Technical indicators of bars: averages, lines, channels, trends."""

from penstock.catalog.indicators import (
    averages,
    lines,
    momentum,
    oscillators,
    stochastics,
    strength,
)
from penstock.declare import Feature

MODULES = (
    averages,
    lines,
    momentum,
    oscillators,
    stochastics,
    strength,
)
FEATURES: tuple[Feature, ...] = tuple(feature for module in MODULES for feature in module.FEATURES)
