"""How much traded, and how volume goes with price."""
