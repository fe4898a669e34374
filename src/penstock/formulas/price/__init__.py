"""What a price did: shapes of bars, trends, pivots, openings."""
