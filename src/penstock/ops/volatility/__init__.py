"""Volatility filters whose parameters are fitted elsewhere."""
