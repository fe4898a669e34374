"""Joins of clocks: what one clock sees of another."""
