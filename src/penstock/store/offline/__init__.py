"""History: rows of views in a Parquet lake, and what was known of an entity at a time."""
