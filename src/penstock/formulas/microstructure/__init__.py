"""Microstructure beyond the best quote: how quotes move, what trades print, and what bars say of liquidity."""
