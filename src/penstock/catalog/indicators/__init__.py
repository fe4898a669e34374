"""Technical indicators of bars: averages, lines, channels, trends."""

from penstock.catalog.indicators import (
    averages,
    bands,
    lines,
    momentum,
    oscillators,
    stochastics,
    strength,
    trend,
)
from penstock.declare import Feature

MODULES = (
    averages,
    bands,
    lines,
    momentum,
    oscillators,
    stochastics,
    strength,
    trend,
)
FEATURES: tuple[Feature, ...] = tuple(feature for module in MODULES for feature in module.FEATURES)
