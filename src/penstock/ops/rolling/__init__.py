"""Statistics of the last `window` ticks."""
