"""Volatility: realised measures, ranges of bars, jumps, fitted models, and how volatility moves."""

from penstock.catalog.volatility import garch, jumps, moving, ranges, realized, refits

FEATURES = (
    *realized.FEATURES,
    *ranges.FEATURES,
    *jumps.FEATURES,
    *moving.FEATURES,
    *garch.FEATURES,
    *refits.FEATURES,
)
