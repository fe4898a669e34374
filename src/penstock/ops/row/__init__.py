"""Across the cells of a wide column: members of a group, levels, forecasts."""
