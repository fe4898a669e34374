"""State free of layout: what a snapshot holds, and how it goes into the arenas of any plan."""
