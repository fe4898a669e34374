"""Volatility: realised measures of a session, ranges of bars, jumps, and how volatility itself moves."""
