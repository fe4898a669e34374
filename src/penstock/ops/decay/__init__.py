"""Statistics with exponentially fading memory in time."""
