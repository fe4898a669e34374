"""Calendar and time of day of ticks."""
