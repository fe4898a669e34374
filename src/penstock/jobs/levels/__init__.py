"""Levels: from a date's raw files to touches of price levels with what the market did there, and what came after."""
