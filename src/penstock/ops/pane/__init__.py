"""Statistics of a window of time that is made of panes, in memory that does not grow with the ticks."""
