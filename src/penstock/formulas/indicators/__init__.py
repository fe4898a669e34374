"""Technical indicators of bars."""
