"""Why the compiled loop came back."""

DONE = 0
FULL = 1  # the table of rows is full
HOST = 2  # a refit is due
ROOM = 3  # a window needs a larger arena
# what a key's RESUME holds, instead of a segment, where it was found before an event was in
GROWS = -1  # ROOM
