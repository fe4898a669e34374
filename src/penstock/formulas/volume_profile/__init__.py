"""How volume and time spread over the prices of a session."""
