"""Which core is whose; imported by clients that must start at once, so from a path of its own."""

import os


def cores() -> tuple[int, int]:
    """The core of clients and of what stands behind the server, and that of the server."""
    found = sorted(os.sched_getaffinity(0))
    return found[0], found[-1]
