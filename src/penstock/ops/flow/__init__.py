"""Order flow: runs and sweeps of trades, buckets of volume, and what a book's update added and removed."""
