"""Late events in their place: what is kept of each key, and how it is computed again."""
