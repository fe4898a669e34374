"""Sketches: what a stream holds, in memory that does not grow, and parts of it that merge."""
