"""Why the compiled loop came back."""

DONE = 0
FULL = 1  # the table of rows is full
HOST = 2  # a refit is due
ROOM = 3  # a window needs a larger arena
