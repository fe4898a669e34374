"""How much memory a process has taken."""

from pathlib import Path


def peak_bytes() -> int:
    """The most that this program had in memory; what its parent had before it began does not count, as in getrusage."""
    return _told("VmHWM:")


def resident() -> int:
    """What this program has in memory now, in bytes."""
    return _told("VmRSS:")


def _told(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    (size,) = (line.split()[1] for line in lines if line.startswith(name))
    return int(size) * 1024
