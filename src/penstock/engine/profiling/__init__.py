"""Where the time and the memory of an engine go."""
