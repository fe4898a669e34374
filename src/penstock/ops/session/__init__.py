"""Values since a session or bar began."""
