"""Order flow: who started trades, and what trades and orders do to the book."""
