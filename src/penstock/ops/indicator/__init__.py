"""Parts of the well-known indicators, each in one pass."""
