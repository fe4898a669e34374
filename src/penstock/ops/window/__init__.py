"""Statistics of a window of time."""
