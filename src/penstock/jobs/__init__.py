"""What wires definitions, sources and the engine: run, live, the table of rows on disk."""
