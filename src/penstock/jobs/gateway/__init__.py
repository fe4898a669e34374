"""A worked example: a gateway's day replayed through the engine, and a router that learns from its own log."""
