"""Candle patterns: 100 at the candle that completes a bullish one, -100 for a bearish one, else 0."""
