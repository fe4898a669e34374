"""The levels pipeline as expressions: prices, the level universe, and what is measured near levels."""
