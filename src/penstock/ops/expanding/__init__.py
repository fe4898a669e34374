"""Statistics of everything since the start: equally weighted, or fading by ticks."""
